//go:build wasip1

package convert

import (
	types "palisade/internal/component/palisade_provider_types"
	"palisade/texttoimage"
)

// ImageRequest says which pictures to make, at once or as a job.
func ImageRequest(raw types.ImageRequest) (*texttoimage.Request, []Given) {
	return &texttoimage.Request{
		Prompt:         raw.Prompt,
		NegativePrompt: raw.NegativePrompt.SomeOr(""),
		N:              int(raw.N),
		Size:           Size(raw.Size),
		Resolution:     raw.Resolution.SomeOr(""),
		Quality:        raw.Quality.SomeOr(""),
		Seed:           Pointer(raw.Seed),
		OutputFormat:   raw.OutputFormat.SomeOr(""),
		References:     Medias(raw.References),
		Mask:           OptionalMedia(raw.Mask),
	}, []Given{
		{"negative-prompt", raw.NegativePrompt.IsSome()},
		{"resolution", raw.Resolution.IsSome()},
		{"quality", raw.Quality.IsSome()},
		{"seed", raw.Seed.IsSome()},
		{"references", len(raw.References) > 0},
		{"mask", raw.Mask.IsSome()},
	}
}
