// Package imagetotext is the capability "image-to-text": what a picture shows or says.
package imagetotext

import (
	"palisade"
	"palisade/internal/registry"
)

// A Request is what to read. What is empty is for the model to choose.
type Request struct {
	Image *palisade.Media
	// Prompt is a question or an instruction.
	Prompt string
	// Task is caption, answer, ocr, codes or a word of the model's own.
	Task string
	// Language is that of the answer, as a BCP 47 tag.
	Language string
	// MaxOutputTokens are the most to answer with; 0 lets the model choose.
	MaxOutputTokens int
}

// A Region is a part of a picture, in pixels.
type Region struct {
	X, Y, Width, Height int
}

// A Finding is something that was found in a picture.
type Finding struct {
	// Text is what it says, and Kind what it is, for example line or qr-code.
	Text, Kind string
	// Confidence is 0 to 1; nil where it is not known.
	Confidence *float64
	// Region is where it is; nil where that is not known.
	Region *Region
}

// A Response is all of it as one text, and the pieces.
type Response struct {
	Text     string
	Findings []Finding
}

// A Handler reads a picture.
type Handler func(call *palisade.Call, request *Request) (*Response, error)

// Handle says who reads.
func Handle(handler Handler) {
	registry.Set("image-to-text", handler)
}
