#include "convert.h"

#include <string.h>

bool exports_palisade_provider_embedding_embed(exports_palisade_provider_embedding_request_t *raw, raw_options *options,
                                               exports_palisade_provider_embedding_response_t *response, raw_failure *failure) {
  palisade_call *call = lift_call(options);
  palisade_embedding_request request = {
      .items = lift_content(call, raw->items.ptr, raw->items.len),
      .item_count = raw->items.len,
      .dimensions = LIFT_OPTIONAL(call, raw->dimensions),
      .task = LIFT_OPTIONAL_TEXT(call, "task", raw->task),
  };
  exports_palisade_provider_embedding_request_free(raw);
  if (!lifted(call) || palisade_heed(call, request.dimensions, "dimensions") || palisade_heed(call, request.task, "task") ||
      palisade_embedding(call, &request))
    return lower_failure(call, failure);
  const palisade_vector *vectors = ITEMS(call, palisade_vector, vectors);
  response->vectors.len = call->outcome->vectors.length;
  response->vectors.ptr = lower_items(response->vectors.len, sizeof *response->vectors.ptr);
  for (size_t i = 0; i < response->vectors.len; i++) {
    float *numbers = lower_items(vectors[i].length, sizeof *numbers);
    if (numbers) memcpy(numbers, vectors[i].numbers, vectors[i].length * sizeof *numbers);
    response->vectors.ptr[i] = (project_list_f32_t){numbers, vectors[i].length};
  }
  LOWER_REPORTS(call, response, "request", 1);
  palisade_end(call);
  return true;
}
