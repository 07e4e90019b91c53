#include "convert.h"

bool exports_palisade_provider_image_upscale_upscale(exports_palisade_provider_image_upscale_request_t *raw, raw_options *options,
                                                     exports_palisade_provider_image_upscale_response_t *response,
                                                     raw_failure *failure) {
  palisade_call *call = lift_call(options);
  palisade_image_upscale_request request = {
      .image = lift_media(call, "image", &raw->image, 1),
      .prompt = LIFT_OPTIONAL_TEXT(call, "prompt", raw->prompt),
      .seed = LIFT_OPTIONAL(call, raw->seed),
      .output_format = LIFT_OPTIONAL_TEXT(call, "output-format", raw->output_format),
  };
  if (raw->scale.tag == EXPORTS_PALISADE_PROVIDER_IMAGE_UPSCALE_SCALE_FACTOR) {
    request.factor = raw->scale.val.factor;
  } else {
    request.width = raw->scale.val.pixels.f0;
    request.height = raw->scale.val.pixels.f1;
  }
  exports_palisade_provider_image_upscale_request_free(raw);
  if (!lifted(call) || palisade_heed(call, request.prompt, "prompt") || palisade_heed(call, request.seed, "seed") ||
      palisade_image_upscale(call, &request))
    return lower_failure(call, failure);
  if (call->outcome->images.length != 1) {
    palisade_internal(call, "one picture was asked for, and %zu were made", call->outcome->images.length);
    return lower_failure(call, failure);
  }
  size_t count;
  raw_image *images = lower_images(call, &count);
  response->image = *images;
  free(images);
  LOWER_REPORTS(call, response, "image", 1);
  palisade_end(call);
  return true;
}
