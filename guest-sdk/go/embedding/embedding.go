// Package embedding is the capability "embedding": texts and files as vectors, near to each other where they mean the same.
package embedding

import (
	"palisade"
	"palisade/internal/registry"
)

// A Request is what to embed.
type Request struct {
	// Items are never empty.
	Items []palisade.Content
	// Dimensions are the length of the vectors; 0 lets the model choose.
	Dimensions int
	// Task is what the vectors are for: "query", "document", "similarity", "classification", "clustering" and others.
	Task string
}

// A Handler gives a vector for each item, in the same order, all of the same length, all numbers finite.
type Handler func(call *palisade.Call, request *Request) ([][]float32, error)

// Handle says who embeds.
func Handle(handler Handler) {
	registry.Set("embedding", handler)
}
