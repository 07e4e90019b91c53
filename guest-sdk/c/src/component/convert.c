#include "convert.h"

#include <string.h>

/* What is larger goes to the host as a blob: what is inline counts against smaller limits. */
#define INLINE_MAX (1u << 20)

/* What the host takes of a blob at one time. */
#define CHUNK (1u << 20)

/* ------------------------------------------------------------------------------------------------------------------ From the host */

palisade_call *lift_call(raw_options *options) {
  palisade_call *call = palisade_begin();
  size_t count = options->provider_options.len;
  palisade_own_option *own = palisade_alloc(call, count * sizeof *own);
  for (size_t i = 0; i < count; i++) {
    const palisade_provider_types_option_kv_t *option = &options->provider_options.ptr[i];
    own[i] = (palisade_own_option){lift_text(call, "provider-options", &option->key), lift_text(call, "provider-options", &option->json)};
  }
  call->options = own;
  call->option_count = count;
  call->model = lift_text(call, "model", &options->model);
  call->idempotency_key = lift_text(call, "idempotency-key", &options->idempotency_key);
  call->deadline_ms = options->deadline_ms;
  call->strict = options->strict;
  palisade_provider_types_call_options_free(options);
  return call;
}

bool lifted(const palisade_call *call) { return !call->outcome->failure.message; }

const char *lift_text(palisade_call *call, const char *field, const project_string_t *text) {
  if (text->len && memchr(text->ptr, 0, text->len)) palisade_invalid_input(call, field, "a text cannot hold a zero here");
  return palisade_copy(call, text->ptr, text->len);
}

const char *const *lift_texts(palisade_call *call, const char *field, const project_string_t *texts, size_t count) {
  const char **lifted = palisade_alloc(call, (count + 1) * sizeof *lifted);
  for (size_t i = 0; i < count; i++) lifted[i] = lift_text(call, field, &texts[i]);
  return lifted;
}

static void drop_blob(int32_t handle) { palisade_provider_blobs_blob_drop_own((palisade_provider_blobs_own_blob_t){handle}); }

void lift_blob(palisade_call *call, const char *field, palisade_provider_blobs_own_blob_t blob, palisade_media *lifted) {
  palisade_provider_blobs_blob_info_t info;
  palisade_provider_blobs_method_blob_info(palisade_provider_blobs_borrow_blob(blob), &info);
  *lifted = (palisade_media){.media_type = lift_text(call, field, &info.media_type), .handle = blob.__handle};
  palisade_provider_blobs_blob_info_free(&info);
  palisade_hold(call, blob.__handle, drop_blob);
}

static void lift_one(palisade_call *call, const char *field, raw_media *media, palisade_media *lifted) {
  if (media->tag == PALISADE_PROVIDER_TYPES_MEDIA_INLINE) {
    const palisade_provider_types_inline_media_t *file = &media->val.inline_;
    lifted->media_type = lift_text(call, field, &file->media_type);
    lifted->inline_data = palisade_copy(call, file->data.ptr, file->data.len);
    lifted->inline_size = file->data.len;
    return;
  }
  lift_blob(call, field, media->val.stored, lifted);
}

const palisade_media *lift_media(palisade_call *call, const char *field, raw_media *media, size_t count) {
  palisade_media *files = palisade_alloc(call, count * sizeof *files);
  for (size_t i = 0; i < count; i++) lift_one(call, field, &media[i], &files[i]);
  return files;
}

const palisade_content *lift_content(palisade_call *call, raw_content *content, size_t count) {
  palisade_content *items = palisade_alloc(call, count * sizeof *items);
  for (size_t i = 0; i < count; i++) {
    if (content[i].tag == PALISADE_PROVIDER_TYPES_CONTENT_TEXT)
      items[i].text = lift_text(call, "items", &content[i].val.text);
    else
      items[i].media = lift_media(call, "items", &content[i].val.media, 1);
  }
  return items;
}

palisade_dimensions lift_dimensions(const palisade_provider_types_dimensions_t *dimensions) {
  switch (dimensions->tag) {
    case PALISADE_PROVIDER_TYPES_DIMENSIONS_PIXELS:
      return (palisade_dimensions){PALISADE_PIXELS, dimensions->val.pixels.f0, dimensions->val.pixels.f1};
    case PALISADE_PROVIDER_TYPES_DIMENSIONS_ASPECT:
      return (palisade_dimensions){PALISADE_ASPECT, dimensions->val.aspect.f0, dimensions->val.aspect.f1};
    default:
      return (palisade_dimensions){PALISADE_AUTO, 0, 0};
  }
}

palisade_result palisade_read(palisade_call *call, const palisade_media *media, palisade_bytes *bytes) {
  if (!media->handle) {
    *bytes = (palisade_bytes){media->inline_data, media->inline_size};
    return PALISADE_DONE;
  }
  palisade_provider_blobs_borrow_blob_t blob = palisade_provider_blobs_borrow_blob((palisade_provider_blobs_own_blob_t){media->handle});
  palisade_provider_blobs_blob_info_t info;
  palisade_provider_blobs_method_blob_info(blob, &info);
  size_t capacity = info.size.is_some && info.size.val < SIZE_MAX ? (size_t)info.size.val : CHUNK, size = 0;
  palisade_provider_blobs_blob_info_free(&info);
  uint8_t *data = palisade_alloc(call, capacity + 1);
  for (;;) {
    project_list_u8_t piece;
    palisade_provider_blobs_blob_error_t error;
    if (!palisade_provider_blobs_method_blob_read(blob, size, CHUNK, &piece, &error)) {
      palisade_provider_blobs_blob_error_free(&error);
      return palisade_internal(call, "the host could not give a file of the request");
    }
    if (!piece.len) break;
    if (piece.len > capacity - size) {
      capacity = 2 * (size + piece.len);
      data = memcpy(palisade_alloc(call, capacity + 1), data, size);
    }
    memcpy(data + size, piece.ptr, piece.len);
    size += piece.len;
    project_list_u8_free(&piece);
  }
  *bytes = (palisade_bytes){data, size};
  return PALISADE_DONE;
}

/* --------------------------------------------------------------------------------------------------------------------- To the host */

void *lower_items(size_t count, size_t size) {
  if (!count) return NULL;
  void *items = calloc(count, size);
  if (!items) abort();
  return items;
}

project_list_u8_t lower_bytes(const void *data, size_t size) {
  uint8_t *copy = lower_items(size, 1);
  if (size) memcpy(copy, data, size);
  return (project_list_u8_t){copy, size};
}

project_string_t lower_text(const char *text) {
  project_list_u8_t bytes = lower_bytes(text, text ? strlen(text) : 0);
  return (project_string_t){bytes.ptr, bytes.len};
}

project_option_string_t lower_optional_text(const char *text) {
  return text ? (project_option_string_t){true, lower_text(text)} : (project_option_string_t){0};
}

raw_media lower_media(const palisade_media *media) {
  raw_media lowered = {.tag = PALISADE_PROVIDER_TYPES_MEDIA_INLINE};
  project_string_t media_type = {(uint8_t *)media->media_type, strlen(media->media_type)};
  if (media->inline_size > INLINE_MAX) {
    palisade_provider_blobs_own_blob_writer_t writer = palisade_provider_blobs_constructor_blob_writer(&media_type);
    palisade_provider_blobs_blob_error_t error;
    bool kept = true;
    for (size_t start = 0; kept && start < media->inline_size; start += CHUNK) {
      size_t left = media->inline_size - start;
      project_list_u8_t chunk = {(uint8_t *)media->inline_data + start, left < CHUNK ? left : CHUNK};
      kept = palisade_provider_blobs_method_blob_writer_write(palisade_provider_blobs_borrow_blob_writer(writer), &chunk, &error);
    }
    /* Where the host has no room for it, it is handed over as it is, and the host says what it thinks of that. */
    if (kept && palisade_provider_blobs_static_blob_writer_finish(writer, &lowered.val.stored, &error)) {
      lowered.tag = PALISADE_PROVIDER_TYPES_MEDIA_STORED;
      return lowered;
    }
  }
  lowered.val.inline_.media_type = lower_text(media->media_type);
  lowered.val.inline_.data = lower_bytes(media->inline_data, media->inline_size);
  return lowered;
}

raw_image *lower_images(const palisade_call *call, size_t *count) {
  const palisade_image *images = ITEMS(call, palisade_image, images);
  *count = call->outcome->images.length;
  raw_image *lowered = lower_items(*count, sizeof *lowered);
  for (size_t i = 0; i < *count; i++) {
    const palisade_image *image = &images[i];
    palisade_media media = {.media_type = image->media_type, .inline_data = image->data, .inline_size = image->size};
    lowered[i].content = lower_media(&media);
    lowered[i].width = (project_option_u32_t){image->width != 0, image->width};
    lowered[i].height = (project_option_u32_t){image->height != 0, image->height};
    if (image->seed) lowered[i].seed = (project_option_u64_t){true, *image->seed};
    lowered[i].revised_prompt = lower_optional_text(image->revised_prompt);
  }
  return lowered;
}

raw_warning *lower_warnings(const palisade_call *call, size_t *count) {
  const palisade_warning *warnings = ITEMS(call, palisade_warning, warnings);
  *count = call->outcome->warnings.length;
  raw_warning *lowered = lower_items(*count, sizeof *lowered);
  for (size_t i = 0; i < *count; i++) {
    lowered[i].tag = (uint8_t)warnings[i].kind;
    if (warnings[i].kind == WARNING_ADJUSTED)
      lowered[i].val.adjusted_parameter = (project_tuple2_string_string_t){lower_text(warnings[i].text), lower_text(warnings[i].used)};
    else
      lowered[i].val.note = lower_text(warnings[i].text);
  }
  return lowered;
}

raw_usage lower_usage(const palisade_call *call, const char *unit, double quantity) {
  const palisade_used_unit told = {unit, quantity}, *used = ITEMS(call, palisade_used_unit, usage);
  size_t count = call->outcome->usage.length;
  if (!count && unit) {
    used = &told;
    count = 1;
  }
  raw_usage usage = {0};
  usage.items.len = count;
  usage.items.ptr = lower_items(count, sizeof *usage.items.ptr);
  for (size_t i = 0; i < count; i++) {
    usage.items.ptr[i].unit = lower_text(used[i].unit);
    usage.items.ptr[i].quantity = used[i].quantity;
  }
  return usage;
}

static palisade_provider_types_failure_kind_t lower_kind(const palisade_outcome *outcome) {
  palisade_provider_types_failure_kind_t kind = {.tag = (uint8_t)outcome->failure.kind};
  const char *field = outcome->failure.field, *message = outcome->failure.message;
  project_option_u32_t wait = {outcome->failure.number != 0, outcome->failure.number};
  switch (kind.tag) {
    case PALISADE_PROVIDER_TYPES_FAILURE_KIND_INVALID_INPUT:
    case PALISADE_PROVIDER_TYPES_FAILURE_KIND_LIMIT_EXCEEDED:
      kind.val.invalid_input = (palisade_provider_types_bad_input_t){lower_text(field), lower_text(message)};
      break;
    case PALISADE_PROVIDER_TYPES_FAILURE_KIND_UNSUPPORTED:
      kind.val.unsupported = (project_list_string_t){lower_items(1, sizeof(project_string_t)), 1};
      *kind.val.unsupported.ptr = lower_text(field);
      break;
    case PALISADE_PROVIDER_TYPES_FAILURE_KIND_CONTENT_POLICY:
      kind.val.content_policy = lower_optional_text(field);
      break;
    case PALISADE_PROVIDER_TYPES_FAILURE_KIND_RATE_LIMITED:
      kind.val.rate_limited = (palisade_provider_types_rate_limit_t){wait, lower_text(field ? field : "key")};
      break;
    case PALISADE_PROVIDER_TYPES_FAILURE_KIND_OVERLOADED:
      kind.val.overloaded = wait;
      break;
    case PALISADE_PROVIDER_TYPES_FAILURE_KIND_UPSTREAM:
      kind.val.upstream = (uint16_t)outcome->failure.number;
      break;
    case PALISADE_PROVIDER_TYPES_FAILURE_KIND_BAD_OUTPUT:
    case PALISADE_PROVIDER_TYPES_FAILURE_KIND_INTERNAL:
      kind.val.internal = lower_text(message);
      break;
    default:
      break;
  }
  return kind;
}

bool lower_failure(palisade_call *call, raw_failure *failure) {
  if (lifted(call)) palisade_internal(call, "a function returned PALISADE_FAILED and did not say why");
  const palisade_outcome *outcome = call->outcome;
  *failure = (raw_failure){
      .kind = lower_kind(outcome),
      .message = lower_text(outcome->failure.message),
      .submitted = (uint8_t)outcome->failure.submitted,
  };
  if (outcome->usage.length) failure->usage = (palisade_provider_types_option_usage_t){true, lower_usage(call, NULL, 0)};
  palisade_end(call);
  return false;
}
