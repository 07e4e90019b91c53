//go:build wasip1

// Package export_palisade_provider_health says whether a call could be served.
package export_palisade_provider_health

import (
	"palisade/internal/component/convert"
	types "palisade/internal/component/palisade_provider_types"
	wit "palisade/internal/wit/types"
)

// Check fails as a call would.
func Check() wit.Result[wit.Unit, types.Failure] {
	return convert.Answer(func() (wit.Unit, error) {
		if check := convert.Provider().CheckHealth; check != nil {
			return wit.Unit{}, check()
		}
		return wit.Unit{}, nil
	})
}
