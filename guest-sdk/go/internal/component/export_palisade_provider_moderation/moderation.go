//go:build wasip1

// Package export_palisade_provider_moderation is between the host and [palisade/moderation].
package export_palisade_provider_moderation

import (
	"palisade/internal/component/convert"
	raw "palisade/internal/component/palisade_provider_moderation"
	types "palisade/internal/component/palisade_provider_types"
	"palisade/internal/registry"
	wit "palisade/internal/wit/types"
	"palisade/moderation"
)

// Moderate looks at items.
func Moderate(request raw.Request, options types.CallOptions) wit.Result[raw.Response, types.Failure] {
	return convert.Answer(func() (raw.Response, error) {
		call := convert.Call(options)
		wanted := &moderation.Request{Items: convert.Contents(request.Items)}
		verdicts, err := registry.Handler("moderation").(moderation.Handler)(call, wanted)
		if err != nil {
			return raw.Response{}, err
		}
		lowered := make([]raw.Verdict, 0, len(verdicts))
		for _, verdict := range verdicts {
			categories := make([]raw.Category, 0, len(verdict))
			for _, category := range verdict {
				categories = append(categories, raw.Category{
					Name: convert.Text(category.Name), Flagged: category.Flagged, Score: category.Score,
				})
			}
			lowered = append(lowered, raw.Verdict{Flagged: verdict.Flagged(), Categories: categories})
		}
		return raw.Response{
			Verdicts: lowered,
			Usage:    convert.Usage(call.Usage(), "request", 1),
			Warnings: convert.Warnings(nil, call.Warnings()),
		}, nil
	})
}
