package palisade

import (
	"encoding/json"
	"fmt"
	"time"
)

// A Call is what comes with every request, and what is said of its answer beside the answer itself. The zero Call is one for tests.
type Call struct {
	// Model is the one to use.
	Model string
	// IdempotencyKey is the same for the same request: an upstream that supports it must not do (or bill) the work twice.
	IdempotencyKey string
	// Left is the time until the host ends the call, when it began.
	Left time.Duration
	// Options are the provider's own parameters, which the host has checked.
	Options map[string]json.RawMessage
	// Strict says whether to fail where a parameter would be ignored or adjusted.
	Strict bool

	warnings []Warning
	usage    Usage
}

// Option reads one of the provider's own parameters into the value that a pointer points to. It says whether there is one.
func (call *Call) Option(name string, into any) (bool, error) {
	value, found := call.Options[name]
	if !found {
		return false, nil
	}
	if err := json.Unmarshal(value, into); err != nil {
		return true, InvalidInput(name, "%v", err)
	}
	return true, nil
}

// A Warning is something that the caller of a call that succeeded should know.
type Warning struct {
	// Ignored names a parameter that had no effect.
	Ignored string
	// Adjusted names a parameter that was changed, to the value Used.
	Adjusted, Used string
	// Note is anything else, in a sentence.
	Note string
}

// Ignored says that a parameter has no effect. Where the caller is strict it is an error to return.
func (call *Call) Ignored(parameter string) error {
	if call.Strict {
		return Unsupported(parameter)
	}
	call.warnings = append(call.warnings, Warning{Ignored: parameter})
	return nil
}

// Adjusted says that a parameter is beyond a limit, and what is taken instead. Where the caller is strict it is an error to return.
func (call *Call) Adjusted(parameter string, used any) error {
	if call.Strict {
		return LimitExceeded(parameter, "the nearest that is possible is %v", used)
	}
	call.warnings = append(call.warnings, Warning{Adjusted: parameter, Used: fmt.Sprint(used)})
	return nil
}

// Note says anything else that the caller should know, in a sentence.
func (call *Call) Note(format string, values ...any) {
	call.warnings = append(call.warnings, Warning{Note: fmt.Sprintf(format, values...)})
}

// Warnings are what was said so far.
func (call *Call) Warnings() []Warning {
	return call.warnings
}

// Used says how much the call used of a unit: "input-token", "output-token", "image", "audio-second", "character", "request" and others.
// Unless said, it is the characters of a reply, the number of pictures, or one request.
func (call *Call) Used(unit string, quantity float64) {
	call.usage.Add(unit, quantity)
}

// Cost is what the upstream says that the call cost, in pico-USD (10^-12 US dollar).
func (call *Call) Cost(picoUSD uint64) {
	call.usage.PicoUSD = &picoUSD
}

// Usage is what the call used so far.
func (call *Call) Usage() Usage {
	return call.usage
}

// A Usage is what a call or a job used, in the units that the provider bills.
type Usage struct {
	Items []UsageItem
	// PicoUSD is what the upstream says that it cost; nil when it doesn't say.
	PicoUSD *uint64
}

// A UsageItem is how much was used of a unit.
type UsageItem struct {
	Unit     string
	Quantity float64
}

// Add counts more of a unit.
func (usage *Usage) Add(unit string, quantity float64) {
	for index := range usage.Items {
		if usage.Items[index].Unit == unit {
			usage.Items[index].Quantity += quantity
			return
		}
	}
	usage.Items = append(usage.Items, UsageItem{unit, quantity})
}

// UsageOf is so much of one unit.
func UsageOf(unit string, quantity float64) Usage {
	return Usage{Items: []UsageItem{{unit, quantity}}}
}
