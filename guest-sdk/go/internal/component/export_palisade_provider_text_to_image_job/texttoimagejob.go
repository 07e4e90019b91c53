//go:build wasip1

// Package export_palisade_provider_text_to_image_job is between the host and [palisade/texttoimagejob].
package export_palisade_provider_text_to_image_job

import (
	"palisade"
	"palisade/internal/component/convert"
	types "palisade/internal/component/palisade_provider_types"
	"palisade/internal/component/token"
	"palisade/internal/registry"
	wit "palisade/internal/wit/types"
	"palisade/texttoimagejob"
)

// Submit submits work.
func Submit(request types.ImageRequest, options types.CallOptions) wit.Result[[]uint8, types.Failure] {
	wanted, given := convert.ImageRequest(request)
	return token.Submitted(options, given, func(call *palisade.Call) (any, error) {
		return registry.Handler("text-to-image-job").(texttoimagejob.Handler)(call, wanted)
	})
}
