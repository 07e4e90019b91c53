#include "convert.h"

typedef exports_palisade_provider_image_to_text_finding_t raw_finding;

static palisade_result heed(palisade_call *call, const palisade_image_to_text_request *request) {
  if (palisade_heed(call, request->prompt, "prompt") || palisade_heed(call, request->task, "task") ||
      palisade_heed(call, request->language, "language") ||
      palisade_heed(call, request->max_output_tokens, "max-output-tokens"))
    return PALISADE_FAILED;
  return PALISADE_DONE;
}

static raw_finding lower_finding(const palisade_finding *finding) {
  raw_finding lowered = {.text = lower_text(finding->text), .kind = lower_text(finding->kind)};
  if (finding->confidence) lowered.confidence = (project_option_f64_t){true, *finding->confidence};
  lowered.region.is_some = finding->width && finding->height;
  lowered.region.val =
      (exports_palisade_provider_image_to_text_region_t){finding->x, finding->y, finding->width, finding->height};
  return lowered;
}

bool exports_palisade_provider_image_to_text_read(exports_palisade_provider_image_to_text_request_t *raw, raw_options *options,
                                                  exports_palisade_provider_image_to_text_response_t *response,
                                                  raw_failure *failure) {
  palisade_call *call = lift_call(options);
  palisade_image_to_text_request request = {
      .image = lift_media(call, "image", &raw->image, 1),
      .prompt = LIFT_OPTIONAL_TEXT(call, "prompt", raw->prompt),
      .task = LIFT_OPTIONAL_TEXT(call, "task", raw->task),
      .language = LIFT_OPTIONAL_TEXT(call, "language", raw->language),
      .max_output_tokens = LIFT_OPTIONAL(call, raw->max_output_tokens),
  };
  exports_palisade_provider_image_to_text_request_free(raw);
  if (!lifted(call) || heed(call, &request) || palisade_image_to_text(call, &request)) return lower_failure(call, failure);
  response->text = lower_text(call->outcome->text);
  response->findings.len = call->outcome->findings.length;
  response->findings.ptr = lower_items(response->findings.len, sizeof *response->findings.ptr);
  for (size_t i = 0; i < response->findings.len; i++)
    response->findings.ptr[i] = lower_finding(ITEMS(call, palisade_finding, findings) + i);
  LOWER_REPORTS(call, response, "request", 1);
  palisade_end(call);
  return true;
}
