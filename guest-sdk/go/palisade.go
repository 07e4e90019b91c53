// Package palisade is for writing providers: programs that answer conversations, make pictures, speak, and more, in the sandbox of
// Palisade.
//
//	func main() {
//		chat.Handle(reply)
//		palisade.Serve(palisade.Provider{
//			Name:   "greeter",
//			Models: []palisade.Model{{ID: "polite", Prices: palisade.Free}},
//		})
//	}
//
//	func reply(call *palisade.Call, request *chat.Request, answer *chat.Writer) error {
//		fmt.Fprintf(answer, "Hello, %s!", request.Prompt())
//		return nil
//	}
//
// There is a package for each capability, with its types and its function Handle. A provider serves those that it imports. What it needs
// of the host is in this package, and in [palisade/upstream], [palisade/keyvalue] and [palisade/stores]. Calls are synchronous, and each
// has all of the instance: there is no context to pass on.
//
// A handler that fails returns an error. One of this package, such as that of [InvalidInput] or [RateLimited], tells the host what to do about
// it, also where it is wrapped; any other is a failure of the provider's own, whose text is in the log.
//
// What is printed goes to the log of the host, and so does what the packages log and log/slog are told, with its level. There are no files,
// no sockets and no environment.
//
// `palisade build` makes a component of the program. On a machine, `go test` runs its handlers without a host; package palisadetest says
// what the host would.
package palisade

import (
	"fmt"
	"os"

	"palisade/internal/host"
	"palisade/internal/registry"
)

// A Billing says whether an upstream bills a request that failed.
type Billing uint8

const (
	BillsNever   Billing = iota // It does not, or there is no upstream.
	BillsAlways                 // It does.
	BillsUnknown                // It may.
)

// A Cancelling says what can be done about a request that has been submitted.
type Cancelling uint8

const (
	CancelNone     Cancelling = iota // It cannot be cancelled.
	CancelRefunded                   // Cancelling stops it and the bill.
	CancelBilled                     // Cancelling stops it; it is billed all the same.
)

// A Provider is what a provider says of itself.
type Provider struct {
	// Name is what it calls itself: [a-z0-9][a-z0-9._-]{0,63}.
	Name string
	// Version is 0.1.0 unless said.
	Version string
	// Summary is one sentence for people.
	Summary string
	// Models are those that it serves.
	Models []Model
	// ListModels gives a page of models and the cursor of the next one, in the place of Models. The first page has an empty cursor, and the
	// last one gives an empty cursor.
	ListModels func(cursor string) (page []Model, next string, err error)
	// Parameters names those that a model heeds, where ListModels is set; any other that a request has is warned of, or refused where the
	// caller is strict. Nil is for a model that is not known: then the provider says itself what has no effect.
	Parameters func(model string) []string
	// Credentials names those that it asks the host to attach to its requests.
	Credentials []string
	// Hosts are those that it asks to reach, for example api.example.com.
	Hosts []string
	// ConfigSchema is the JSON Schema of its settings.
	ConfigSchema string
	// BillsOnFailure says whether a failed request is billed.
	BillsOnFailure Billing
	// Idempotent says whether the same idempotency key is honoured upstream.
	Idempotent bool
	// Cancelling says what cancelling does.
	Cancelling Cancelling
	// Resumes are versions of this provider whose jobs it can go on with, beside its own.
	Resumes []string
	// CheckHealth fails as a call would when none could be served now. It must be free of charge and quick.
	CheckHealth func() error
}

// Serve makes a provider of the program. It is called in main, after the functions Handle of the capabilities, and returns at once: the
// host calls the handlers later.
func Serve(provider Provider) {
	if provider.Version == "" {
		provider.Version = "0.1.0"
	}
	registry.Provider = &provider
	if !host.Within {
		fmt.Fprintln(os.Stderr, "this is a provider of Palisade: `palisade build` makes a component of it, and `go test` runs its tests")
		os.Exit(2)
	}
}

// Pointer gives a pointer to a value, for fields that may be left out.
func Pointer[T any](value T) *T {
	return &value
}
