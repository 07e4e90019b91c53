#include "convert.h"

static palisade_result heed(palisade_call *call, const palisade_image_edit_request *request) {
  if (palisade_heed(call, request->mask, "mask") || palisade_heed(call, request->negative_prompt, "negative-prompt") ||
      palisade_heed(call, request->quality, "quality") || palisade_heed(call, request->seed, "seed"))
    return PALISADE_FAILED;
  return PALISADE_DONE;
}

bool exports_palisade_provider_image_edit_edit(exports_palisade_provider_image_edit_request_t *raw, raw_options *options,
                                               exports_palisade_provider_image_edit_response_t *response, raw_failure *failure) {
  palisade_call *call = lift_call(options);
  palisade_image_edit_request request = {
      .prompt = lift_text(call, "prompt", &raw->prompt),
      .images = lift_media(call, "images", raw->images.ptr, raw->images.len),
      .image_count = raw->images.len,
      .mask = raw->mask.is_some ? lift_media(call, "mask", &raw->mask.val, 1) : NULL,
      .negative_prompt = LIFT_OPTIONAL_TEXT(call, "negative-prompt", raw->negative_prompt),
      .n = raw->n,
      .size = lift_dimensions(&raw->size),
      .quality = LIFT_OPTIONAL_TEXT(call, "quality", raw->quality),
      .seed = LIFT_OPTIONAL(call, raw->seed),
      .output_format = LIFT_OPTIONAL_TEXT(call, "output-format", raw->output_format),
  };
  exports_palisade_provider_image_edit_request_free(raw);
  if (!lifted(call) || heed(call, &request) || palisade_image_edit(call, &request)) return lower_failure(call, failure);
  response->images.ptr = lower_images(call, &response->images.len);
  LOWER_REPORTS(call, response, "image", (double)response->images.len);
  palisade_end(call);
  return true;
}
