// Package imagetovideo is the capability "image-to-video": films that begin with a picture. The work is a job: see [palisade/jobs].
package imagetovideo

import (
	"palisade"
	"palisade/internal/registry"
)

// A Request is what to make. What is empty or nil is for the model to choose.
type Request struct {
	// Prompt is what the film shows.
	Prompt string
	// FirstFrame is the picture to begin with.
	FirstFrame *palisade.Media
	// LastFrame is the picture to end with.
	LastFrame *palisade.Media
	// References are pictures to follow in style or content.
	References []*palisade.Media
	// Size is the one to make. A provider that cannot makes the nearest that it can, and says so with [palisade.Call.Adjusted].
	Size palisade.Size
	// Resolution is a named one that the model offers, for example 720p.
	Resolution string
	// Seconds are the length.
	Seconds float64
	// FPS are pictures a second.
	FPS int
	// Audio says whether it has sound.
	Audio *bool
	// N is how many films, at least 1.
	N int
	// Seed makes the same request give the same film.
	Seed *uint64
}

// A Handler submits work, once, and gives what finds it again.
type Handler func(call *palisade.Call, request *Request) (ticket any, err error)

// Handle says who submits work. What it gives is what the functions of [palisade/jobs] are asked with.
func Handle[Ticket any](submit func(call *palisade.Call, request *Request) (Ticket, error)) {
	registry.Set("image-to-video", Handler(func(call *palisade.Call, request *Request) (any, error) {
		return submit(call, request)
	}))
}
