//go:build wasip1

// Package export_palisade_provider_catalog says what the provider says of itself.
package export_palisade_provider_catalog

import (
	"sort"
	"strings"

	"palisade"
	"palisade/internal/component/convert"
	raw "palisade/internal/component/palisade_provider_catalog"
	types "palisade/internal/component/palisade_provider_types"
	"palisade/internal/registry"
	wit "palisade/internal/wit/types"
)

// Describe is what it says of itself.
func Describe() raw.ProviderInfo {
	provider := convert.Provider()
	return raw.ProviderInfo{
		Id:              convert.Text(provider.Name),
		Version:         convert.Text(provider.Version),
		Summary:         convert.Text(provider.Summary),
		CredentialNames: convert.Texts(provider.Credentials),
		Hosts:           convert.Texts(provider.Hosts),
		ConfigSchema:    convert.OptionalText(provider.ConfigSchema),
		BillsOnFailure:  raw.FailureBilling(provider.BillsOnFailure),
		Idempotent:      provider.Idempotent,
		Cancellation:    raw.Cancellation(provider.Cancelling),
		Resumes:         convert.Texts(provider.Resumes),
	}
}

type page = wit.Tuple2[[]raw.Model, wit.Option[string]]

// Models are a page of its models.
func Models(cursor wit.Option[string]) wit.Result[page, types.Failure] {
	return convert.Answer(func() (page, error) {
		provider := convert.Provider()
		models, next := provider.Models, ""
		if provider.ListModels != nil {
			var err error
			if models, next, err = provider.ListModels(cursor.SomeOr("")); err != nil {
				return page{}, err
			}
		}
		served := served()
		lowered := make([]raw.Model, 0, len(models))
		for _, model := range models {
			lowered = append(lowered, lower(model, served))
		}
		return page{F0: lowered, F1: convert.OptionalText(next)}, nil
	})
}

// served are the capabilities of the provider: text-to-image-job serves text-to-image, and jobs none.
func served() []string {
	var names []string
	for _, name := range registry.Names() {
		if name != "jobs" {
			names = append(names, strings.TrimSuffix(name, "-job"))
		}
	}
	sort.Strings(names)
	return names
}

func lower(model palisade.Model, served []string) raw.Model {
	lowered := raw.Model{
		Id:              convert.Text(model.ID),
		ModelRef:        convert.OptionalText(model.Ref),
		Capabilities:    served,
		InputTypes:      convert.Texts(model.InputTypes),
		OutputTypes:     convert.Texts(model.OutputTypes),
		Params:          make([]raw.Param, 0, len(model.Params)),
		Prices:          wit.None[[]raw.Price](),
		Quotas:          make([]raw.Quota, 0, len(model.Quotas)),
		MaxConcurrency:  convert.Count(model.MaxConcurrency),
		ContextTokens:   convert.Count(model.ContextTokens),
		MaxOutputTokens: convert.Count(model.MaxOutputTokens),
		Regions:         convert.Texts(model.Regions),
		Tags:            convert.Texts(model.Tags),
		Status:          convert.Text(model.Status),
	}
	if model.Status == "" {
		lowered.Status = "live"
	}
	if len(model.Capabilities) > 0 {
		lowered.Capabilities = convert.Texts(model.Capabilities)
	}
	for _, param := range model.Params {
		lowered.Params = append(lowered.Params, raw.Param{Name: convert.Text(param.Name), Spec: spec(param.Values)})
	}
	if model.Prices != nil {
		prices := make([]raw.Price, 0, len(model.Prices))
		for _, price := range model.Prices {
			prices = append(prices, lowerPrice(price))
		}
		lowered.Prices = wit.Some(prices)
	}
	for _, quota := range model.Quotas {
		lowered.Quotas = append(lowered.Quotas, raw.Quota{Unit: convert.Text(quota.Unit), PerMs: quota.PerMS, Amount: quota.Amount})
	}
	return lowered
}

func lowerPrice(price palisade.Price) raw.Price {
	lowered := raw.Price{Unit: convert.Text(price.Unit), PicoUsd: price.PicoUSD, When: make([]raw.PriceWhen, 0, len(price.When))}
	for _, when := range price.When {
		lowered.When = append(lowered.When, raw.PriceWhen{
			Param: convert.Text(when.Param), Op: convert.Text(when.Op), Value: convert.Text(when.Value),
		})
	}
	return lowered
}

func spec(values palisade.Values) raw.ParamSpec {
	switch values := values.(type) {
	case palisade.Integer:
		return raw.MakeParamSpecIntRange(within(values.Min, values.Max, values.Step))
	case palisade.Number:
		return raw.MakeParamSpecFloatRange(within(values.Min, values.Max, values.Step))
	case palisade.Choice:
		return raw.MakeParamSpecChoice(convert.Texts(values))
	case palisade.Text:
		return raw.MakeParamSpecText(uint32(values))
	case palisade.Schema:
		return raw.MakeParamSpecSchema(convert.Text(string(values)))
	}
	return raw.MakeParamSpecFlag()
}

func within(least, most, step float64) raw.Range {
	lowered := raw.Range{Min: least, Max: most, Step: wit.None[float64]()}
	if step > 0 {
		lowered.Step = wit.Some(step)
	}
	return lowered
}
