// Package jobs is for work that takes longer than a call. What is submitted gives a ticket, by which the host asks after it until it is done:
//
//	type ticket struct{ ID string }
//
//	func main() {
//		texttovideo.Handle(submit)
//		jobs.Handle(poll, nil)
//		palisade.Serve(...)
//	}
//
//	func submit(call *palisade.Call, request *texttovideo.Request) (ticket, error) {
//		// Whatever finds the work again.
//	}
//
//	func poll(own ticket) (jobs.State, error) {
//		return jobs.Running{Permille: 500}, nil
//	}
//
// The host keeps the ticket: it may ask another instance, or after a restart. So nothing of a job is kept in the provider. A ticket is anything
// that can be written as JSON, of at most 4 KiB with the warnings, and holds no secret.
package jobs

import (
	"encoding/json"
	"time"

	"palisade"
	"palisade/internal/registry"
)

// A Progress is how far a job is. What is zero or nil is not known.
type Progress struct {
	// Permille are thousandths of the work done.
	Permille int
	// QueuePosition is how many are before it.
	QueuePosition *int
	// Remaining is the time until it is likely done.
	Remaining time.Duration
	// Preview is what it looks like so far.
	Preview *palisade.Media
}

// A State is where a job is: [Queued], [Running], [Succeeded], [Failed], [Cancelled] or [Expired].
type State interface{ state() }

type (
	// Queued waits.
	Queued Progress
	// Running runs.
	Running Progress
	// Succeeded is done.
	Succeeded struct {
		// Outputs are at least one, and at most as many as were asked for.
		Outputs []Output
		Usage   palisade.Usage
		// Notes are what the caller should know, each in a sentence.
		Notes []string
	}
	// Failed has failed, for this reason.
	Failed struct{ Err error }
	// Cancelled was cancelled.
	Cancelled struct {
		// Usage is what is billed all the same; nil where that is not known.
		Usage *palisade.Usage
	}
	// Expired is what the upstream does not know any more.
	Expired struct{}
)

func (Queued) state()    {}
func (Running) state()   {}
func (Succeeded) state() {}
func (Failed) state()    {}
func (Cancelled) state() {}
func (Expired) state()   {}

// An Output is a picture or a film that was made. What is zero is not known.
type Output struct {
	Content       *palisade.Media
	Width, Height int
	// Seconds are the length of a film.
	Seconds float64
	// Seed is the one that makes it again.
	Seed *uint64
	// RevisedPrompt is the prompt that was used, where it is not the caller's.
	RevisedPrompt string
}

// A CancelResult is what became of an attempt to cancel.
type CancelResult uint8

const (
	Stops       CancelResult = iota // It stops.
	TooLate                         // It is done already.
	Unsupported                     // The upstream cannot cancel.
)

// Handlers are those of jobs, whatever their tickets are.
type Handlers struct {
	Poll   func(ticket json.RawMessage) (State, error)
	Cancel func(ticket json.RawMessage) (CancelResult, error)
}

// Handle says who is asked after jobs, once and without waiting, and who stops them. Where cancel is nil, none can be stopped.
func Handle[Ticket any](poll func(ticket Ticket) (State, error), cancel func(ticket Ticket) (CancelResult, error)) {
	handlers := Handlers{Poll: reading(poll)}
	if cancel != nil {
		handlers.Cancel = reading(cancel)
	}
	registry.Set("jobs", handlers)
}

func reading[Ticket, Result any](asked func(Ticket) (Result, error)) func(json.RawMessage) (Result, error) {
	return func(written json.RawMessage) (Result, error) {
		var ticket Ticket
		if err := json.Unmarshal(written, &ticket); err != nil {
			var none Result
			return none, palisade.Fail(palisade.KindInternal, "the ticket cannot be read: %v", err)
		}
		return asked(ticket)
	}
}
