//go:build wasip1

// Package lent asks the host for package stores. What no program asks is not linked, and its interface not imported.
package lent

import (
	"math"
	"time"

	"palisade/internal/component/convert"
	lent "palisade/internal/component/palisade_provider_stores"
	"palisade/internal/host"
	wit "palisade/internal/wit/types"
	"palisade/stores"
)

func init() {
	host.Lent = component{}
}

type component struct{}

func (component) Lent() []stores.LentStore {
	var all []stores.LentStore
	for _, store := range lent.Lent() {
		all = append(all, stores.LentStore(store))
	}
	return all
}

// answer is what a store gave, or why it gave nothing.
func answer[T any](result wit.Result[T, lent.StoreError]) (T, error) {
	if result.IsOk() {
		return result.Ok(), nil
	}
	var none T
	refusal := result.Err()
	refused := &stores.Error{Case: stores.Case(refusal.Tag())}
	switch refused.Case {
	case stores.Denied:
		refused.Message = refusal.Denied()
	case stores.Invalid:
		refused.Message = refusal.Invalid()
	case stores.TooLarge:
		refused.Message = refusal.TooLarge()
	case stores.Unavailable:
		refused.Message = refusal.Unavailable()
	default:
		refused.Message = refusal.Io()
	}
	return none, refused
}

// count is how many there were.
func count(result wit.Result[uint64, lent.StoreError]) (int, error) {
	many, err := answer(result)
	return int(many), err
}

// each makes what the host has, or what it takes, of each.
func each[From, To any](items []From, convert func(From) To) []To {
	made := make([]To, 0, len(items))
	for _, item := range items {
		made = append(made, convert(item))
	}
	return made
}

// eachOrNil is nil where there is none.
func eachOrNil[From, To any](items []wit.Option[From], convert func(From) To) []*To {
	return each(items, func(item wit.Option[From]) *To {
		if item.IsNone() {
			return nil
		}
		made := convert(item.Some())
		return &made
	})
}

// milliseconds are rounded up, so that what is not 0 stays so.
func milliseconds(span time.Duration) uint64 {
	if span <= 0 {
		return 0
	}
	return uint64((span-1)/time.Millisecond) + 1
}

// optionalTime is none where it is 0 or less.
func optionalTime(span time.Duration) wit.Option[uint64] {
	if span <= 0 {
		return wit.None[uint64]()
	}
	return wit.Some(milliseconds(span))
}

// duration is 0 where there is none.
func duration(left wit.Option[uint64]) time.Duration {
	return time.Duration(min(left.SomeOr(0), math.MaxInt64/uint64(time.Millisecond))) * time.Millisecond
}

func optionalJSON(text []byte) wit.Option[string] {
	return convert.OptionalText(string(text))
}
