#include "convert.h"

static palisade_result heed(palisade_call *call, const palisade_speech_to_text_request *request) {
  if (palisade_heed(call, request->language, "language") || palisade_heed(call, request->prompt, "prompt") ||
      palisade_heed(call, request->timestamps, "timestamps") || palisade_heed(call, request->speakers, "speakers"))
    return PALISADE_FAILED;
  return PALISADE_DONE;
}

bool exports_palisade_provider_speech_to_text_transcribe(exports_palisade_provider_speech_to_text_request_t *raw,
                                                         raw_options *options,
                                                         exports_palisade_provider_speech_to_text_response_t *response,
                                                         raw_failure *failure) {
  palisade_call *call = lift_call(options);
  palisade_speech_to_text_request request = {
      .audio = lift_media(call, "audio", &raw->audio, 1),
      .language = LIFT_OPTIONAL_TEXT(call, "language", raw->language),
      .prompt = LIFT_OPTIONAL_TEXT(call, "prompt", raw->prompt),
      .timestamps = LIFT_OPTIONAL_TEXT(call, "timestamps", raw->timestamps),
      .speakers = raw->speakers,
  };
  exports_palisade_provider_speech_to_text_request_free(raw);
  if (!lifted(call) || heed(call, &request) || palisade_speech_to_text(call, &request)) return lower_failure(call, failure);
  const palisade_outcome *outcome = call->outcome;
  response->text = lower_text(outcome->text);
  response->segments.len = outcome->segments.length;
  response->segments.ptr = lower_items(response->segments.len, sizeof *response->segments.ptr);
  for (size_t i = 0; i < response->segments.len; i++) {
    const palisade_segment *segment = ITEMS(call, palisade_segment, segments) + i;
    response->segments.ptr[i] = (exports_palisade_provider_speech_to_text_segment_t){
        lower_text(segment->text), segment->start, segment->end, lower_optional_text(segment->speaker)};
  }
  response->language = lower_optional_text(outcome->language);
  response->seconds = (project_option_f64_t){outcome->seconds > 0, outcome->seconds};
  LOWER_REPORTS(call, response, outcome->seconds > 0 ? "audio-second" : "request", outcome->seconds > 0 ? outcome->seconds : 1);
  palisade_end(call);
  return true;
}
