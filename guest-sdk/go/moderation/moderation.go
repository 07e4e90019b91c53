// Package moderation is the capability "moderation": whether texts and files are what nobody should have to see.
package moderation

import (
	"palisade"
	"palisade/internal/registry"
)

// A Request is what to look at. Its items are never empty.
type Request struct {
	Items []palisade.Content
}

// A Category is what was found of one kind: "harassment", "hate", "violence", "self-harm", "sexual", "spam" and others.
type Category struct {
	Name string
	// Flagged says that it is more than the model tolerates.
	Flagged bool
	// Score is how sure the model is, 0 to 1.
	Score float64
}

// A Verdict is what was found in one item: all categories that the model knows.
type Verdict []Category

// Flagged says whether any category is flagged.
func (verdict Verdict) Flagged() bool {
	for _, category := range verdict {
		if category.Flagged {
			return true
		}
	}
	return false
}

// A Handler gives a verdict for each item, in the same order.
type Handler func(call *palisade.Call, request *Request) ([]Verdict, error)

// Handle says who looks.
func Handle(handler Handler) {
	registry.Set("moderation", handler)
}
