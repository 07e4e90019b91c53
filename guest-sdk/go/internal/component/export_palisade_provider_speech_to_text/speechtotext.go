//go:build wasip1

// Package export_palisade_provider_speech_to_text is between the host and [palisade/speechtotext].
package export_palisade_provider_speech_to_text

import (
	"errors"

	"palisade/internal/component/convert"
	raw "palisade/internal/component/palisade_provider_speech_to_text"
	types "palisade/internal/component/palisade_provider_types"
	"palisade/internal/registry"
	wit "palisade/internal/wit/types"
	"palisade/speechtotext"
)

// Transcribe writes a speech down.
func Transcribe(request raw.Request, options types.CallOptions) wit.Result[raw.Response, types.Failure] {
	return convert.Answer(func() (raw.Response, error) {
		call := convert.Call(options)
		unheeded, err := convert.Unheeded(call,
			convert.Given{Name: "language", Is: request.Language.IsSome()},
			convert.Given{Name: "prompt", Is: request.Prompt.IsSome()},
			convert.Given{Name: "timestamps", Is: request.Timestamps.IsSome()},
			convert.Given{Name: "speakers", Is: request.Speakers},
		)
		if err != nil {
			return raw.Response{}, err
		}
		made, err := registry.Handler("speech-to-text").(speechtotext.Handler)(call, &speechtotext.Request{
			Audio:      convert.Media(request.Audio),
			Language:   request.Language.SomeOr(""),
			Prompt:     request.Prompt.SomeOr(""),
			Timestamps: request.Timestamps.SomeOr(""),
			Speakers:   request.Speakers,
		})
		if err != nil {
			return raw.Response{}, err
		}
		if made == nil {
			return raw.Response{}, errors.New("there is no answer")
		}
		segments := make([]raw.Segment, 0, len(made.Segments))
		for _, segment := range made.Segments {
			segments = append(segments, raw.Segment{
				Text: convert.Text(segment.Text), Start: segment.Start, End: segment.End,
				Speaker: convert.OptionalText(segment.Speaker),
			})
		}
		seconds := wit.None[float64]()
		if made.Seconds > 0 {
			seconds = wit.Some(made.Seconds)
		}
		return raw.Response{
			Text:     convert.Text(made.Text),
			Segments: segments,
			Language: convert.OptionalText(made.Language),
			Seconds:  seconds,
			Usage:    convert.Usage(call.Usage(), "character", convert.Characters(made.Text)),
			Warnings: convert.Warnings(unheeded, call.Warnings()),
		}, nil
	})
}
