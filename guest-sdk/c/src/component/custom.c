#include "convert.h"

void exports_palisade_provider_custom_tasks(exports_palisade_provider_custom_list_task_t *tasks) {
  const palisade_task *own = palisade_provider.tasks;
  size_t count = 0;
  while (own && own[count].id) count++;
  tasks->len = count;
  tasks->ptr = lower_items(count, sizeof *tasks->ptr);
  for (size_t i = 0; i < count; i++) {
    tasks->ptr[i] = (exports_palisade_provider_custom_task_t){lower_text(own[i].id), lower_text(own[i].summary),
                                                              lower_text(own[i].input_schema), lower_text(own[i].output_schema)};
  }
}

bool exports_palisade_provider_custom_run(exports_palisade_provider_custom_request_t *raw, raw_options *options,
                                          exports_palisade_provider_custom_response_t *response, raw_failure *failure) {
  palisade_call *call = lift_call(options);
  palisade_custom_request request = {
      .task = lift_text(call, "task", &raw->task),
      .input = lift_text(call, "input", &raw->input),
      .media = lift_media(call, "media", raw->media.ptr, raw->media.len),
      .media_count = raw->media.len,
  };
  exports_palisade_provider_custom_request_free(raw);
  if (!lifted(call) || palisade_custom(call, &request)) return lower_failure(call, failure);
  response->output = lower_text(call->outcome->output ? call->outcome->output : "null");
  response->media.len = call->outcome->media.length;
  response->media.ptr = lower_items(response->media.len, sizeof *response->media.ptr);
  for (size_t i = 0; i < response->media.len; i++) response->media.ptr[i] = lower_media(ITEMS(call, palisade_media, media) + i);
  LOWER_REPORTS(call, response, "request", 1);
  palisade_end(call);
  return true;
}
