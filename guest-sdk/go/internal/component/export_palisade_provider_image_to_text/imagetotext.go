//go:build wasip1

// Package export_palisade_provider_image_to_text is between the host and [palisade/imagetotext].
package export_palisade_provider_image_to_text

import (
	"errors"

	"palisade/imagetotext"
	"palisade/internal/component/convert"
	raw "palisade/internal/component/palisade_provider_image_to_text"
	types "palisade/internal/component/palisade_provider_types"
	"palisade/internal/registry"
	wit "palisade/internal/wit/types"
)

// Read reads a picture.
func Read(request raw.Request, options types.CallOptions) wit.Result[raw.Response, types.Failure] {
	return convert.Answer(func() (raw.Response, error) {
		call := convert.Call(options)
		unheeded, err := convert.Unheeded(call,
			convert.Given{Name: "prompt", Is: request.Prompt.IsSome()},
			convert.Given{Name: "task", Is: request.Task.IsSome()},
			convert.Given{Name: "language", Is: request.Language.IsSome()},
			convert.Given{Name: "max-output-tokens", Is: request.MaxOutputTokens.IsSome()},
		)
		if err != nil {
			return raw.Response{}, err
		}
		made, err := registry.Handler("image-to-text").(imagetotext.Handler)(call, &imagetotext.Request{
			Image:           convert.Media(request.Image),
			Prompt:          request.Prompt.SomeOr(""),
			Task:            request.Task.SomeOr(""),
			Language:        request.Language.SomeOr(""),
			MaxOutputTokens: int(request.MaxOutputTokens.SomeOr(0)),
		})
		if err != nil {
			return raw.Response{}, err
		}
		if made == nil {
			return raw.Response{}, errors.New("there is no answer")
		}
		findings := make([]raw.Finding, 0, len(made.Findings))
		for _, finding := range made.Findings {
			findings = append(findings, raw.Finding{
				Text:       convert.Text(finding.Text),
				Kind:       convert.Text(finding.Kind),
				Confidence: convert.Optional(finding.Confidence),
				Region:     region(finding.Region),
			})
		}
		return raw.Response{
			Text:     convert.Text(made.Text),
			Findings: findings,
			Usage:    convert.Usage(call.Usage(), "character", convert.Characters(made.Text)),
			Warnings: convert.Warnings(unheeded, call.Warnings()),
		}, nil
	})
}

func region(own *imagetotext.Region) wit.Option[raw.Region] {
	if own == nil {
		return wit.None[raw.Region]()
	}
	return wit.Some(raw.Region{X: uint32(own.X), Y: uint32(own.Y), Width: uint32(own.Width), Height: uint32(own.Height)})
}
