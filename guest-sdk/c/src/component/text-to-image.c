#include "image-request.h"

bool exports_palisade_provider_text_to_image_generate(exports_palisade_provider_text_to_image_request_t *raw, raw_options *options,
                                                      exports_palisade_provider_text_to_image_response_t *response,
                                                      raw_failure *failure) {
  palisade_call *call = lift_call(options);
  palisade_text_to_image_request request;
  if (!lift_image_request(call, raw, &request) || palisade_text_to_image(call, &request)) return lower_failure(call, failure);
  response->images.ptr = lower_images(call, &response->images.len);
  LOWER_REPORTS(call, response, "image", (double)response->images.len);
  palisade_end(call);
  return true;
}
