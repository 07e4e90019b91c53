#include "convert.h"

/* The best first; of equals, the one that came first. */
static int compare(const void *left, const void *right) {
  const palisade_score *a = left, *b = right;
  if (a->score != b->score) return a->score > b->score ? -1 : 1;
  return a->document < b->document ? -1 : a->document > b->document;
}

bool exports_palisade_provider_rerank_rerank(exports_palisade_provider_rerank_request_t *raw, raw_options *options,
                                             exports_palisade_provider_rerank_response_t *response, raw_failure *failure) {
  palisade_call *call = lift_call(options);
  palisade_rerank_request request = {
      .query = lift_text(call, "query", &raw->query),
      .documents = lift_texts(call, "documents", raw->documents.ptr, raw->documents.len),
      .document_count = raw->documents.len,
      .top_n = LIFT_OPTIONAL(call, raw->top_n),
  };
  exports_palisade_provider_rerank_request_free(raw);
  if (!lifted(call) || palisade_rerank(call, &request)) return lower_failure(call, failure);
  palisade_array *scores = &call->outcome->scores;
  if (scores->length) qsort(scores->items, scores->length, sizeof(palisade_score), compare);
  size_t count = request.top_n && *request.top_n < scores->length ? *request.top_n : scores->length;
  response->ranking.len = count;
  response->ranking.ptr = lower_items(count, sizeof *response->ranking.ptr);
  for (size_t i = 0; i < count; i++) {
    const palisade_score *score = ITEMS(call, palisade_score, scores) + i;
    response->ranking.ptr[i] = (exports_palisade_provider_rerank_ranked_t){(uint32_t)score->document, score->score};
  }
  LOWER_REPORTS(call, response, "request", 1);
  palisade_end(call);
  return true;
}
