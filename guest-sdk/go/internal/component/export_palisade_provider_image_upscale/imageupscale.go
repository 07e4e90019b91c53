//go:build wasip1

// Package export_palisade_provider_image_upscale is between the host and [palisade/imageupscale].
package export_palisade_provider_image_upscale

import (
	"errors"

	"palisade/imageupscale"
	"palisade/internal/component/convert"
	raw "palisade/internal/component/palisade_provider_image_upscale"
	types "palisade/internal/component/palisade_provider_types"
	"palisade/internal/registry"
	wit "palisade/internal/wit/types"
)

// Upscale enlarges a picture.
func Upscale(request raw.Request, options types.CallOptions) wit.Result[raw.Response, types.Failure] {
	return convert.Answer(func() (raw.Response, error) {
		call := convert.Call(options)
		unheeded, err := convert.Unheeded(call,
			convert.Given{Name: "prompt", Is: request.Prompt.IsSome()},
			convert.Given{Name: "seed", Is: request.Seed.IsSome()},
		)
		if err != nil {
			return raw.Response{}, err
		}
		wanted := &imageupscale.Request{
			Image:        convert.Media(request.Image),
			Prompt:       request.Prompt.SomeOr(""),
			Seed:         convert.Pointer(request.Seed),
			OutputFormat: request.OutputFormat.SomeOr(""),
		}
		if request.Scale.Tag() == raw.ScaleFactor {
			wanted.Factor = convert.Decimal(request.Scale.Factor())
		} else {
			pixels := request.Scale.Pixels()
			wanted.Width, wanted.Height = int(pixels.F0), int(pixels.F1)
		}
		made, err := registry.Handler("image-upscale").(imageupscale.Handler)(call, wanted)
		if err != nil {
			return raw.Response{}, err
		}
		if made == nil {
			return raw.Response{}, errors.New("there is no picture")
		}
		image, err := convert.LowerImage(*made)
		if err != nil {
			return raw.Response{}, err
		}
		return raw.Response{
			Image:    image,
			Usage:    convert.Usage(call.Usage(), "image", 1),
			Warnings: convert.Warnings(unheeded, call.Warnings()),
		}, nil
	})
}
