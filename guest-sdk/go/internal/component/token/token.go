//go:build wasip1

// Package token has what the host keeps of a job: the ticket of its author, and what was found when it was submitted.
package token

import (
	"encoding/json"

	"palisade"
	"palisade/internal/component/convert"
	types "palisade/internal/component/palisade_provider_types"
	wit "palisade/internal/wit/types"
)

// A Token is what the host keeps.
type Token struct {
	Ticket  json.RawMessage `json:"ticket"`
	Ignored []string        `json:"ignored"`
}

// Submitted has an author's function submit work, and gives the token for it.
func Submitted(
	options types.CallOptions, given []convert.Given, submit func(call *palisade.Call) (any, error),
) wit.Result[[]uint8, types.Failure] {
	return convert.Answer(func() ([]uint8, error) {
		call := convert.Call(options)
		unheeded, err := convert.Unheeded(call, given...)
		if err != nil {
			return nil, err
		}
		ticket, err := submit(call)
		if err != nil {
			return nil, err
		}
		written, err := json.Marshal(ticket)
		if err != nil {
			return nil, err
		}
		return json.Marshal(Token{written, unheeded})
	})
}

// Read is what a token holds.
func Read(held []byte) (Token, error) {
	var token Token
	if err := json.Unmarshal(held, &token); err != nil {
		return token, palisade.Fail(palisade.KindInternal, "the token cannot be read: %v", err)
	}
	return token, nil
}
