//go:build wasip1

// Package export_palisade_provider_embedding is between the host and [palisade/embedding].
package export_palisade_provider_embedding

import (
	"palisade/embedding"
	"palisade/internal/component/convert"
	raw "palisade/internal/component/palisade_provider_embedding"
	types "palisade/internal/component/palisade_provider_types"
	"palisade/internal/registry"
	wit "palisade/internal/wit/types"
)

// Embed embeds.
func Embed(request raw.Request, options types.CallOptions) wit.Result[raw.Response, types.Failure] {
	return convert.Answer(func() (raw.Response, error) {
		call := convert.Call(options)
		unheeded, err := convert.Unheeded(call,
			convert.Given{Name: "dimensions", Is: request.Dimensions.IsSome()},
			convert.Given{Name: "task", Is: request.Task.IsSome()},
		)
		if err != nil {
			return raw.Response{}, err
		}
		vectors, err := registry.Handler("embedding").(embedding.Handler)(call, &embedding.Request{
			Items:      convert.Contents(request.Items),
			Dimensions: int(request.Dimensions.SomeOr(0)),
			Task:       request.Task.SomeOr(""),
		})
		if err != nil {
			return raw.Response{}, err
		}
		return raw.Response{
			Vectors:  vectors,
			Usage:    convert.Usage(call.Usage(), "request", 1),
			Warnings: convert.Warnings(unheeded, call.Warnings()),
		}, nil
	})
}
