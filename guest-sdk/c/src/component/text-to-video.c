#include "jobs.h"

bool exports_palisade_provider_text_to_video_submit(exports_palisade_provider_text_to_video_request_t *raw, raw_options *options,
                                                   raw_token *token, raw_failure *failure) {
  palisade_call *call = lift_call(options);
  palisade_video_request request = {
      .prompt = lift_text(call, "prompt", &raw->prompt),
      .first_frame = raw->first_frame.is_some ? lift_media(call, "first-frame", &raw->first_frame.val, 1) : NULL,
  };
  LIFT_VIDEO(call, &request, raw);
  exports_palisade_provider_text_to_video_request_free(raw);
  if (!lifted(call) || palisade_heed(call, request.first_frame, "first-frame") || heed_video(call, &request) ||
      palisade_text_to_video(call, &request))
    return lower_failure(call, failure);
  return lower_token(call, token, failure);
}
