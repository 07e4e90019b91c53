/* What takes the place of the host in a test on this machine. */
#include "../../palisade_test.h"
#include "../call.h"

#include <stdarg.h>

typedef struct setting {
  struct setting *next;
  char *key, *value;
} setting;

static setting *settings;

static char *owned(const char *text) {
  size_t size = strlen(text) + 1;
  char *copy = malloc(size);
  if (!copy) abort();
  return memcpy(copy, text, size);
}

/* ----------------------------------------------------------------------------------------------------------------- The services */

void palisade_log(palisade_level level, const char *format, ...) {
  static const char *const LEVELS[] = {"trace", "debug", "info", "warn", "error"};
  va_list values;
  va_start(values, format);
  fprintf(stderr, "%s: ", LEVELS[level]);
  vfprintf(stderr, format, values);
  fputc('\n', stderr);
  va_end(values);
}

void palisade_progress(uint32_t permille, const char *message) {
  (void)permille;
  (void)message;
}

void palisade_test_config(const char *key, const char *value) {
  for (setting **link = &settings; *link; link = &(*link)->next) {
    setting *found = *link;
    if (strcmp(found->key, key) != 0) continue;
    *link = found->next;
    free(found->key);
    free(found->value);
    free(found);
    break;
  }
  if (!value) return;
  setting *added = malloc(sizeof *added);
  if (!added) abort();
  *added = (setting){settings, owned(key), owned(value)};
  settings = added;
}

const char *palisade_config(palisade_call *call, const char *key) {
  for (const setting *each = settings; each; each = each->next)
    if (!strcmp(each->key, key)) return palisade_copy_text(call, each->value);
  return NULL;
}

bool palisade_has_credential(const char *name) {
  (void)name;
  return false;
}

static palisade_result no_host(palisade_call *call) { return palisade_internal(call, "there is no host in a test"); }

typedef struct answer {
  struct answer *next;
  char *body, *asked; /* What was asked is NULL until it was. */
  size_t size, given;
  uint16_t status;
} answer;

static answer *answers;

static answer *answer_at(size_t index) {
  answer *each = answers;
  while (each && index--) each = each->next;
  return each;
}

void palisade_test_answer(uint16_t status, const char *body) {
  answer **link = &answers;
  while (*link) link = &(*link)->next;
  *link = malloc(sizeof **link);
  if (!*link) abort();
  **link = (answer){.body = owned(body), .size = strlen(body), .status = status};
}

const char *palisade_test_asked(size_t index) {
  const answer *found = answer_at(index);
  return found ? found->asked : NULL;
}

palisade_result palisade_http(palisade_call *call, palisade_http_request request, palisade_http_response *response) {
  static const palisade_header NONE = {0};
  int32_t index = 0;
  answer *found = answers;
  for (; found && found->asked; found = found->next) index++;
  if (!found) return palisade_internal(call, "the test has no answer left for %s", request.url);
  found->asked = owned(palisade_format(call, "%s %s %.*s", request.method ? request.method : "GET", request.url, (int)request.body_size,
                                       request.body ? (const char *)request.body : ""));
  *response = (palisade_http_response){.status = found->status, .headers = &NONE, .handle = index};
  return PALISADE_DONE;
}

static palisade_bytes given(const palisade_http_response *response, size_t most) {
  answer *from = answer_at((size_t)response->handle);
  size_t left = from->size - from->given, size = left < most ? left : most;
  from->given += size;
  return (palisade_bytes){(const uint8_t *)from->body + from->given - size, size};
}

palisade_result palisade_http_read(palisade_call *call, const palisade_http_response *response, palisade_bytes *piece) {
  (void)call;
  *piece = given(response, 1 << 16);
  return PALISADE_DONE;
}

palisade_result palisade_http_body(palisade_call *call, const palisade_http_response *response, palisade_bytes *body) {
  (void)call;
  *body = given(response, SIZE_MAX);
  return PALISADE_DONE;
}

palisade_result palisade_fetch(palisade_call *call, const char *url, uint64_t max_bytes, palisade_media *media) {
  palisade_http_response response;
  if (palisade_http(call, (palisade_http_request){.url = url}, &response)) return PALISADE_FAILED;
  palisade_bytes file = given(&response, SIZE_MAX);
  if (response.status >= 400 || file.size > max_bytes) return palisade_internal(call, "the file cannot be fetched");
  *media = (palisade_media){.media_type = "application/octet-stream", .inline_data = file.data, .inline_size = file.size};
  return PALISADE_DONE;
}

palisade_result palisade_get(palisade_call *call, const char *key, palisade_bytes *value) {
  (void)key;
  (void)value;
  return no_host(call);
}

palisade_result palisade_set(palisade_call *call, const char *key, const void *data, size_t size) {
  (void)key;
  (void)data;
  (void)size;
  return no_host(call);
}

palisade_result palisade_delete(palisade_call *call, const char *key) {
  (void)key;
  return no_host(call);
}

palisade_result palisade_read(palisade_call *call, const palisade_media *media, palisade_bytes *bytes) {
  /* The zero is not the test's to write. */
  *bytes = (palisade_bytes){(const uint8_t *)palisade_copy(call, media->inline_data, media->inline_size), media->inline_size};
  return PALISADE_DONE;
}

/* --------------------------------------------------------------------------------------------------------------------- Calls */

palisade_call *palisade_test_call(const char *model) {
  palisade_call *call = palisade_begin();
  call->model = palisade_copy_text(call, model);
  call->idempotency_key = "key";
  call->deadline_ms = 60000;
  return call;
}

void palisade_test_end(palisade_call *call) { palisade_end(call); }

palisade_chat_request palisade_test_prompt(palisade_call *call, const char *text) {
  palisade_part *part = palisade_alloc(call, sizeof *part);
  *part = (palisade_part){.kind = PALISADE_PART_TEXT, .text = palisade_copy_text(call, text)};
  palisade_message *message = palisade_alloc(call, sizeof *message);
  *message = (palisade_message){PALISADE_USER, part, 1};
  return (palisade_chat_request){.messages = message, .message_count = 1};
}

palisade_media palisade_test_media(const char *media_type, const void *data, size_t size) {
  return (palisade_media){.media_type = media_type, .inline_data = data, .inline_size = size};
}

/* -------------------------------------------------------------------------------------------------------------------- Answers */

#define ITEM(call, type, array, index) \
  ((index) < (call)->outcome->array.length ? (const type *)(call)->outcome->array.items + (index) : NULL)

static palisade_bytes all(const palisade_call *call, palisade_piece_kind kind) {
  palisade_bytes whole = {0};
  for (int copying = 0; copying < 2; copying++) {
    uint8_t *data = copying ? palisade_arena_alloc(&call->outcome->memory, whole.size + 1) : NULL;
    size_t size = 0;
    const palisade_piece *piece;
    for (size_t i = 0; (piece = ITEM(call, palisade_piece, pieces, i)); i++) {
      if (piece->kind != kind) continue;
      if (data) memcpy(data + size, piece->bytes.data, piece->bytes.size);
      size += piece->bytes.size;
    }
    whole = (palisade_bytes){data, size};
  }
  return whole;
}

const char *palisade_test_said(const palisade_call *call) {
  return call->outcome->text ? call->outcome->text : (const char *)all(call, PIECE_TEXT).data;
}

double palisade_test_seconds(const palisade_call *call) { return call->outcome->seconds; }

palisade_bytes palisade_test_sound(palisade_call *call) { return all(call, PIECE_SOUND); }

const char *palisade_test_output(const palisade_call *call) { return call->outcome->output; }

const palisade_image *palisade_test_image(const palisade_call *call, size_t index) {
  return ITEM(call, palisade_image, images, index);
}

const palisade_media *palisade_test_file(const palisade_call *call, size_t index) {
  return ITEM(call, palisade_media, media, index);
}

const float *palisade_test_vector(const palisade_call *call, size_t index, size_t *length) {
  const palisade_vector *vector = ITEM(call, palisade_vector, vectors, index);
  *length = vector ? vector->length : 0;
  return vector ? vector->numbers : NULL;
}

double palisade_test_score(const palisade_call *call, size_t document) {
  const palisade_score *score;
  for (size_t i = 0; (score = ITEM(call, palisade_score, scores, i)); i++)
    if (score->document == document) return score->score;
  return 0;
}

bool palisade_test_flagged(const palisade_call *call, size_t item) {
  const palisade_category *category;
  for (size_t i = 0; (category = ITEM(call, palisade_category, categories, i)); i++)
    if (category->item == item && category->flagged) return true;
  return false;
}

const char *palisade_test_ticket(const palisade_call *call) { return call->outcome->ticket; }

const char *palisade_test_job(const palisade_call *call) {
  static const char *const STATES[] = {"queued", "running", "succeeded", "failed", "cancelled", "expired"};
  palisade_job_state state = call->outcome->job.state;
  if (state != JOB_UNTOLD) return STATES[state];
  return call->outcome->images.length + call->outcome->videos.length ? STATES[JOB_SUCCEEDED] : NULL;
}

const palisade_job_progress *palisade_test_progress(const palisade_call *call) { return &call->outcome->job.progress; }

const char *palisade_test_cancelled(const palisade_call *call) {
  static const char *const RESULTS[] = {"cancelled", "too-late", "unsupported"};
  return RESULTS[call->outcome->job.stopping];
}

const palisade_video *palisade_test_video(const palisade_call *call, size_t index) {
  return ITEM(call, palisade_video, videos, index);
}

const char *palisade_test_kept(palisade_call *call, palisade_call *submitted) {
  return palisade_read_token(call, palisade_token(submitted));
}

const char *palisade_test_failure(const palisade_call *call) { return call->outcome->failure.message; }

const char *palisade_test_warning(const palisade_call *call, size_t index) {
  const palisade_warning *warning = ITEM(call, palisade_warning, warnings, index);
  return warning ? warning->text : NULL;
}
