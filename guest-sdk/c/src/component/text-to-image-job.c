#include "image-request.h"
#include "jobs.h"

bool exports_palisade_provider_text_to_image_job_submit(exports_palisade_provider_text_to_image_job_request_t *raw, raw_options *options,
                                                        raw_token *token, raw_failure *failure) {
  palisade_call *call = lift_call(options);
  palisade_text_to_image_request request;
  if (!lift_image_request(call, raw, &request) || palisade_text_to_image_job(call, &request)) return lower_failure(call, failure);
  return lower_token(call, token, failure);
}
