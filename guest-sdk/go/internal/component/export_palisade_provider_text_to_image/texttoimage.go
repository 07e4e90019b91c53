//go:build wasip1

// Package export_palisade_provider_text_to_image is between the host and [palisade/texttoimage].
package export_palisade_provider_text_to_image

import (
	"palisade/internal/component/convert"
	raw "palisade/internal/component/palisade_provider_text_to_image"
	types "palisade/internal/component/palisade_provider_types"
	"palisade/internal/registry"
	wit "palisade/internal/wit/types"
	"palisade/texttoimage"
)

// Generate makes pictures.
func Generate(request types.ImageRequest, options types.CallOptions) wit.Result[raw.Response, types.Failure] {
	return convert.Answer(func() (raw.Response, error) {
		call := convert.Call(options)
		wanted, given := convert.ImageRequest(request)
		unheeded, err := convert.Unheeded(call, given...)
		if err != nil {
			return raw.Response{}, err
		}
		made, err := registry.Handler("text-to-image").(texttoimage.Handler)(call, wanted)
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
