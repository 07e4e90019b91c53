// Package texttoimage is the capability "text-to-image": pictures from a description.
package texttoimage

import (
	"palisade"
	"palisade/internal/registry"
)

// A Request says which pictures to make. What is empty or nil is for the provider to choose.
type Request struct {
	// Prompt is what the picture shows. It is never empty.
	Prompt string
	// NegativePrompt is what it must not show.
	NegativePrompt string
	// N is how many pictures, at least 1.
	N int
	// Size is the one to make. A provider that cannot makes the nearest that it can, and says so with [palisade.Call.Adjusted].
	Size palisade.Size
	// Resolution is a named one that the model offers, for example 2k.
	Resolution string
	// Quality is a named one that the model offers, for example high.
	Quality string
	// Seed makes the same request give the same picture.
	Seed *uint64
	// OutputFormat is the wanted media type, for example image/png.
	OutputFormat string
	// References are pictures to follow in style or content.
	References []*palisade.Media
	// Mask is where to paint.
	Mask *palisade.Media
}

// A Handler makes pictures: at least one, and at most as many as are asked for.
type Handler func(call *palisade.Call, request *Request) ([]palisade.Image, error)

// Handle says who makes them.
func Handle(handler Handler) {
	registry.Set("text-to-image", handler)
}
