#include "call.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct palisade_block {
  struct palisade_block *next;
  max_align_t data[];
};

void *palisade_arena_alloc(palisade_arena *arena, size_t size) {
  struct palisade_block *block = size > SIZE_MAX - sizeof *block ? NULL : calloc(1, sizeof *block + size);
  if (!block) {
    palisade_log(PALISADE_ERROR, "there is no memory left for %zu bytes", size);
    abort();
  }
  block->next = arena->blocks;
  arena->blocks = block;
  return block->data;
}

static void let_go(palisade_arena *arena) {
  while (arena->blocks) {
    struct palisade_block *next = arena->blocks->next;
    free(arena->blocks);
    arena->blocks = next;
  }
}

palisade_call *palisade_begin(void) {
  palisade_arena memory = {0};
  palisade_outcome *outcome = palisade_arena_alloc(&memory, sizeof *outcome);
  outcome->memory = memory;
  outcome->call.outcome = outcome;
  outcome->call.model = outcome->call.idempotency_key = "";
  outcome->job.state = JOB_UNTOLD;
  return &outcome->call;
}

void palisade_end(palisade_call *call) {
  if (!call) return;
  const palisade_held *held = call->outcome->handles.items;
  for (size_t i = 0; i < call->outcome->handles.length; i++) held[i].drop(held[i].handle);
  /* The outcome itself is in the memory that goes. */
  palisade_arena memory = call->outcome->memory, turn = call->outcome->turn;
  let_go(&turn);
  let_go(&memory);
}

void palisade_hold(palisade_call *call, int32_t handle, void (*drop)(int32_t handle)) {
  palisade_held *held = palisade_push(call, &call->outcome->handles, sizeof *held);
  *held = (palisade_held){handle, drop};
}

void palisade_next_turn(palisade_call *call) {
  let_go(&call->outcome->turn);
  call->outcome->pieces = (palisade_array){0};
}

void *palisade_alloc(palisade_call *call, size_t size) { return palisade_arena_alloc(&call->outcome->memory, size); }

static void *grown(palisade_arena *arena, palisade_array *array, size_t size) {
  if (array->length == array->capacity) {
    size_t capacity = array->capacity ? 2 * array->capacity : 8;
    void *items = palisade_arena_alloc(arena, capacity * size);
    if (array->length) memcpy(items, array->items, array->length * size);
    array->items = items;
    array->capacity = capacity;
  }
  return (char *)array->items + size * array->length++;
}

void *palisade_push(palisade_call *call, palisade_array *array, size_t size) {
  return grown(&call->outcome->memory, array, size);
}

palisade_piece *palisade_push_piece(palisade_call *call) {
  return grown(&call->outcome->turn, &call->outcome->pieces, sizeof(palisade_piece));
}

char *palisade_copy(palisade_call *call, const void *data, size_t size) {
  char *copy = palisade_alloc(call, size + 1);
  if (size) memcpy(copy, data, size);
  return copy;
}

const char *palisade_copy_text(palisade_call *call, const char *text) {
  return text ? palisade_copy(call, text, strlen(text)) : NULL;
}

char *palisade_format_values(palisade_arena *arena, size_t *size, const char *format, va_list values) {
  va_list again;
  va_copy(again, values);
  int length = vsnprintf(NULL, 0, format, values);
  size_t count = length > 0 ? (size_t)length : 0;
  char *text = palisade_arena_alloc(arena, count + 1);
  if (count) vsnprintf(text, count + 1, format, again);
  va_end(again);
  if (size) *size = count;
  return text;
}

const char *palisade_format(palisade_call *call, const char *format, ...) {
  const char *text;
  PALISADE_FORMATTED(call, text);
  return text;
}

const char *palisade_option(const palisade_call *call, const char *key) {
  for (size_t i = 0; i < call->option_count; i++)
    if (!strcmp(call->options[i].key, key)) return call->options[i].json;
  return NULL;
}

/* ---------------------------------------------------------------------------------------------------------------------- Failures */

static palisade_result failed(palisade_call *call, int kind, const char *field, const char *message) {
  palisade_outcome *outcome = call->outcome;
  outcome->failure.kind = kind;
  outcome->failure.field = palisade_copy_text(call, field);
  outcome->failure.message = message;
  outcome->failure.number = 0;
  return PALISADE_FAILED;
}

static palisade_result failed_with(palisade_call *call, int kind, uint32_t number, const char *message) {
  failed(call, kind, NULL, message);
  call->outcome->failure.number = number;
  return PALISADE_FAILED;
}

palisade_result palisade_invalid_input(palisade_call *call, const char *field, const char *format, ...) {
  const char *text;
  PALISADE_FORMATTED(call, text);
  return failed(call, FAILURE_INVALID_INPUT, field, text);
}

palisade_result palisade_limit_exceeded(palisade_call *call, const char *field, const char *format, ...) {
  const char *text;
  PALISADE_FORMATTED(call, text);
  return failed(call, FAILURE_LIMIT_EXCEEDED, field, text);
}

palisade_result palisade_unsupported(palisade_call *call, const char *feature) {
  return failed(call, FAILURE_UNSUPPORTED, feature, palisade_format(call, "`%s` is not available here", feature));
}

palisade_result palisade_content_policy(palisade_call *call, const char *category) {
  return failed(call, FAILURE_CONTENT_POLICY, category, "the content was refused");
}

palisade_result palisade_rate_limited(palisade_call *call, uint32_t retry_after_ms, const char *format, ...) {
  const char *text;
  PALISADE_FORMATTED(call, text);
  return failed_with(call, FAILURE_RATE_LIMITED, retry_after_ms, text);
}

palisade_result palisade_overloaded(palisade_call *call, uint32_t retry_after_ms, const char *format, ...) {
  const char *text;
  PALISADE_FORMATTED(call, text);
  return failed_with(call, FAILURE_OVERLOADED, retry_after_ms, text);
}

palisade_result palisade_upstream(palisade_call *call, uint16_t status, const char *format, ...) {
  const char *text;
  PALISADE_FORMATTED(call, text);
  return failed_with(call, FAILURE_UPSTREAM, status, text);
}

palisade_result palisade_internal(palisade_call *call, const char *format, ...) {
  const char *text;
  PALISADE_FORMATTED(call, text);
  return failed(call, FAILURE_INTERNAL, NULL, text);
}

palisade_result palisade_fail(palisade_call *call, palisade_failure kind, const char *format, ...) {
  const char *text;
  PALISADE_FORMATTED(call, text);
  return failed(call, (int)kind, NULL, text);
}

void palisade_submitted(palisade_call *call, palisade_submission submission) { call->outcome->failure.submitted = submission; }

/* ------------------------------------------------------------------------------------------------------------------ Warnings, usage */

static palisade_result warned(palisade_call *call, palisade_warning_kind kind, const char *text, const char *used) {
  palisade_warning *warning = palisade_push(call, &call->outcome->warnings, sizeof *warning);
  *warning = (palisade_warning){kind, palisade_copy_text(call, text), used};
  return PALISADE_DONE;
}

palisade_result palisade_ignored(palisade_call *call, const char *parameter) {
  if (call->strict) return palisade_unsupported(call, parameter);
  return warned(call, WARNING_IGNORED, parameter, NULL);
}

palisade_result palisade_adjusted(palisade_call *call, const char *parameter, const char *format, ...) {
  const char *used;
  PALISADE_FORMATTED(call, used);
  if (call->strict) return palisade_limit_exceeded(call, parameter, "the nearest that is possible is %s", used);
  return warned(call, WARNING_ADJUSTED, parameter, used);
}

palisade_result palisade_note(palisade_call *call, const char *format, ...) {
  const char *text;
  PALISADE_FORMATTED(call, text);
  return warned(call, WARNING_NOTE, text, NULL);
}

/* The model that was asked for; NULL when it is none of the catalogue. */
static const palisade_model *model_of(const palisade_call *call) {
  for (const palisade_model *model = palisade_provider.models; model && model->id; model++)
    if (!strcmp(model->id, call->model)) return model;
  return NULL;
}

palisade_result palisade_heed(palisade_call *call, bool given, const char *parameter) {
  const palisade_model *model = given ? model_of(call) : NULL;
  if (!model) return PALISADE_DONE;
  for (const palisade_param *param = model->params; param && param->name; param++)
    if (!strcmp(param->name, parameter)) return PALISADE_DONE;
  return palisade_ignored(call, parameter);
}

/* Whether a listed type is this one; one that ends in a star is all that begin as it does. */
static bool covers(const char *listed, const char *media_type) {
  size_t length = strlen(listed);
  if (!strcmp(listed, "*/*")) return true;
  if (length < 2 || strcmp(listed + length - 2, "/*") != 0) return !strcmp(listed, media_type);
  return !strncmp(listed, media_type, length - 1);
}

palisade_result palisade_heed_media(palisade_call *call, const palisade_media *media) {
  const palisade_model *model = model_of(call);
  if (!model) return PALISADE_DONE;
  for (const char *const *listed = model->input_types; listed && *listed; listed++)
    if (covers(*listed, media->media_type)) return PALISADE_DONE;
  return palisade_unsupported(call, media->media_type);
}

palisade_result palisade_used(palisade_call *call, const char *unit, double quantity) {
  palisade_used_unit *used = palisade_push(call, &call->outcome->usage, sizeof *used);
  *used = (palisade_used_unit){palisade_copy_text(call, unit), quantity};
  return PALISADE_DONE;
}
