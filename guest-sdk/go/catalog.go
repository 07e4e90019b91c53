package palisade

import "math"

// A Model is what a provider says of one of its models. Only ID is needed.
type Model struct {
	// ID is unique within the provider: [a-z0-9][a-z0-9._-]{0,63}.
	ID string
	// Ref is what the model is called across providers, for example black-forest-labs/flux-dev.
	Ref string
	// Capabilities are those that it serves, by the names of their interfaces; all of the provider's, unless said.
	Capabilities []string
	// InputTypes are the media types that it takes beside text.
	InputTypes []string
	// OutputTypes are the media types that it gives; the first is the default.
	OutputTypes []string
	// Params are the parameters that it knows. A request that has one which is not listed is served with a warning, or refused where the
	// caller is strict, without a line of yours.
	Params []Param
	// Prices are what it costs: nil is unknown, and [Free] is free.
	Prices []Price
	// Quotas are what may be used in a time.
	Quotas []Quota
	// MaxConcurrency is how many calls there may be at one time; 0 is any number.
	MaxConcurrency int
	// ContextTokens are those in and out together; 0 where it means nothing.
	ContextTokens int
	// MaxOutputTokens are those out; 0 where it means nothing.
	MaxOutputTokens int
	// Regions are where it is served, for example eu-west-1.
	Regions []string
	// Tags are free words. "explicit-only": never chosen unless the model is named or one of its tags is asked for.
	Tags []string
	// Status is "live" unless said; others are "staging" and "deprecated".
	Status string
}

// A Param is a parameter that a model knows: a field of the request, or one of the provider's own, which [Call.Option] reads.
type Param struct {
	Name   string
	Values Values
}

// Values are those that a parameter takes: a [Flag], an [Integer], a [Number], a [Choice], a [Text] or a [Schema].
type Values interface{ values() }

type (
	// A Flag is true or false.
	Flag struct{}
	// An Integer is a whole number, both ends included.
	Integer struct{ Min, Max, Step float64 }
	// A Number is any number, both ends included.
	Number struct{ Min, Max, Step float64 }
	// A Choice is one of these words.
	Choice []string
	// A Text has at most so many characters.
	Text uint32
	// A Schema is whatever this JSON Schema allows.
	Schema string
)

func (Flag) values()    {}
func (Integer) values() {}
func (Number) values()  {}
func (Choice) values()  {}
func (Text) values()    {}
func (Schema) values()  {}

// Seed is the parameter "seed", of any 64 bits.
var Seed = Param{"seed", Integer{Max: math.MaxUint64}}

// A Price is what one unit costs, in pico-USD (10^-12 US dollar). Where several prices of a unit apply, the last one counts.
type Price struct {
	Unit    string
	PicoUSD uint64
	When    []PriceWhen
}

// A PriceWhen is a condition on the request under which a price applies: Op is one of = != < <= > >=, and Value is JSON.
type PriceWhen struct {
	Param, Op, Value string
}

// Free are the prices of a model that costs nothing.
var Free = []Price{}

// A Quota is how much of a unit may be used in a window of so many milliseconds.
type Quota struct {
	Unit          string
	PerMS, Amount uint64
}

// Heeds gives the names of the parameters that a model heeds. It is not known of a model that is not listed.
func (provider *Provider) Heeds(model string) (names []string, known bool) {
	if provider.Parameters != nil {
		names = provider.Parameters(model)
		return names, names != nil
	}
	for _, own := range provider.Models {
		if own.ID == model {
			for _, param := range own.Params {
				names = append(names, param.Name)
			}
			return names, true
		}
	}
	return nil, false
}
