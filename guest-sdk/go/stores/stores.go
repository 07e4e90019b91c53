// Package stores asks the stores that the operator has lent to this provider, each by its name: vectors, values, files, messages, tables.
//
//	memory := stores.Vectors("memory")
//	found, err := memory.Query(stores.Search{Vector: vector, TopK: 3})
//	if err != nil {
//		return err
//	}
//
// What a store did not do is an [Error] with its case. Returned by a handler, it is a failure of the call, whose caller is not to blame for it.
//
// There are stores within a component only: in a test each is denied. A function is tested without one where it takes what was read, and
// gives what is to be written.
package stores

import (
	"palisade"
	"palisade/internal/host"
)

// A Case is why a store did not do what it was asked. What is denied, invalid or too large is not done at all.
type Case uint8

// The cases, in the order in which the interface lists them.
const (
	Denied      Case = iota // No store of this name and kind is lent to this provider, or none to be written to.
	Invalid                 // No store can do this.
	TooLarge                // There is no room for it, or it is more than is told at a time.
	Unavailable             // The store has too much to do, took too long or is not there: later it may work.
	IO                      // The host could not read or write it.
)

// An Error is what a store did not do. It is found with [errors.As], and so is the [palisade.Failure] that it is to the caller.
type Error struct {
	Case Case
	// Message says what it was, in a sentence.
	Message string
}

// Error gives the message.
func (err *Error) Error() string {
	return err.Message
}

// Unwrap gives the failure that it is to the caller of the provider.
func (err *Error) Unwrap() error {
	switch err.Case {
	case TooLarge:
		return palisade.LimitExceeded("store", "%s", err.Message)
	case Unavailable:
		return palisade.Overloaded(0, "%s", err.Message)
	default:
		return palisade.Fail(palisade.KindInternal, "%s", err.Message)
	}
}

// A LentStore is one that can be asked.
type LentStore struct {
	// Name is that by which it is asked.
	Name string
	// Kind is vector-store, key-value-store, object-store, queue or sql; others may come.
	Kind string
	// ReadOnly says whether nothing can be changed in it.
	ReadOnly bool
}

// Lent are the stores that are lent to this provider, by name, in ascending order. In a test there are none.
func Lent() []LentStore {
	if stores, found := host.Lent.(interface{ Lent() []LentStore }); found {
		return stores.Lent()
	}
	return nil
}

// within asks the host, where there is one. Each kind says what it needs of it, so that no more is linked than a program asks.
func within[Asked any]() (Asked, error) {
	if asked, found := host.Lent.(Asked); found {
		return asked, nil
	}
	var none Asked
	return none, &Error{Denied, "stores exist in the sandbox only"}
}
