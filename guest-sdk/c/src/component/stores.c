/* The stores that are lent: a part of services.c.
 *
 * What the host is handed stays the provider's: it is borrowed, and the lists are in the memory of the call. */

typedef palisade_provider_stores_store_error_t raw_refusal;
typedef palisade_provider_vector_stores_point_t raw_point;
typedef palisade_provider_key_value_stores_entry_t raw_entry;
typedef palisade_provider_object_stores_condition_t raw_condition;
typedef palisade_provider_object_stores_description_t raw_object;
typedef palisade_provider_queues_new_message_t raw_new_message;
typedef palisade_provider_databases_statement_t raw_statement;
typedef palisade_provider_databases_value_t raw_sql;

/* So many items and an empty one, in the memory of the call. */
#define LISTED(call, items, count) ((items) = palisade_alloc(call, ((count) + 1) * sizeof *(items)))

/* How many there are in a list that ends with one whose `field` is not set. */
#define COUNT(list, count, field) \
  size_t count = 0;               \
  while ((list) && (list)[count].field) count++

static palisade_result refused(palisade_call *call, raw_refusal *refusal) {
  /* Whichever case it is, there is a text. */
  const char *why = palisade_copy(call, refusal->val.denied.ptr, refusal->val.denied.len);
  call->outcome->refusal = (palisade_refusal)(PALISADE_STORE_DENIED + refusal->tag);
  palisade_provider_stores_store_error_free(refusal);
  switch (call->outcome->refusal) {
    case PALISADE_STORE_TOO_LARGE:
      return palisade_limit_exceeded(call, "store", "%s", why);
    case PALISADE_STORE_UNAVAILABLE:
      return palisade_overloaded(call, 0, "%s", why);
    default:
      return palisade_internal(call, "%s", why);
  }
}

/* Says whether it was done. */
static palisade_result settled(palisade_call *call, bool done, raw_refusal *refusal) {
  call->outcome->refusal = PALISADE_NOT_REFUSED;
  return done ? PALISADE_DONE : refused(call, refusal);
}

static palisade_result counted(palisade_call *call, bool done, uint64_t given, uint64_t *count, raw_refusal *refusal) {
  if (done && count) *count = given;
  return settled(call, done, refusal);
}

static const char *lifted_copy(palisade_call *call, const project_string_t *text) { return palisade_copy(call, text->ptr, text->len); }

static palisade_bytes lifted_bytes(palisade_call *call, const project_list_u8_t *bytes) {
  return (palisade_bytes){(const uint8_t *)palisade_copy(call, bytes->ptr, bytes->len), bytes->len};
}

static const float *lifted_numbers(palisade_call *call, const project_list_f32_t *numbers) {
  return (const float *)palisade_copy(call, numbers->ptr, numbers->len * sizeof *numbers->ptr);
}

/* Lets go of the texts. */
static const char *const *lifted_list(palisade_call *call, project_list_string_t *texts) {
  const char **list;
  LISTED(call, list, texts->len);
  for (size_t i = 0; i < texts->len; i++) list[i] = lifted_copy(call, &texts->ptr[i]);
  project_list_string_free(texts);
  return list;
}

static project_list_string_t listed(palisade_call *call, const char *const *texts) {
  project_list_string_t list = {0};
  while (texts && texts[list.len]) list.len++;
  LISTED(call, list.ptr, list.len);
  for (size_t i = 0; i < list.len; i++) list.ptr[i] = borrowed(texts[i]);
  return list;
}

palisade_refusal palisade_store_refusal(const palisade_call *call) { return call->outcome->refusal; }

const palisade_lent_store *palisade_lent(palisade_call *call) {
  palisade_provider_stores_list_lent_store_t raw;
  palisade_provider_stores_lent(&raw);
  palisade_lent_store *lent;
  LISTED(call, lent, raw.len);
  for (size_t i = 0; i < raw.len; i++)
    lent[i] = (palisade_lent_store){lifted_copy(call, &raw.ptr[i].name), lifted_copy(call, &raw.ptr[i].kind), raw.ptr[i].read_only};
  palisade_provider_stores_list_lent_store_free(&raw);
  return lent;
}

/* ------------------------------------------------------------------------------------------------------------------------ Vectors */

palisade_result palisade_vectors_upsert(palisade_call *call, const char *store, const palisade_point *points, uint64_t *count) {
  project_string_t name = borrowed(store);
  palisade_provider_vector_stores_list_point_t raw;
  COUNT(points, length, id);
  LISTED(call, raw.ptr, raw.len = length);
  for (size_t i = 0; i < length; i++) {
    raw.ptr[i] = (raw_point){.id = borrowed(points[i].id), .vector = {(float *)points[i].vector, points[i].length}};
    raw.ptr[i].payload = (project_option_string_t){points[i].payload != NULL, borrowed(points[i].payload)};
  }
  uint64_t given = 0;
  raw_refusal refusal;
  bool done = palisade_provider_vector_stores_upsert(&name, &raw, &given, &refusal);
  return counted(call, done, given, count, &refusal);
}

palisade_result palisade_vectors_query(palisade_call *call, const char *store, palisade_search search, const palisade_found **found) {
  project_string_t name = borrowed(store);
  palisade_provider_vector_stores_search_t asked = {
      .vector = {(float *)search.vector, search.length},
      .top_k = {search.top_k != 0, search.top_k},
      .filter = {search.filter != NULL, borrowed(search.filter)},
      .exact = search.exact,
      .with_vectors = search.with_vectors,
  };
  palisade_provider_vector_stores_list_found_t raw;
  raw_refusal refusal;
  if (settled(call, palisade_provider_vector_stores_query(&name, &asked, &raw, &refusal), &refusal)) return PALISADE_FAILED;
  palisade_found *list;
  LISTED(call, list, raw.len);
  for (size_t i = 0; i < raw.len; i++) {
    const palisade_provider_vector_stores_found_t *each = &raw.ptr[i];
    list[i] = (palisade_found){.id = lifted_copy(call, &each->id), .score = each->score, .payload = lifted_copy(call, &each->payload)};
    if (!each->vector.is_some) continue;
    list[i].vector = lifted_numbers(call, &each->vector.val);
    list[i].length = each->vector.val.len;
  }
  palisade_provider_vector_stores_list_found_free(&raw);
  *found = list;
  return PALISADE_DONE;
}

palisade_result palisade_vectors_get(palisade_call *call, const char *store, const char *const *ids, const palisade_point **points) {
  project_string_t name = borrowed(store);
  project_list_string_t wanted = listed(call, ids);
  palisade_provider_vector_stores_list_option_point_t raw;
  raw_refusal refusal;
  if (settled(call, palisade_provider_vector_stores_get(&name, &wanted, &raw, &refusal), &refusal)) return PALISADE_FAILED;
  palisade_point *list;
  LISTED(call, list, raw.len);
  for (size_t i = 0; i < raw.len; i++) {
    const raw_point *each = &raw.ptr[i].val;
    if (!raw.ptr[i].is_some) continue;
    list[i] = (palisade_point){lifted_copy(call, &each->id), lifted_numbers(call, &each->vector), each->vector.len,
                               each->payload.is_some ? lifted_copy(call, &each->payload.val) : NULL};
  }
  palisade_provider_vector_stores_list_option_point_free(&raw);
  *points = list;
  return PALISADE_DONE;
}

palisade_result palisade_vectors_delete(palisade_call *call, const char *store, const char *const *ids, uint64_t *count) {
  project_string_t name = borrowed(store);
  project_list_string_t unwanted = listed(call, ids);
  uint64_t given = 0;
  raw_refusal refusal;
  bool done = palisade_provider_vector_stores_delete(&name, &unwanted, &given, &refusal);
  return counted(call, done, given, count, &refusal);
}

palisade_result palisade_vectors_delete_matching(palisade_call *call, const char *store, const char *filter, uint64_t *count) {
  project_string_t name = borrowed(store), conditions = borrowed(filter);
  uint64_t given = 0;
  raw_refusal refusal;
  bool done = palisade_provider_vector_stores_delete_matching(&name, &conditions, &given, &refusal);
  return counted(call, done, given, count, &refusal);
}

palisade_result palisade_vectors_count(palisade_call *call, const char *store, const char *filter, uint64_t *count) {
  project_string_t name = borrowed(store), conditions = borrowed(filter);
  uint64_t given = 0;
  raw_refusal refusal;
  bool done = palisade_provider_vector_stores_count(&name, filter ? &conditions : NULL, &given, &refusal);
  return counted(call, done, given, count, &refusal);
}

/* ------------------------------------------------------------------------------------------------------------------------- Values */

palisade_result palisade_values_get(palisade_call *call, const char *store, const char *const *keys, const palisade_kept **kept) {
  project_string_t name = borrowed(store);
  project_list_string_t wanted = listed(call, keys);
  palisade_provider_key_value_stores_list_option_kept_t raw;
  raw_refusal refusal;
  if (settled(call, palisade_provider_key_value_stores_get(&name, &wanted, &raw, &refusal), &refusal)) return PALISADE_FAILED;
  palisade_kept *list;
  LISTED(call, list, raw.len);
  for (size_t i = 0; i < raw.len; i++) {
    const palisade_provider_key_value_stores_kept_t *each = &raw.ptr[i].val;
    if (!raw.ptr[i].is_some) continue;
    list[i] = (palisade_kept){lifted_bytes(call, &each->value), each->version, each->expires_in_ms.is_some ? each->expires_in_ms.val : 0};
  }
  palisade_provider_key_value_stores_list_option_kept_free(&raw);
  *kept = list;
  return PALISADE_DONE;
}

palisade_result palisade_values_set(palisade_call *call, const char *store, const palisade_entry *entries, const uint64_t **versions) {
  project_string_t name = borrowed(store);
  palisade_provider_key_value_stores_list_entry_t asked;
  COUNT(entries, length, key);
  LISTED(call, asked.ptr, asked.len = length);
  for (size_t i = 0; i < length; i++) {
    const palisade_entry *entry = &entries[i];
    raw_entry *each = &asked.ptr[i];
    *each = (raw_entry){borrowed(entry->key), {(uint8_t *)entry->data, entry->size}, {entry->ttl_ms != 0, entry->ttl_ms}, {0}};
    each->only_if.is_some = entry->only_if_absent || entry->only_if_version;
    if (entry->only_if_absent) continue; /* The case without a number. */
    each->only_if.val.tag = PALISADE_PROVIDER_KEY_VALUE_STORES_CONDITION_VERSION;
    each->only_if.val.val.version = entry->only_if_version;
  }
  project_list_option_u64_t raw;
  raw_refusal refusal;
  if (settled(call, palisade_provider_key_value_stores_set(&name, &asked, &raw, &refusal), &refusal)) return PALISADE_FAILED;
  uint64_t *list;
  LISTED(call, list, raw.len);
  for (size_t i = 0; i < raw.len; i++) list[i] = raw.ptr[i].is_some ? raw.ptr[i].val : 0;
  project_list_option_u64_free(&raw);
  if (versions) *versions = list;
  return PALISADE_DONE;
}

palisade_result palisade_values_delete(palisade_call *call, const char *store, const char *const *keys, uint64_t *count) {
  project_string_t name = borrowed(store);
  project_list_string_t unwanted = listed(call, keys);
  uint64_t given = 0;
  raw_refusal refusal;
  bool done = palisade_provider_key_value_stores_delete(&name, &unwanted, &given, &refusal);
  return counted(call, done, given, count, &refusal);
}

palisade_result palisade_values_keys(palisade_call *call, const char *store, const char *prefix, const char *after, uint32_t limit,
                                     const char *const **keys) {
  project_string_t name = borrowed(store), beginning = borrowed(prefix), last = borrowed(after);
  project_list_string_t raw;
  raw_refusal refusal;
  bool done = palisade_provider_key_value_stores_keys(&name, &beginning, after ? &last : NULL, limit ? &limit : NULL, &raw, &refusal);
  if (done) *keys = lifted_list(call, &raw);
  return settled(call, done, &refusal);
}

palisade_result palisade_values_increment(palisade_call *call, const char *store, const char *key, int64_t by, uint64_t ttl_ms,
                                          int64_t *sum) {
  project_string_t name = borrowed(store), under = borrowed(key);
  int64_t given = 0;
  raw_refusal refusal;
  bool done = palisade_provider_key_value_stores_increment(&name, &under, by, ttl_ms ? &ttl_ms : NULL, &given, &refusal);
  if (done && sum) *sum = given;
  return settled(call, done, &refusal);
}

/* -------------------------------------------------------------------------------------------------------------------------- Files */

static palisade_object lifted_object(palisade_call *call, const raw_object *raw) {
  return (palisade_object){lifted_copy(call, &raw->key), raw->bytes, lifted_copy(call, &raw->media_type), lifted_copy(call, &raw->etag),
                           raw->modified_ms};
}

palisade_result palisade_objects_put(palisade_call *call, const char *store, palisade_new_object object, palisade_object *written) {
  project_string_t name = borrowed(store), key = borrowed(object.key);
  palisade_media file = {.media_type = object.media_type, .inline_data = object.data, .inline_size = object.size};
  if (object.file) {
    palisade_bytes bytes;
    if (palisade_read(call, object.file, &bytes)) return PALISADE_FAILED;
    file = (palisade_media){.media_type = object.file->media_type, .inline_data = bytes.data, .inline_size = bytes.size};
  }
  raw_condition only_if = {.tag = PALISADE_PROVIDER_OBJECT_STORES_CONDITION_ABSENT};
  if (object.only_if_etag && !object.only_if_absent) {
    only_if.tag = PALISADE_PROVIDER_OBJECT_STORES_CONDITION_ETAG;
    only_if.val.etag = borrowed(object.only_if_etag);
  }
  raw_media content = lower_media(&file);
  palisade_provider_object_stores_option_description_t raw;
  raw_refusal refusal;
  bool done = palisade_provider_object_stores_put(&name, &key, &content, object.only_if_absent || object.only_if_etag ? &only_if : NULL, &raw,
                                                  &refusal);
  /* A file that the host keeps was given to it. */
  palisade_provider_types_media_free(&content);
  if (settled(call, done, &refusal)) return PALISADE_FAILED;
  if (written) *written = raw.is_some ? lifted_object(call, &raw.val) : (palisade_object){0};
  palisade_provider_object_stores_option_description_free(&raw);
  return PALISADE_DONE;
}

palisade_result palisade_objects_get(palisade_call *call, const char *store, const char *key, const palisade_range *range,
                                     palisade_media *content, palisade_object *object) {
  project_string_t name = borrowed(store), under = borrowed(key);
  palisade_provider_object_stores_range_t part = {range ? range->offset : 0, range ? range->length : 0};
  palisade_provider_object_stores_option_object_t raw;
  raw_refusal refusal;
  bool done = palisade_provider_object_stores_get(&name, &under, range ? &part : NULL, &raw, &refusal);
  if (settled(call, done, &refusal)) return PALISADE_FAILED;
  *content = raw.is_some ? *lift_media(call, "object", &raw.val.content, 1) : (palisade_media){0};
  if (object) *object = raw.is_some ? lifted_object(call, &raw.val.description) : (palisade_object){0};
  palisade_provider_object_stores_option_object_free(&raw);
  return PALISADE_DONE;
}

palisade_result palisade_objects_describe(palisade_call *call, const char *store, const char *const *keys, const palisade_object **objects) {
  project_string_t name = borrowed(store);
  project_list_string_t wanted = listed(call, keys);
  palisade_provider_object_stores_list_option_description_t raw;
  raw_refusal refusal;
  if (settled(call, palisade_provider_object_stores_describe(&name, &wanted, &raw, &refusal), &refusal)) return PALISADE_FAILED;
  palisade_object *list;
  LISTED(call, list, raw.len);
  for (size_t i = 0; i < raw.len; i++)
    if (raw.ptr[i].is_some) list[i] = lifted_object(call, &raw.ptr[i].val);
  palisade_provider_object_stores_list_option_description_free(&raw);
  *objects = list;
  return PALISADE_DONE;
}

palisade_result palisade_objects_delete(palisade_call *call, const char *store, const char *const *keys, uint64_t *count) {
  project_string_t name = borrowed(store);
  project_list_string_t unwanted = listed(call, keys);
  uint64_t given = 0;
  raw_refusal refusal;
  bool done = palisade_provider_object_stores_delete(&name, &unwanted, &given, &refusal);
  return counted(call, done, given, count, &refusal);
}

palisade_result palisade_objects_list(palisade_call *call, const char *store, const char *prefix, const char *after, uint32_t limit,
                                      const palisade_object **objects) {
  project_string_t name = borrowed(store), beginning = borrowed(prefix), last = borrowed(after);
  palisade_provider_object_stores_list_description_t raw;
  raw_refusal refusal;
  bool done =
      palisade_provider_object_stores_objects(&name, &beginning, after ? &last : NULL, limit ? &limit : NULL, &raw, &refusal);
  if (settled(call, done, &refusal)) return PALISADE_FAILED;
  palisade_object *list;
  LISTED(call, list, raw.len);
  for (size_t i = 0; i < raw.len; i++) list[i] = lifted_object(call, &raw.ptr[i]);
  palisade_provider_object_stores_list_description_free(&raw);
  *objects = list;
  return PALISADE_DONE;
}

/* ------------------------------------------------------------------------------------------------------------------------- Queues */

palisade_result palisade_queue_send(palisade_call *call, const char *store, const palisade_new_message *messages,
                                    const char *const **ids) {
  project_string_t name = borrowed(store);
  palisade_provider_queues_list_new_message_t asked;
  COUNT(messages, length, data);
  LISTED(call, asked.ptr, asked.len = length);
  for (size_t i = 0; i < length; i++) {
    const palisade_new_message *message = &messages[i];
    asked.ptr[i] = (raw_new_message){{(uint8_t *)message->data, message->size}, message->delay_ms,
                                     {message->deduplication_key != NULL, borrowed(message->deduplication_key)}};
  }
  project_list_string_t raw;
  raw_refusal refusal;
  if (settled(call, palisade_provider_queues_send(&name, &asked, &raw, &refusal), &refusal)) return PALISADE_FAILED;
  const char *const *list = lifted_list(call, &raw);
  if (ids) *ids = list;
  return PALISADE_DONE;
}

palisade_result palisade_queue_receive(palisade_call *call, const char *store, uint32_t limit, uint64_t lease_ms,
                                       const palisade_queued **messages) {
  project_string_t name = borrowed(store);
  palisade_provider_queues_list_message_t raw;
  raw_refusal refusal;
  bool done = palisade_provider_queues_receive(&name, limit, lease_ms ? &lease_ms : NULL, &raw, &refusal);
  if (settled(call, done, &refusal)) return PALISADE_FAILED;
  palisade_queued *list;
  LISTED(call, list, raw.len);
  for (size_t i = 0; i < raw.len; i++) {
    const palisade_provider_queues_message_t *each = &raw.ptr[i];
    list[i] = (palisade_queued){lifted_copy(call, &each->id), lifted_bytes(call, &each->body), lifted_copy(call, &each->receipt),
                                each->attempts};
  }
  palisade_provider_queues_list_message_free(&raw);
  *messages = list;
  return PALISADE_DONE;
}

static palisade_result held_still(palisade_call *call, bool done, project_list_bool_t *raw, const bool **held, raw_refusal *refusal) {
  if (settled(call, done, refusal)) return PALISADE_FAILED;
  if (held) *held = (const bool *)palisade_copy(call, raw->ptr, raw->len * sizeof *raw->ptr);
  project_list_bool_free(raw);
  return PALISADE_DONE;
}

palisade_result palisade_queue_acknowledge(palisade_call *call, const char *store, const char *const *receipts, const bool **held) {
  project_string_t name = borrowed(store);
  project_list_string_t taken = listed(call, receipts);
  project_list_bool_t raw;
  raw_refusal refusal;
  return held_still(call, palisade_provider_queues_acknowledge(&name, &taken, &raw, &refusal), &raw, held, &refusal);
}

palisade_result palisade_queue_release(palisade_call *call, const char *store, const char *const *receipts, uint64_t delay_ms,
                                       const bool **held) {
  project_string_t name = borrowed(store);
  project_list_string_t taken = listed(call, receipts);
  project_list_bool_t raw;
  raw_refusal refusal;
  return held_still(call, palisade_provider_queues_release(&name, &taken, delay_ms, &raw, &refusal), &raw, held, &refusal);
}

palisade_result palisade_queue_extend(palisade_call *call, const char *store, const char *const *receipts, uint64_t lease_ms,
                                      const bool **held) {
  project_string_t name = borrowed(store);
  project_list_string_t taken = listed(call, receipts);
  project_list_bool_t raw;
  raw_refusal refusal;
  return held_still(call, palisade_provider_queues_extend(&name, &taken, lease_ms, &raw, &refusal), &raw, held, &refusal);
}

palisade_result palisade_queue_count(palisade_call *call, const char *store, palisade_queue_counts *counts) {
  project_string_t name = borrowed(store);
  palisade_provider_queues_counts_t raw;
  raw_refusal refusal;
  bool done = palisade_provider_queues_count(&name, &raw, &refusal);
  if (done) *counts = (palisade_queue_counts){raw.ready, raw.delayed, raw.leased, raw.dead};
  return settled(call, done, &refusal);
}

/* ------------------------------------------------------------------------------------------------------------------------- Tables */

static raw_statement borrowed_statement(palisade_call *call, const palisade_statement *statement) {
  raw_statement raw = {.sql = borrowed(statement->sql)};
  COUNT(statement->parameters, length, kind);
  LISTED(call, raw.parameters.ptr, raw.parameters.len = length);
  for (size_t i = 0; i < length; i++) {
    const palisade_sql *value = &statement->parameters[i];
    raw_sql *each = &raw.parameters.ptr[i];
    each->tag = (uint8_t)(value->kind - PALISADE_SQL_NULL);
    if (value->kind == PALISADE_SQL_INTEGER) each->val.integer = value->integer;
    if (value->kind == PALISADE_SQL_REAL) each->val.real = value->real;
    if (value->kind == PALISADE_SQL_TEXT) each->val.text = borrowed(value->text);
    if (value->kind == PALISADE_SQL_BLOB) each->val.blob = (project_list_u8_t){(uint8_t *)value->bytes.data, value->bytes.size};
  }
  return raw;
}

static palisade_sql lifted_sql(palisade_call *call, const raw_sql *raw) {
  palisade_sql value = {.kind = (palisade_sql_kind)(raw->tag + PALISADE_SQL_NULL)};
  if (value.kind == PALISADE_SQL_INTEGER) value.integer = raw->val.integer;
  if (value.kind == PALISADE_SQL_REAL) value.real = raw->val.real;
  if (value.kind == PALISADE_SQL_BLOB) value.bytes = lifted_bytes(call, &raw->val.blob);
  if (value.kind == PALISADE_SQL_TEXT) {
    value.text = lifted_copy(call, &raw->val.text);
    value.bytes = (palisade_bytes){(const uint8_t *)value.text, raw->val.text.len};
  }
  return value;
}

palisade_result palisade_database_query(palisade_call *call, const char *store, palisade_statement statement, uint32_t limit,
                                        palisade_rows *rows) {
  project_string_t name = borrowed(store);
  raw_statement asked = borrowed_statement(call, &statement);
  palisade_provider_databases_rows_t raw;
  raw_refusal refusal;
  if (settled(call, palisade_provider_databases_query(&name, &asked, limit ? &limit : NULL, &raw, &refusal), &refusal))
    return PALISADE_FAILED;
  size_t columns = raw.columns.len, count = raw.rows.len;
  palisade_sql *values = palisade_alloc(call, columns * count * sizeof *values);
  for (size_t row = 0; row < count; row++)
    for (size_t column = 0; column < columns && column < raw.rows.ptr[row].len; column++)
      values[row * columns + column] = lifted_sql(call, &raw.rows.ptr[row].ptr[column]);
  const char **names;
  LISTED(call, names, columns);
  for (size_t i = 0; i < columns; i++) names[i] = lifted_copy(call, &raw.columns.ptr[i]);
  *rows = (palisade_rows){names, values, columns, count, raw.has_more};
  palisade_provider_databases_rows_free(&raw);
  return PALISADE_DONE;
}

palisade_result palisade_database_execute(palisade_call *call, const char *store, const palisade_statement *statements,
                                          const uint64_t **changed) {
  project_string_t name = borrowed(store);
  palisade_provider_databases_list_statement_t asked;
  COUNT(statements, length, sql);
  LISTED(call, asked.ptr, asked.len = length);
  for (size_t i = 0; i < length; i++) asked.ptr[i] = borrowed_statement(call, &statements[i]);
  project_list_u64_t raw;
  raw_refusal refusal;
  if (settled(call, palisade_provider_databases_execute(&name, &asked, &raw, &refusal), &refusal)) return PALISADE_FAILED;
  if (changed) *changed = (const uint64_t *)palisade_copy(call, raw.ptr, raw.len * sizeof *raw.ptr);
  project_list_u64_free(&raw);
  return PALISADE_DONE;
}
