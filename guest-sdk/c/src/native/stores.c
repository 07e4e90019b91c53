/* The stores in a test on this machine: none is lent. */
#include "../call.h"

/* Takes note of nothing that it is asked. */
static palisade_result denied(palisade_call *call, const char *store, ...) {
  call->outcome->refusal = PALISADE_STORE_DENIED;
  return palisade_internal(call, "the store `%s` is not there: stores exist in the sandbox only", store);
}

palisade_refusal palisade_store_refusal(const palisade_call *call) { return call->outcome->refusal; }

const palisade_lent_store *palisade_lent(palisade_call *call) { return palisade_alloc(call, sizeof(palisade_lent_store)); }

palisade_result palisade_vectors_upsert(palisade_call *call, const char *store, const palisade_point *points, uint64_t *count) {
  return denied(call, store, points, count);
}

palisade_result palisade_vectors_query(palisade_call *call, const char *store, palisade_search search, const palisade_found **found) {
  return denied(call, store, search, found);
}

palisade_result palisade_vectors_get(palisade_call *call, const char *store, const char *const *ids, const palisade_point **points) {
  return denied(call, store, ids, points);
}

palisade_result palisade_vectors_delete(palisade_call *call, const char *store, const char *const *ids, uint64_t *count) {
  return denied(call, store, ids, count);
}

palisade_result palisade_vectors_delete_matching(palisade_call *call, const char *store, const char *filter, uint64_t *count) {
  return denied(call, store, filter, count);
}

palisade_result palisade_vectors_count(palisade_call *call, const char *store, const char *filter, uint64_t *count) {
  return denied(call, store, filter, count);
}

palisade_result palisade_values_get(palisade_call *call, const char *store, const char *const *keys, const palisade_kept **kept) {
  return denied(call, store, keys, kept);
}

palisade_result palisade_values_set(palisade_call *call, const char *store, const palisade_entry *entries, const uint64_t **versions) {
  return denied(call, store, entries, versions);
}

palisade_result palisade_values_delete(palisade_call *call, const char *store, const char *const *keys, uint64_t *count) {
  return denied(call, store, keys, count);
}

palisade_result palisade_values_keys(palisade_call *call, const char *store, const char *prefix, const char *after, uint32_t limit,
                                     const char *const **keys) {
  return denied(call, store, prefix, after, limit, keys);
}

palisade_result palisade_values_increment(palisade_call *call, const char *store, const char *key, int64_t by, uint64_t ttl_ms,
                                          int64_t *sum) {
  return denied(call, store, key, by, ttl_ms, sum);
}

palisade_result palisade_objects_put(palisade_call *call, const char *store, palisade_new_object object, palisade_object *written) {
  return denied(call, store, object, written);
}

palisade_result palisade_objects_get(palisade_call *call, const char *store, const char *key, const palisade_range *range,
                                     palisade_media *content, palisade_object *object) {
  return denied(call, store, key, range, content, object);
}

palisade_result palisade_objects_describe(palisade_call *call, const char *store, const char *const *keys,
                                          const palisade_object **objects) {
  return denied(call, store, keys, objects);
}

palisade_result palisade_objects_delete(palisade_call *call, const char *store, const char *const *keys, uint64_t *count) {
  return denied(call, store, keys, count);
}

palisade_result palisade_objects_list(palisade_call *call, const char *store, const char *prefix, const char *after, uint32_t limit,
                                      const palisade_object **objects) {
  return denied(call, store, prefix, after, limit, objects);
}

palisade_result palisade_queue_send(palisade_call *call, const char *store, const palisade_new_message *messages, const char *const **ids) {
  return denied(call, store, messages, ids);
}

palisade_result palisade_queue_receive(palisade_call *call, const char *store, uint32_t limit, uint64_t lease_ms,
                                       const palisade_queued **messages) {
  return denied(call, store, limit, lease_ms, messages);
}

palisade_result palisade_queue_acknowledge(palisade_call *call, const char *store, const char *const *receipts, const bool **held) {
  return denied(call, store, receipts, held);
}

palisade_result palisade_queue_release(palisade_call *call, const char *store, const char *const *receipts, uint64_t delay_ms,
                                       const bool **held) {
  return denied(call, store, receipts, delay_ms, held);
}

palisade_result palisade_queue_extend(palisade_call *call, const char *store, const char *const *receipts, uint64_t lease_ms,
                                      const bool **held) {
  return denied(call, store, receipts, lease_ms, held);
}

palisade_result palisade_queue_count(palisade_call *call, const char *store, palisade_queue_counts *counts) {
  return denied(call, store, counts);
}

palisade_result palisade_database_query(palisade_call *call, const char *store, palisade_statement statement, uint32_t limit,
                                        palisade_rows *rows) {
  return denied(call, store, statement, limit, rows);
}

palisade_result palisade_database_execute(palisade_call *call, const char *store, const palisade_statement *statements,
                                          const uint64_t **changed) {
  return denied(call, store, statements, changed);
}
