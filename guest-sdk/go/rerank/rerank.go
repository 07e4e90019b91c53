// Package rerank is the capability "rerank": documents in the order of how well they answer a query.
package rerank

import (
	"palisade"
	"palisade/internal/registry"
)

// A Request is what to order.
type Request struct {
	// Query is what is looked for. It is never empty.
	Query string
	// Documents are never empty.
	Documents []string
	// TopN is how many of the best to give; 0 gives all.
	TopN int
}

// A Ranked says of a document, counted from 0, how well it fits. Higher is better.
type Ranked struct {
	Index int
	Score float64
}

// A Handler scores documents, in any order: the best are given, best first, as many as are asked for.
type Handler func(call *palisade.Call, request *Request) ([]Ranked, error)

// Handle says who orders.
func Handle(handler Handler) {
	registry.Set("rerank", handler)
}
