//go:build wasip1

// Package export_palisade_provider_image_edit is between the host and [palisade/imageedit].
package export_palisade_provider_image_edit

import (
	"palisade/imageedit"
	"palisade/internal/component/convert"
	raw "palisade/internal/component/palisade_provider_image_edit"
	types "palisade/internal/component/palisade_provider_types"
	"palisade/internal/registry"
	wit "palisade/internal/wit/types"
)

// Edit changes pictures.
func Edit(request raw.Request, options types.CallOptions) wit.Result[raw.Response, types.Failure] {
	return convert.Answer(func() (raw.Response, error) {
		call := convert.Call(options)
		unheeded, err := convert.Unheeded(call,
			convert.Given{Name: "mask", Is: request.Mask.IsSome()},
			convert.Given{Name: "negative-prompt", Is: request.NegativePrompt.IsSome()},
			convert.Given{Name: "quality", Is: request.Quality.IsSome()},
			convert.Given{Name: "seed", Is: request.Seed.IsSome()},
		)
		if err != nil {
			return raw.Response{}, err
		}
		made, err := registry.Handler("image-edit").(imageedit.Handler)(call, &imageedit.Request{
			Prompt:         request.Prompt,
			Images:         convert.Medias(request.Images),
			Mask:           convert.OptionalMedia(request.Mask),
			NegativePrompt: request.NegativePrompt.SomeOr(""),
			N:              int(request.N),
			Size:           convert.Size(request.Size),
			Quality:        request.Quality.SomeOr(""),
			Seed:           convert.Pointer(request.Seed),
			OutputFormat:   request.OutputFormat.SomeOr(""),
		})
		if err != nil {
			return raw.Response{}, err
		}
		images, err := convert.LowerImages(made)
		if err != nil {
			return raw.Response{}, err
		}
		return raw.Response{
			Images:   images,
			Usage:    convert.Usage(call.Usage(), "image", float64(len(images))),
			Warnings: convert.Warnings(unheeded, call.Warnings()),
		}, nil
	})
}
