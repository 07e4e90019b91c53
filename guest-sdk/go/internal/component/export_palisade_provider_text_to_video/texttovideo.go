//go:build wasip1

// Package export_palisade_provider_text_to_video is between the host and [palisade/texttovideo].
package export_palisade_provider_text_to_video

import (
	"palisade"
	"palisade/internal/component/convert"
	raw "palisade/internal/component/palisade_provider_text_to_video"
	types "palisade/internal/component/palisade_provider_types"
	"palisade/internal/component/token"
	"palisade/internal/registry"
	wit "palisade/internal/wit/types"
	"palisade/texttovideo"
)

// Submit submits work.
func Submit(request raw.Request, options types.CallOptions) wit.Result[[]uint8, types.Failure] {
	given := []convert.Given{
		{Name: "first-frame", Is: request.FirstFrame.IsSome()},
		{Name: "last-frame", Is: request.LastFrame.IsSome()},
		{Name: "references", Is: len(request.References) > 0},
		{Name: "resolution", Is: request.Resolution.IsSome()},
		{Name: "seconds", Is: request.Seconds.IsSome()},
		{Name: "fps", Is: request.Fps.IsSome()},
		{Name: "audio", Is: request.Audio.IsSome()},
		{Name: "seed", Is: request.Seed.IsSome()},
	}
	return token.Submitted(options, given, func(call *palisade.Call) (any, error) {
		return registry.Handler("text-to-video").(texttovideo.Handler)(call, &texttovideo.Request{
			Prompt:     request.Prompt,
			FirstFrame: convert.OptionalMedia(request.FirstFrame),
			LastFrame:  convert.OptionalMedia(request.LastFrame),
			References: convert.Medias(request.References),
			Size:       convert.Size(request.Size),
			Resolution: request.Resolution.SomeOr(""),
			Seconds:    convert.Decimal(request.Seconds.SomeOr(0)),
			FPS:        int(request.Fps.SomeOr(0)),
			Audio:      convert.Pointer(request.Audio),
			N:          int(request.N),
			Seed:       convert.Pointer(request.Seed),
		})
	})
}
