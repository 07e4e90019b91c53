/* Which pictures to make: the request of `text-to-image`, and of `text-to-image-job`. */
#ifndef PALISADE_IMAGE_REQUEST_H
#define PALISADE_IMAGE_REQUEST_H

#include "convert.h"

/* A request, which is freed, without what the model does not list. False: it could not be lifted, or is refused. */
static inline bool lift_image_request(palisade_call *call, palisade_provider_types_image_request_t *raw,
                                      palisade_text_to_image_request *request) {
  *request = (palisade_text_to_image_request){
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
  palisade_provider_types_image_request_free(raw);
  return lifted(call) && !palisade_heed(call, request->negative_prompt, "negative-prompt") &&
         !palisade_heed(call, request->resolution, "resolution") && !palisade_heed(call, request->quality, "quality") &&
         !palisade_heed(call, request->seed, "seed") && !palisade_heed(call, request->reference_count, "references") &&
         !palisade_heed(call, request->mask, "mask");
}

#endif
