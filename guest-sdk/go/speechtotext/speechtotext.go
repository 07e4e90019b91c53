// Package speechtotext is the capability "speech-to-text": a speech, written down.
package speechtotext

import (
	"palisade"
	"palisade/internal/registry"
)

// A Request is what to write down. What is empty is for the model to choose.
type Request struct {
	Audio *palisade.Media
	// Language is that of the speech, as a BCP 47 tag.
	Language string
	// Prompt has words that are likely to come up.
	Prompt string
	// Timestamps are for each segment or each word; empty is none.
	Timestamps string
	// Speakers says to tell speakers apart.
	Speakers bool
}

// A Segment is a piece of a speech, with its times in seconds.
type Segment struct {
	Text       string
	Start, End float64
	// Speaker is empty where it is not known.
	Speaker string
}

// A Response is all of it as one text, and the pieces where times were asked for.
type Response struct {
	Text     string
	Segments []Segment
	// Language is the one that was heard; empty where it is not known.
	Language string
	// Seconds are the length of the sound; 0 where it is not known.
	Seconds float64
}

// A Handler writes a speech down.
type Handler func(call *palisade.Call, request *Request) (*Response, error)

// Handle says who writes.
func Handle(handler Handler) {
	registry.Set("speech-to-text", handler)
}
