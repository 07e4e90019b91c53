// Package imageedit is the capability "image-edit": pictures that are changed as a text says.
package imageedit

import (
	"palisade"
	"palisade/internal/registry"
)

// A Request is what to change. What is empty or nil is for the provider to choose.
type Request struct {
	// Prompt is what is to be different. It is never empty.
	Prompt string
	// Images have the main one first. They are never empty.
	Images []*palisade.Media
	// Mask says where: white is changed, and black is kept.
	Mask *palisade.Media
	// NegativePrompt is what the result must not show.
	NegativePrompt string
	// N is how many results, at least 1.
	N int
	// Size is that of the results.
	Size palisade.Size
	// Quality is a named one that the model offers, for example high.
	Quality string
	// Seed makes the same request give the same picture.
	Seed *uint64
	// OutputFormat is the wanted media type, for example image/png.
	OutputFormat string
}

// A Handler changes pictures: it gives at least one, and at most as many as are asked for.
type Handler func(call *palisade.Call, request *Request) ([]palisade.Image, error)

// Handle says who changes them.
func Handle(handler Handler) {
	registry.Set("image-edit", handler)
}
