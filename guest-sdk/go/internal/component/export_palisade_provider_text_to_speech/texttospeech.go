//go:build wasip1

// Package export_palisade_provider_text_to_speech is between the host and [palisade/texttospeech].
package export_palisade_provider_text_to_speech

import (
	"errors"
	"runtime"

	"palisade/internal/component/convert"
	raw "palisade/internal/component/palisade_provider_text_to_speech"
	types "palisade/internal/component/palisade_provider_types"
	"palisade/internal/component/stream"
	"palisade/internal/registry"
	wit "palisade/internal/wit/types"
	"palisade/texttospeech"
)

// An AudioStream is a sound on its way.
type AudioStream struct {
	handle int32
	pinner runtime.Pinner
	*stream.Stream[raw.Event]
	mediaType string
}

// MediaType is that of the sound.
func (own *AudioStream) MediaType() string {
	return own.mediaType
}

// OnDrop lets go of what the host lets go of.
func (own *AudioStream) OnDrop() {
	own.Cancel()
}

// Synthesize begins a sound.
func Synthesize(request raw.Request, options types.CallOptions) wit.Result[*AudioStream, types.Failure] {
	return convert.Answer(func() (*AudioStream, error) {
		call := convert.Call(options)
		unheeded, err := convert.Unheeded(call,
			convert.Given{Name: "voice", Is: request.Voice.IsSome()},
			convert.Given{Name: "speed", Is: request.Speed.IsSome()},
			convert.Given{Name: "language", Is: request.Language.IsSome()},
			convert.Given{Name: "instructions", Is: request.Instructions.IsSome()},
			convert.Given{Name: "seed", Is: request.Seed.IsSome()},
		)
		if err != nil {
			return nil, err
		}
		wanted := &texttospeech.Request{
			Text:         request.Text,
			Voice:        request.Voice.SomeOr(""),
			Speed:        convert.Decimal(request.Speed.SomeOr(0)),
			Language:     request.Language.SomeOr(""),
			Instructions: request.Instructions.SomeOr(""),
			OutputFormat: request.OutputFormat.SomeOr(""),
			Seed:         convert.Pointer(request.Seed),
		}
		handler := registry.Handler("text-to-speech").(texttospeech.Handler)
		own := &AudioStream{}
		own.Stream, err = stream.New(func(yield func(raw.Event) bool) error {
			err := texttospeech.Run(handler, call, wanted, func(mediaType string, piece []byte) bool {
				own.mediaType = convert.Text(mediaType)
				return yield(raw.MakeEventAudio(piece))
			})
			if err != nil {
				return err
			}
			if own.mediaType == "" {
				return errors.New("no sound was written")
			}
			yield(raw.MakeEventFinish(raw.Finish{
				Usage:    convert.Usage(call.Usage(), "request", 1),
				Warnings: convert.Warnings(unheeded, call.Warnings()),
			}))
			return nil
		})
		return own, err
	})
}
