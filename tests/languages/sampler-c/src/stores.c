/* The stores that are lent: the same is asked in each language. */
#include "stores.h"

#include <string.h>

#define CHECK(what) \
  if (what) return PALISADE_FAILED

static const char *truth(bool is) { return is ? "true" : "false"; }

/* A text as JSON, without what would have to be escaped. */
static const char *quoted(palisade_call *call, const char *text) { return text ? palisade_format(call, "\"%s\"", text) : "null"; }

static const char *joined(palisade_call *call, const char *const *texts) {
  const char *all = "";
  for (size_t i = 0; texts[i]; i++) all = palisade_format(call, "%s%s\"%s\"", all, i ? ", " : "", texts[i]);
  return all;
}

static palisade_result values(palisade_call *call) {
  const char *store = "sessions";
  const uint64_t *written, *refused, *replaced;
  CHECK(palisade_values_set(call, store, PALISADE_LIST(palisade_entry, {.key = "user/7", .data = "red", .size = 3}, {"b", "", 0}), &written));
  palisade_entry new = {.key = "user/7", .data = "blue", .size = 4, .only_if_absent = true};
  CHECK(palisade_values_set(call, store, PALISADE_LIST(palisade_entry, new), &refused));
  palisade_entry same = {.key = "user/7", .data = "r\0d", .size = 3, .only_if_version = written[0], .ttl_ms = 60000};
  CHECK(palisade_values_set(call, store, PALISADE_LIST(palisade_entry, same), &replaced));
  const palisade_kept *kept;
  CHECK(palisade_values_get(call, store, PALISADE_TEXTS("user/7", "none", "b"), &kept));
  bool right = kept[0].value.size == 3 && !memcmp(kept[0].value.data, "r\0d", 4) && kept[0].version == replaced[0] && replaced[0] != written[0];
  bool timed = kept[0].expires_in_ms > 0 && kept[0].expires_in_ms <= 60000 && !kept[2].expires_in_ms;
  int64_t first, second;
  CHECK(palisade_values_increment(call, store, "visits", 2, 0, &first));
  CHECK(palisade_values_increment(call, store, "visits", -3, 0, &second));
  const char *const *all, *const *rest;
  CHECK(palisade_values_keys(call, store, "", NULL, 0, &all));
  CHECK(palisade_values_keys(call, store, "", "b", 1, &rest));
  uint64_t deleted;
  CHECK(palisade_values_delete(call, store, PALISADE_TEXTS("user/7", "none"), &deleted));
  return palisade_output(call, "[%s, %s, %s, %s, %lld, %lld, [%s], [%s], %llu]", truth(right && timed), truth(refused[0] == 0),
                         truth(!kept[1].value.data), truth(kept[2].value.data && !kept[2].value.size), (long long)first,
                         (long long)second, joined(call, all), joined(call, rest), (unsigned long long)deleted);
}

static palisade_result vectors(palisade_call *call) {
  const char *store = "memory", *plants = "[{\"field\": \"kind\", \"is\": {\"equal\": \"plant\"}}]";
  const float east[] = {1, 0}, north[] = {0, 1};
  uint64_t written, left, deleted, matching, none;
  palisade_point fox = {"fox", east, 2, "{\"kind\":\"animal\"}"}, oak = {"oak", north, 2, "{\"kind\":\"plant\"}"};
  CHECK(palisade_vectors_upsert(call, store, PALISADE_LIST(palisade_point, fox, oak), &written));
  const palisade_found *near, *found;
  palisade_search search = {.vector = east, .length = 2, .top_k = 1};
  CHECK(palisade_vectors_query(call, store, search, &near));
  search.filter = plants;
  search.with_vectors = true;
  CHECK(palisade_vectors_query(call, store, search, &found));
  const palisade_point *points;
  CHECK(palisade_vectors_get(call, store, PALISADE_TEXTS("fox", "none"), &points));
  CHECK(palisade_vectors_count(call, store, plants, &left));
  CHECK(palisade_vectors_delete(call, store, PALISADE_TEXTS("fox", "none"), &deleted));
  CHECK(palisade_vectors_delete_matching(call, store, "[]", &matching));
  CHECK(palisade_vectors_count(call, store, NULL, &none));
  return palisade_output(call, "[%llu, [\"%s\", %s, %s], [\"%s\", %s, [%g, %g]], [%s, %g, %s], %llu, %llu, %llu, %llu]",
                         (unsigned long long)written, near->id, truth(near->score > 0.99f), truth(!near[1].id && !near->vector), found->id,
                         found->payload, found->vector[0], found->vector[found->length - 1], points[0].payload, points[0].vector[0],
                         points[1].id ? points[1].id : "null", (unsigned long long)left, (unsigned long long)deleted,
                         (unsigned long long)matching, (unsigned long long)none);
}

static palisade_result objects(palisade_call *call) {
  const char *store = "pictures";
  palisade_new_object text = {.key = "a/fox.txt", .media_type = "text/plain", .data = "red fox", .size = 7};
  palisade_object first, refused, second, whole, nothing, kept;
  CHECK(palisade_objects_put(call, store, text, &first));
  text.only_if_absent = true;
  CHECK(palisade_objects_put(call, store, text, &refused));
  text.only_if_absent = false;
  text.only_if_etag = first.etag;
  CHECK(palisade_objects_put(call, store, text, &second));
  palisade_media content, missing, large;
  palisade_bytes bytes, part, many;
  CHECK(palisade_objects_get(call, store, "a/fox.txt", NULL, &content, &whole) || palisade_read(call, &content, &bytes));
  palisade_range range = {4, 10};
  CHECK(palisade_objects_get(call, store, "a/fox.txt", &range, &content, NULL) || palisade_read(call, &content, &part));
  CHECK(palisade_objects_get(call, store, "none", NULL, &missing, &nothing));
  palisade_new_object film = {.key = "large", .media_type = "video/mp4", .data = palisade_alloc(call, 3 << 20), .size = 3 << 20};
  CHECK(palisade_objects_put(call, store, film, NULL));
  CHECK(palisade_objects_get(call, store, "large", NULL, &large, NULL) || palisade_read(call, &large, &many));
  /* What was read can be kept again, wherever it is. */
  CHECK(palisade_objects_put(call, store, (palisade_new_object){.key = "copy", .file = &large}, &kept));
  const palisade_object *described, *listed;
  CHECK(palisade_objects_describe(call, store, PALISADE_TEXTS("a/fox.txt", "none"), &described));
  CHECK(palisade_objects_list(call, store, "", "a/fox.txt", 0, &listed));
  uint64_t deleted;
  CHECK(palisade_objects_delete(call, store, PALISADE_TEXTS("large", "none"), &deleted));
  return palisade_output(call, "[%llu, %s, %s, [\"%s\", \"%s\", %llu], \"%s\", %s, %zu, [\"%s\", %llu], [\"%s\", %s], [\"%s\", \"%s\"], %llu]",
                         (unsigned long long)first.bytes, truth(!refused.key), truth(second.key && second.modified_ms > 1600000000000),
                         (const char *)bytes.data, content.media_type, (unsigned long long)whole.bytes, (const char *)part.data,
                         quoted(call, nothing.key), many.size, kept.media_type, (unsigned long long)kept.bytes, described[0].media_type,
                         quoted(call, described[1].key), listed[0].key, listed[1].key, (unsigned long long)deleted);
}

static palisade_result queue(palisade_call *call) {
  const char *store = "work";
  const char *const *sent, *const *again;
  palisade_new_message draw = {.data = "draw", .size = 4}, write = {.data = "write", .size = 5, .deduplication_key = "w"};
  CHECK(palisade_queue_send(call, store, PALISADE_LIST(palisade_new_message, draw, write), &sent));
  CHECK(palisade_queue_send(call, store, PALISADE_LIST(palisade_new_message, write, {"later", 5, 60000}), &again));
  const palisade_queued *taken;
  CHECK(palisade_queue_receive(call, store, 10, 60000, &taken));
  const bool *extended, *done, *gone, *released;
  const char *const *first = PALISADE_TEXTS(taken[0].receipt), *const *second = PALISADE_TEXTS(taken[1].receipt);
  CHECK(palisade_queue_extend(call, store, first, 90000, &extended));
  CHECK(palisade_queue_acknowledge(call, store, first, &done));
  CHECK(palisade_queue_acknowledge(call, store, first, &gone));
  CHECK(palisade_queue_release(call, store, second, 0, &released));
  palisade_queue_counts counts;
  CHECK(palisade_queue_count(call, store, &counts));
  return palisade_output(call, "[%s, [\"%s\", \"%s\"], %u, [%s, %s, %s, %s], [%llu, %llu, %llu, %llu]]",
                         truth(!strcmp(sent[1], again[0]) && !sent[2] && !taken[2].id), (const char *)taken[0].body.data,
                         (const char *)taken[1].body.data, taken[0].attempts, truth(*extended), truth(*done), truth(*gone), truth(*released),
                         (unsigned long long)counts.ready, (unsigned long long)counts.delayed, (unsigned long long)counts.leased,
                         (unsigned long long)counts.dead);
}

static palisade_result database(palisade_call *call) {
  const char *store = "notes";
  const uint64_t *changed;
  const palisade_sql *kept = PALISADE_LIST(palisade_sql, {.kind = PALISADE_SQL_TEXT, .text = "red fox"}, {.kind = PALISADE_SQL_REAL, .real = 0.5},
                                           {.kind = PALISADE_SQL_BLOB, .bytes = {(const uint8_t *)"\0\1", 2}}, {.kind = PALISADE_SQL_NULL},
                                           {.kind = PALISADE_SQL_INTEGER, .integer = -7});
  CHECK(palisade_database_execute(call, store,
                                  PALISADE_LIST(palisade_statement,
                                                {.sql = "create table n (id integer primary key, text text, x real, b blob, n, i)"},
                                                {"insert into n (text, x, b, n, i) values (?1, ?2, ?3, ?4, ?5)", kept}),
                                  &changed));
  palisade_rows rows, page;
  CHECK(palisade_database_query(call, store, (palisade_statement){.sql = "select * from n"}, 0, &rows));
  CHECK(palisade_database_query(call, store, (palisade_statement){.sql = "select 1 union select 2"}, 1, &page));
  const palisade_sql *row = rows.values;
  const char *said = "";
  if (palisade_database_query(call, store, (palisade_statement){.sql = "delete from n"}, 0, &rows))
    said = palisade_store_refusal(call) == PALISADE_STORE_INVALID ? "invalid" : "otherwise";
  return palisade_output(call, "[[%llu, %llu], [%s], [%lld, \"%s\", %g, %zu, %s, %lld], [%s, %s], \"%s\"]", (unsigned long long)changed[0],
                         (unsigned long long)changed[1], joined(call, rows.columns), (long long)row[0].integer, row[1].text, row[2].real,
                         row[3].bytes.size + row[3].bytes.data[1], row[4].kind == PALISADE_SQL_NULL ? "null" : "0", (long long)row[5].integer,
                         truth(rows.has_more), truth(page.has_more && page.row_count == 1), said);
}

static palisade_result lent(palisade_call *call) {
  const palisade_lent_store *store = palisade_lent(call);
  const char *all = "";
  for (size_t i = 0; store[i].name; i++)
    all = palisade_format(call, "%s%s[\"%s\", \"%s\", %s]", all, i ? ", " : "", store[i].name, store[i].kind, truth(store[i].read_only));
  return palisade_output(call, "[%s]", all);
}

palisade_result stores(palisade_call *call, const char *kind) {
  const palisade_kept *kept;
  if (!strcmp(kind, "\"values\"")) return values(call);
  if (!strcmp(kind, "\"vectors\"")) return vectors(call);
  if (!strcmp(kind, "\"objects\"")) return objects(call);
  if (!strcmp(kind, "\"queue\"")) return queue(call);
  if (!strcmp(kind, "\"database\"")) return database(call);
  if (!strcmp(kind, "\"lent\"")) return lent(call);
  if (!strcmp(kind, "\"refused\"")) {
    if (!palisade_values_get(call, "nobody", PALISADE_TEXTS("k"), &kept)) return palisade_internal(call, "it was not refused");
    return palisade_output(call, "\"%s\"", palisade_store_refusal(call) == PALISADE_STORE_DENIED ? "denied" : "otherwise");
  }
  if (!strcmp(kind, "\"fill\"")) {
    palisade_entry entry = {.key = "large", .data = palisade_alloc(call, 100000), .size = 100000};
    CHECK(palisade_values_set(call, "sessions", PALISADE_LIST(palisade_entry, entry), NULL));
  }
  CHECK(palisade_values_get(call, "nobody", PALISADE_TEXTS("k"), &kept));
  return palisade_output(call, "null");
}
