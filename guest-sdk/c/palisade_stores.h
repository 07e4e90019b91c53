/* The stores that the operator has lent to this provider, each by its name. Part of palisade.h.
 *
 *     const palisade_found *found;
 *     palisade_search search = {.vector = vector, .length = 3, .top_k = 5};
 *     if (palisade_vectors_query(call, "memory", search, &found)) return PALISADE_FAILED;
 *     for (; found->id; found++) palisade_say(call, "%s\n", found->id);
 *
 * What is given is there until the call has ended. A list ends with an empty one, both that which is handed in and that which is given;
 * where there is one of something for each of what was asked, there is one for each, and it is empty where there is none. What is given
 * through a pointer is not, where that is NULL.
 *
 * A call fails with what a store did not do: too large is limit-exceeded, unavailable is overloaded, and the rest is internal. Who goes on
 * instead asks `palisade_store_refusal` why. In a test on this machine every store is denied. */
#ifndef PALISADE_STORES_H
#define PALISADE_STORES_H

/* Why a store did not do what it was asked. What is denied, invalid or too large is not done at all. */
typedef enum palisade_refusal {
  PALISADE_NOT_REFUSED,
  PALISADE_STORE_DENIED,      /* No store of this name and kind is lent to this provider, or none to be written to. */
  PALISADE_STORE_INVALID,     /* No store can do this. */
  PALISADE_STORE_TOO_LARGE,   /* There is no room for it, or it is more than is told at a time. */
  PALISADE_STORE_UNAVAILABLE, /* Later it may work. */
  PALISADE_STORE_IO,          /* The host could not read or write it. */
} palisade_refusal;

/* Why the store that was asked last did not do it. */
palisade_refusal palisade_store_refusal(const palisade_call *call);

/* A store that is lent. */
typedef struct palisade_lent_store {
  const char *name;
  const char *kind; /* `vector-store`, `key-value-store`, `object-store`, `queue` or `sql`; others may come. */
  bool read_only;
} palisade_lent_store;

/* Those that are lent to this provider, by name, in ascending order. */
const palisade_lent_store *palisade_lent(palisade_call *call);

/* ------------------------------------------------------------------------------------------------------------------------ Vectors */

/* A vector with what belongs to it. */
typedef struct palisade_point {
  const char *id;
  const float *vector; /* As many numbers as the others of the store have. */
  size_t length;
  const char *payload; /* What else is known of it, a JSON object; NULL for an empty one. */
} palisade_point;

/* What to find. */
typedef struct palisade_search {
  const float *vector; /* What is to be near. */
  size_t length;
  uint32_t top_k;     /* How many of the nearest; 0 for 10. */
  const char *filter; /* What holds of them, a JSON list: [{"field": "kind", "is": {"equal": "animal"}}]. NULL for all. */
  bool exact;         /* Whether every point is looked at, rather than those that an index leads to. */
  bool with_vectors;  /* Whether the vectors are told. */
} palisade_search;

/* A point that was found. */
typedef struct palisade_found {
  const char *id;
  float score; /* How near it is, higher is nearer. */
  const char *payload;
  const float *vector; /* NULL where it was not asked for. */
  size_t length;
} palisade_found;

/* Writes points, in the place of those of the same ids, all of them in one go. Gives how many. */
palisade_result palisade_vectors_upsert(palisade_call *call, const char *store, const palisade_point *points, uint64_t *count);

/* Finds the points that are nearest, nearest first. */
palisade_result palisade_vectors_query(palisade_call *call, const char *store, palisade_search search, const palisade_found **found);

/* Reads points: one for each id. */
palisade_result palisade_vectors_get(palisade_call *call, const char *store, const char *const *ids, const palisade_point **points);

/* Forgets points: those of these ids, or those of which a filter holds; all where the list is empty. Gives how many there were. */
palisade_result palisade_vectors_delete(palisade_call *call, const char *store, const char *const *ids, uint64_t *count);
palisade_result palisade_vectors_delete_matching(palisade_call *call, const char *store, const char *filter, uint64_t *count);

/* Counts the points of which a filter holds; all of them where it is NULL. */
palisade_result palisade_vectors_count(palisade_call *call, const char *store, const char *filter, uint64_t *count);

/* ------------------------------------------------------------------------------------------------------------------------- Values */

/* A value to keep. */
typedef struct palisade_entry {
  const char *key; /* Each once. */
  const void *data;
  size_t size;
  uint64_t ttl_ms;          /* Milliseconds until it is forgotten; 0 keeps it. */
  bool only_if_absent;      /* Whether it is written only where there is none. */
  uint64_t only_if_version; /* It is written only in the place of this version; 0 for any. */
} palisade_entry;

/* A value that is kept. */
typedef struct palisade_kept {
  palisade_bytes value;   /* With a zero after it. NULL where there is none. */
  uint64_t version;       /* Another one with each change, never 0 where there is one. */
  uint64_t expires_in_ms; /* Milliseconds until it is forgotten; 0 when it is kept. */
} palisade_kept;

/* Reads values: one for each key. */
palisade_result palisade_values_get(palisade_call *call, const char *store, const char *const *keys, const palisade_kept **kept);

/* Writes values. Gives for each the version that was written, 0 where its condition did not hold. */
palisade_result palisade_values_set(palisade_call *call, const char *store, const palisade_entry *entries, const uint64_t **versions);

/* Forgets values. Gives how many there were. */
palisade_result palisade_values_delete(palisade_call *call, const char *store, const char *const *keys, uint64_t *count);

/* The keys that begin with `prefix`, in ascending order, at most `limit`, 1000 where it is 0; after `after`, the last of the page before, or
 * from the first where it is NULL. */
palisade_result palisade_values_keys(palisade_call *call, const char *store, const char *prefix, const char *after, uint32_t limit,
                                     const char *const **keys);

/* Adds to a number, which is 0 where there is none, and gives the sum. Where it is new, it is forgotten after `ttl_ms`, unless that is 0. */
palisade_result palisade_values_increment(palisade_call *call, const char *store, const char *key, int64_t by, uint64_t ttl_ms,
                                          int64_t *sum);

/* -------------------------------------------------------------------------------------------------------------------------- Files */

/* A file to keep. */
typedef struct palisade_new_object {
  const char *key; /* Parts that are separated by `/`, of which none is empty, `.` or `..`. */
  const char *media_type;
  const void *data;
  size_t size;
  const palisade_media *file; /* A file of the request, or one that was fetched, in the place of the three above. */
  bool only_if_absent;        /* Whether it is written only where there is none. */
  const char *only_if_etag;   /* It is written only in the place of that with this tag; NULL for any. */
} palisade_new_object;

/* What is known of a file that is kept. */
typedef struct palisade_object {
  const char *key;
  uint64_t bytes;
  const char *media_type;
  const char *etag;     /* Another one with each content. */
  uint64_t modified_ms; /* When it was written, in milliseconds since 1970. */
} palisade_object;

/* Some of the bytes of a file; what is beyond its end is not there. */
typedef struct palisade_range {
  uint64_t offset;
  uint64_t length; /* At least 1. */
} palisade_range;

/* Writes a file, in the place of the one before. Gives what was written, with a key that is NULL where the condition did not hold. */
palisade_result palisade_objects_put(palisade_call *call, const char *store, palisade_new_object object, palisade_object *written);

/* Reads a file, or a part of it where `range` is not NULL; `palisade_read` gives the bytes. The key of `object`, which tells of the whole, is
 * NULL where there is none. */
palisade_result palisade_objects_get(palisade_call *call, const char *store, const char *key, const palisade_range *range,
                                     palisade_media *content, palisade_object *object);

/* Tells of files, without their bytes: one for each key. */
palisade_result palisade_objects_describe(palisade_call *call, const char *store, const char *const *keys, const palisade_object **objects);

/* Forgets files. Gives how many there were. */
palisade_result palisade_objects_delete(palisade_call *call, const char *store, const char *const *keys, uint64_t *count);

/* The files whose keys begin with `prefix`, as `palisade_values_keys` gives keys. */
palisade_result palisade_objects_list(palisade_call *call, const char *store, const char *prefix, const char *after, uint32_t limit,
                                      const palisade_object **objects);

/* ------------------------------------------------------------------------------------------------------------------------- Queues */

/* A message to add. */
typedef struct palisade_new_message {
  const void *data; /* Not NULL, even where it says nothing. */
  size_t size;
  uint64_t delay_ms;             /* Milliseconds until it can be taken. */
  const char *deduplication_key; /* Where a message that waits, or that somebody has, was sent with the same, none is added. NULL for none. */
} palisade_new_message;

/* A message that was taken. */
typedef struct palisade_queued {
  const char *id;
  palisade_bytes body; /* With a zero after it. */
  const char *receipt; /* Another one each time it is taken. */
  uint32_t attempts;   /* How many times it was taken, this time included. */
} palisade_queued;

/* How many messages there are: those that can be taken, those that can be taken later, those that somebody has, and those that were given out
 * too often. */
typedef struct palisade_queue_counts {
  uint64_t ready, delayed, leased, dead;
} palisade_queue_counts;

/* Adds messages, all of them in one go. Gives the id of each, that of the one that is there where it is there already. */
palisade_result palisade_queue_send(palisade_call *call, const char *store, const palisade_new_message *messages,
                                    const char *const **ids);

/* Takes the messages that have waited longest, at most `limit`. Nobody else gets them for `lease_ms`, 30 000 where it is 0. */
palisade_result palisade_queue_receive(palisade_call *call, const char *store, uint32_t limit, uint64_t lease_ms,
                                       const palisade_queued **messages);

/* Says that messages are done with, gives them back for others to take after `delay_ms`, or takes them for `lease_ms` from now. Gives for each
 * receipt whether it still was this one's. */
palisade_result palisade_queue_acknowledge(palisade_call *call, const char *store, const char *const *receipts, const bool **held);
palisade_result palisade_queue_release(palisade_call *call, const char *store, const char *const *receipts, uint64_t delay_ms,
                                       const bool **held);
palisade_result palisade_queue_extend(palisade_call *call, const char *store, const char *const *receipts, uint64_t lease_ms,
                                      const bool **held);

/* Tells how many there are. */
palisade_result palisade_queue_count(palisade_call *call, const char *store, palisade_queue_counts *counts);

/* ------------------------------------------------------------------------------------------------------------------------- Tables */

typedef enum palisade_sql_kind {
  PALISADE_SQL_NULL = 1,
  PALISADE_SQL_INTEGER,
  PALISADE_SQL_REAL,
  PALISADE_SQL_TEXT,
  PALISADE_SQL_BLOB,
} palisade_sql_kind;

/* A value of a row or a parameter. */
typedef struct palisade_sql {
  palisade_sql_kind kind;
  int64_t integer;
  double real;
  const char *text;    /* Of a row, `bytes` has it too, with how long it is. */
  palisade_bytes bytes;
} palisade_sql;

/* A statement of SQL, with `?1`, `?2` and so on where its parameters go. */
typedef struct palisade_statement {
  const char *sql;
  const palisade_sql *parameters; /* A PALISADE_LIST, or NULL. */
} palisade_statement;

/* Rows that were found: `values` has one for each column, row by row. */
typedef struct palisade_rows {
  const char *const *columns;
  const palisade_sql *values;
  size_t column_count, row_count;
  bool has_more; /* Whether there are more than were asked for. */
} palisade_rows;

/* Asks for at most `limit` rows, 1000 where it is 0. Nothing is changed: a statement that would change something is refused. */
palisade_result palisade_database_query(palisade_call *call, const char *store, palisade_statement statement, uint32_t limit,
                                        palisade_rows *rows);

/* Changes, all or nothing: where a statement fails, those before it did not happen. Gives for each how many rows it has changed. */
palisade_result palisade_database_execute(palisade_call *call, const char *store, const palisade_statement *statements,
                                          const uint64_t **changed);

#endif
