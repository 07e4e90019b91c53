#include "convert.h"

static palisade_result heed(palisade_call *call, const palisade_text_to_image_request *request) {
  if (palisade_heed(call, request->negative_prompt, "negative-prompt") || palisade_heed(call, request->resolution, "resolution") ||
      palisade_heed(call, request->quality, "quality") || palisade_heed(call, request->seed, "seed") ||
      palisade_heed(call, request->reference_count, "references") || palisade_heed(call, request->mask, "mask"))
    return PALISADE_FAILED;
  return PALISADE_DONE;
}

bool exports_palisade_provider_text_to_image_generate(exports_palisade_provider_text_to_image_request_t *raw, raw_options *options,
                                                      exports_palisade_provider_text_to_image_response_t *response,
                                                      raw_failure *failure) {
  palisade_call *call = lift_call(options);
  palisade_text_to_image_request request = {
      .prompt = lift_text(call, "prompt", &raw->prompt),
      .negative_prompt = LIFT_OPTIONAL_TEXT(call, "negative-prompt", raw->negative_prompt),
      .n = raw->n,
      .size = lift_dimensions(&raw->size),
      .resolution = LIFT_OPTIONAL_TEXT(call, "resolution", raw->resolution),
      .quality = LIFT_OPTIONAL_TEXT(call, "quality", raw->quality),
      .seed = LIFT_OPTIONAL(call, raw->seed),
      .output_format = LIFT_OPTIONAL_TEXT(call, "output-format", raw->output_format),
      .references = lift_media(call, "references", raw->references.ptr, raw->references.len),
      .reference_count = raw->references.len,
      .mask = raw->mask.is_some ? lift_media(call, "mask", &raw->mask.val, 1) : NULL,
  };
  exports_palisade_provider_text_to_image_request_free(raw);
  if (!lifted(call) || heed(call, &request) || palisade_text_to_image(call, &request)) return lower_failure(call, failure);
  response->images.ptr = lower_images(call, &response->images.len);
  LOWER_REPORTS(call, response, "image", (double)response->images.len);
  palisade_end(call);
  return true;
}
