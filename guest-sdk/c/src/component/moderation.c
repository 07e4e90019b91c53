#include "convert.h"

typedef exports_palisade_provider_moderation_verdict_t raw_verdict;

/* What was found in one item. */
static raw_verdict lower_verdict(const palisade_call *call, size_t item) {
  const palisade_category *found = ITEMS(call, palisade_category, categories);
  size_t all = call->outcome->categories.length;
  raw_verdict verdict = {0};
  for (size_t i = 0; i < all; i++) verdict.categories.len += found[i].item == item;
  verdict.categories.ptr = lower_items(verdict.categories.len, sizeof *verdict.categories.ptr);
  for (size_t i = 0, next = 0; i < all; i++) {
    if (found[i].item != item) continue;
    verdict.categories.ptr[next++] =
        (exports_palisade_provider_moderation_category_t){lower_text(found[i].name), found[i].flagged, found[i].score};
    verdict.flagged |= found[i].flagged;
  }
  return verdict;
}

bool exports_palisade_provider_moderation_moderate(exports_palisade_provider_moderation_request_t *raw, raw_options *options,
                                                   exports_palisade_provider_moderation_response_t *response,
                                                   raw_failure *failure) {
  palisade_call *call = lift_call(options);
  palisade_moderation_request request = {lift_content(call, raw->items.ptr, raw->items.len), raw->items.len};
  exports_palisade_provider_moderation_request_free(raw);
  if (!lifted(call) || palisade_moderation(call, &request)) return lower_failure(call, failure);
  response->verdicts.len = request.item_count;
  response->verdicts.ptr = lower_items(request.item_count, sizeof *response->verdicts.ptr);
  for (size_t i = 0; i < request.item_count; i++) response->verdicts.ptr[i] = lower_verdict(call, i);
  LOWER_REPORTS(call, response, "request", 1);
  palisade_end(call);
  return true;
}
