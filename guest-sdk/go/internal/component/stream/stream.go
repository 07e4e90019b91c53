//go:build wasip1

// Package stream is for answers that come in pieces, as the host pulls them.
package stream

import (
	"iter"

	"palisade"
	"palisade/internal/component/convert"
	types "palisade/internal/component/palisade_provider_types"
	wit "palisade/internal/wit/types"
)

// A Stream is what the host holds of an answer: it pulls, and may cancel.
type Stream[Event any] struct {
	next      func() (Event, error, bool)
	stop      func()
	first     *Event
	ended     bool
	cancelled bool
}

// New begins an answer. The first piece is made at once, so that what refuses the request refuses the call.
func New[Event any](run func(yield func(Event) bool) error) (*Stream[Event], error) {
	stream := &Stream[Event]{}
	stream.next, stream.stop = iter.Pull2(func(yield func(Event, error) bool) {
		err := convert.Guard(func() error {
			return run(func(event Event) bool { return yield(event, nil) })
		})
		if err != nil && !stream.cancelled {
			var none Event
			yield(none, err)
		}
	})
	first, err := stream.pull()
	if err != nil {
		return nil, err
	}
	stream.first = first
	return stream, nil
}

// pull gives the next piece; nil after the end.
func (stream *Stream[Event]) pull() (*Event, error) {
	if stream.cancelled {
		return nil, palisade.ErrCancelled
	}
	if stream.ended {
		return nil, nil
	}
	event, err, more := stream.next()
	if err != nil || !more {
		stream.letGo()
		return nil, err
	}
	return &event, nil
}

// Next is the next piece, as the interface has it; none after the end.
func (stream *Stream[Event]) Next() wit.Result[wit.Option[Event], types.Failure] {
	return convert.Piece(func() (wit.Option[Event], error) {
		event := stream.first
		if stream.first = nil; event == nil {
			var err error
			if event, err = stream.pull(); err != nil {
				return wit.None[Event](), err
			}
		}
		return convert.Optional(event), nil
	})
}

// Cancel lets go of the author's function, which has to end. What is over stays over.
func (stream *Stream[Event]) Cancel() {
	stream.cancelled = stream.cancelled || !stream.ended
	stream.letGo()
}

func (stream *Stream[Event]) letGo() {
	stream.first = nil
	if !stream.ended {
		stream.ended = true
		stream.stop()
	}
}
