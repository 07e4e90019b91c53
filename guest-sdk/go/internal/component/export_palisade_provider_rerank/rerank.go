//go:build wasip1

// Package export_palisade_provider_rerank is between the host and [palisade/rerank].
package export_palisade_provider_rerank

import (
	"slices"

	"palisade/internal/component/convert"
	raw "palisade/internal/component/palisade_provider_rerank"
	types "palisade/internal/component/palisade_provider_types"
	"palisade/internal/registry"
	wit "palisade/internal/wit/types"
	"palisade/rerank"
)

// Rerank orders.
func Rerank(request raw.Request, options types.CallOptions) wit.Result[raw.Response, types.Failure] {
	return convert.Answer(func() (raw.Response, error) {
		call := convert.Call(options)
		wanted := &rerank.Request{Query: request.Query, Documents: request.Documents, TopN: int(request.TopN.SomeOr(0))}
		ranking, err := registry.Handler("rerank").(rerank.Handler)(call, wanted)
		if err != nil {
			return raw.Response{}, err
		}
		ranking = slices.Clone(ranking)
		slices.SortStableFunc(ranking, func(left, right rerank.Ranked) int {
			switch {
			case left.Score > right.Score:
				return -1
			case left.Score < right.Score:
				return 1
			}
			return 0
		})
		if wanted.TopN > 0 {
			ranking = ranking[:min(wanted.TopN, len(ranking))]
		}
		lowered := make([]raw.Ranked, 0, len(ranking))
		for _, ranked := range ranking {
			lowered = append(lowered, raw.Ranked{Index: uint32(ranked.Index), Score: ranked.Score})
		}
		return raw.Response{
			Ranking:  lowered,
			Usage:    convert.Usage(call.Usage(), "request", 1),
			Warnings: convert.Warnings(nil, call.Warnings()),
		}, nil
	})
}
