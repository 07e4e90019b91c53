// Package custom is the capability "custom": tasks of the provider's own, with JSON and files in and out.
package custom

import (
	"encoding/json"

	"palisade"
	"palisade/internal/registry"
)

// A Task is one that the provider offers. Its schemas are JSON Schema, of at most 64 KiB each, without references.
type Task struct {
	// ID is its name: [a-z0-9][a-z0-9._-]{0,63}, unique within the provider.
	ID string
	// Summary says what it does, in a sentence.
	Summary                   string
	InputSchema, OutputSchema string
}

// A Request is what to do.
type Request struct {
	// Task is the id of the task.
	Task string
	// Input is what the host has checked by the schema.
	Input json.RawMessage
	// Media belong to the input, in the order that the task documents.
	Media []*palisade.Media
}

// Decode reads the input into the value that a pointer points to.
func (request *Request) Decode(into any) error {
	if err := json.Unmarshal(request.Input, into); err != nil {
		return palisade.InvalidInput("input", "%v", err)
	}
	return nil
}

// A Response is what was done.
type Response struct {
	// Output can be written as JSON. The host checks it by the schema.
	Output any
	// Media belong to the output, in the order that the task documents.
	Media []*palisade.Media
}

// A Handler does the task that a request names.
type Handler func(call *palisade.Call, request *Request) (*Response, error)

// Tasks are those that a handler does.
type Tasks struct {
	Handler Handler
	Tasks   []Task
}

// Handle says who does which tasks.
func Handle(handler Handler, tasks ...Task) {
	registry.Set("custom", Tasks{handler, tasks})
}
