// Package imageupscale is the capability "image-upscale": a picture, larger.
package imageupscale

import (
	"palisade"
	"palisade/internal/registry"
)

// A Request is what to enlarge.
type Request struct {
	Image *palisade.Media
	// Factor is how many times as wide and high; 0 where Width and Height say it in pixels.
	Factor        float64
	Width, Height int
	// Prompt says what the picture shows.
	Prompt string
	// Seed makes the same request give the same picture.
	Seed *uint64
	// OutputFormat is the wanted media type, for example image/png.
	OutputFormat string
}

// A Handler enlarges a picture.
type Handler func(call *palisade.Call, request *Request) (*palisade.Image, error)

// Handle says who enlarges it.
func Handle(handler Handler) {
	registry.Set("image-upscale", handler)
}
