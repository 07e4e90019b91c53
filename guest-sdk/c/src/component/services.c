/* What the host offers. */
#include "convert.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define PIECE (64u << 10)

static project_string_t borrowed(const char *text) { return (project_string_t){(uint8_t *)text, text ? strlen(text) : 0}; }

void palisade_log(palisade_level level, const char *format, ...) {
  char line[4096];
  va_list values;
  va_start(values, format);
  vsnprintf(line, sizeof line, format, values);
  va_end(values);
  project_string_t text = borrowed(line);
  palisade_provider_log_log((uint8_t)level, &text);
}

void palisade_progress(uint32_t permille, const char *message) {
  palisade_provider_progress_update_t update = {{true, permille}, {message != NULL, borrowed(message)}};
  palisade_provider_progress_report(&update);
}

const char *palisade_config(palisade_call *call, const char *key) {
  project_string_t name = borrowed(key), value;
  if (!palisade_provider_config_get(&name, &value)) return NULL;
  const char *copy = palisade_copy(call, value.ptr, value.len);
  project_string_free(&value);
  return copy;
}

bool palisade_has_credential(const char *name) {
  project_string_t text = borrowed(name);
  bool has = false;
  palisade_provider_credentials_credential_error_t error;
  if (palisade_provider_credentials_has(&text, &has, &error)) return has;
  palisade_provider_credentials_credential_error_free(&error);
  return false;
}

/* -------------------------------------------------------------------------------------------------------------------------- http */

static const char *const METHODS[] = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"};

/* Fails as the host says why. Where it says that nothing has left, nothing is submitted; else nobody knows. */
static palisade_result unanswered(palisade_call *call, palisade_provider_http_http_error_t *error) {
  const char *reason = "";
  bool has_left = false;
  palisade_result result;
  if (error->tag <= PALISADE_PROVIDER_HTTP_HTTP_ERROR_CONNECT || error->tag == PALISADE_PROVIDER_HTTP_HTTP_ERROR_PROTOCOL)
    reason = palisade_copy(call, error->val.denied.ptr, error->val.denied.len);
  switch (error->tag) {
    case PALISADE_PROVIDER_HTTP_HTTP_ERROR_DENIED:
      result = palisade_fail(call, PALISADE_AUTH, "not granted: %s", reason);
      break;
    case PALISADE_PROVIDER_HTTP_HTTP_ERROR_INVALID_REQUEST:
      result = palisade_internal(call, "no request that can be sent: %s", reason);
      break;
    case PALISADE_PROVIDER_HTTP_HTTP_ERROR_CONNECT:
      result = palisade_internal(call, "no connection to the upstream: %s", reason);
      break;
    case PALISADE_PROVIDER_HTTP_HTTP_ERROR_REQUEST_TOO_LARGE:
      result = palisade_limit_exceeded(call, "request", "it would be sent as more than %llu bytes",
                                       (unsigned long long)error->val.request_too_large);
      break;
    case PALISADE_PROVIDER_HTTP_HTTP_ERROR_RATE_LIMITED:
      result = palisade_rate_limited(call, error->val.rate_limited, "as many requests were made as the operator granted");
      call->outcome->failure.field = "grant";
      break;
    case PALISADE_PROVIDER_HTTP_HTTP_ERROR_RESPONSE_TOO_LARGE:
      has_left = true;
      result = palisade_fail(call, PALISADE_BAD_OUTPUT, "the answer has more bytes than the %llu that are allowed",
                             (unsigned long long)error->val.response_too_large);
      break;
    case PALISADE_PROVIDER_HTTP_HTTP_ERROR_PROTOCOL:
      has_left = true;
      result = palisade_fail(call, PALISADE_BAD_OUTPUT, "no answer that can be read: %s", reason);
      break;
    default:
      has_left = true;
      result = palisade_fail(call, PALISADE_TIMEOUT, "the upstream took too long");
  }
  palisade_submitted(call, has_left ? PALISADE_MAYBE_SUBMITTED : PALISADE_NOT_SUBMITTED);
  palisade_provider_http_http_error_free(error);
  return result;
}

static void drop_response(int32_t handle) { palisade_provider_http_response_drop_own((palisade_provider_http_own_response_t){handle}); }

static palisade_provider_http_borrow_response_t response_of(const palisade_http_response *response) {
  return palisade_provider_http_borrow_response((palisade_provider_http_own_response_t){response->handle});
}

static void lift_headers(palisade_call *call, palisade_http_response *response) {
  palisade_provider_http_list_header_t raw;
  palisade_provider_http_method_response_headers(response_of(response), &raw);
  palisade_header *headers = palisade_alloc(call, (raw.len + 1) * sizeof *headers);
  for (size_t i = 0; i < raw.len; i++)
    headers[i] = (palisade_header){palisade_copy(call, raw.ptr[i].name.ptr, raw.ptr[i].name.len),
                                   palisade_copy(call, raw.ptr[i].value.ptr, raw.ptr[i].value.len)};
  palisade_provider_http_list_header_free(&raw);
  response->headers = headers;
}

palisade_result palisade_http(palisade_call *call, palisade_http_request request, palisade_http_response *response) {
  palisade_provider_http_request_t raw = {.url = borrowed(request.url)};
  const char *method = request.method ? request.method : "GET";
  while (raw.method < sizeof METHODS / sizeof *METHODS && strcmp(METHODS[raw.method], method) != 0) raw.method++;
  if (raw.method == sizeof METHODS / sizeof *METHODS) return palisade_internal(call, "there is no method `%s`", method);
  while (request.headers && request.headers[raw.headers.len].name) raw.headers.len++;
  raw.headers.ptr = palisade_alloc(call, raw.headers.len * sizeof *raw.headers.ptr);
  for (size_t i = 0; i < raw.headers.len; i++)
    raw.headers.ptr[i] = (palisade_provider_http_header_t){borrowed(request.headers[i].name), borrowed(request.headers[i].value)};
  if (request.body_size) {
    raw.body.tag = PALISADE_PROVIDER_HTTP_BODY_BYTES;
    raw.body.val.bytes = (project_list_u8_t){(uint8_t *)request.body, request.body_size};
  }
  raw.credential.is_some = request.credential != NULL;
  raw.credential.val = borrowed(request.credential);
  raw.first_byte_ms.is_some = request.first_byte_ms != 0;
  raw.first_byte_ms.val = request.first_byte_ms;
  palisade_provider_http_own_response_t answer;
  palisade_provider_http_http_error_t error;
  if (!palisade_provider_http_send(&raw, &answer, &error)) return unanswered(call, &error);
  *response = (palisade_http_response){.handle = answer.__handle};
  palisade_hold(call, answer.__handle, drop_response);
  response->status = palisade_provider_http_method_response_status(response_of(response));
  lift_headers(call, response);
  return PALISADE_DONE;
}

palisade_result palisade_http_read(palisade_call *call, const palisade_http_response *response, palisade_bytes *piece) {
  project_list_u8_t raw;
  palisade_provider_http_http_error_t error;
  if (!palisade_provider_http_method_response_read(response_of(response), PIECE, &raw, &error)) return unanswered(call, &error);
  *piece = (palisade_bytes){(const uint8_t *)palisade_copy(call, raw.ptr, raw.len), raw.len};
  project_list_u8_free(&raw);
  return PALISADE_DONE;
}

palisade_result palisade_http_body(palisade_call *call, const palisade_http_response *response, palisade_bytes *body) {
  size_t capacity = PIECE, size = 0;
  uint8_t *data = palisade_alloc(call, capacity + 1);
  for (;;) {
    project_list_u8_t raw;
    palisade_provider_http_http_error_t error;
    if (!palisade_provider_http_method_response_read(response_of(response), PIECE, &raw, &error)) return unanswered(call, &error);
    if (!raw.len) break;
    if (raw.len > capacity - size) {
      capacity = 2 * (size + raw.len);
      data = memcpy(palisade_alloc(call, capacity + 1), data, size);
    }
    memcpy(data + size, raw.ptr, raw.len);
    size += raw.len;
    project_list_u8_free(&raw);
  }
  data[size] = 0;
  *body = (palisade_bytes){data, size};
  return PALISADE_DONE;
}

palisade_result palisade_fetch(palisade_call *call, const char *url, uint64_t max_bytes, palisade_media *media) {
  project_string_t address = borrowed(url);
  palisade_provider_blobs_own_blob_t blob;
  palisade_provider_blobs_blob_error_t error;
  if (palisade_provider_blobs_import_url(&address, max_bytes, &blob, &error)) {
    lift_blob(call, "file", blob, media);
    return PALISADE_DONE;
  }
  switch (error.tag) {
    case PALISADE_PROVIDER_BLOBS_BLOB_ERROR_DENIED:
      palisade_fail(call, PALISADE_AUTH, "not granted: %s", palisade_copy(call, error.val.denied.ptr, error.val.denied.len));
      break;
    case PALISADE_PROVIDER_BLOBS_BLOB_ERROR_TOO_LARGE:
      palisade_internal(call, "the file cannot be fetched: it has more bytes than the %llu that are allowed",
                        (unsigned long long)error.val.too_large);
      break;
    case PALISADE_PROVIDER_BLOBS_BLOB_ERROR_IO:
      palisade_internal(call, "the file cannot be fetched: %s", palisade_copy(call, error.val.io.ptr, error.val.io.len));
      break;
    default:
      palisade_internal(call, "the file cannot be fetched: it is gone");
  }
  palisade_provider_blobs_blob_error_free(&error);
  return PALISADE_FAILED;
}

/* --------------------------------------------------------------------------------------------------------------------- key-value */

static palisade_result not_kept(palisade_call *call, palisade_provider_key_value_key_value_error_t *error) {
  palisade_result result;
  if (error->tag == PALISADE_PROVIDER_KEY_VALUE_KEY_VALUE_ERROR_TOO_LARGE)
    result = palisade_internal(call, "there is room for %llu bytes only", (unsigned long long)error->val.too_large);
  else
    result = palisade_internal(call, "%.*s", (int)error->val.denied.len, (const char *)error->val.denied.ptr);
  palisade_provider_key_value_key_value_error_free(error);
  return result;
}

palisade_result palisade_get(palisade_call *call, const char *key, palisade_bytes *value) {
  project_string_t name = borrowed(key);
  project_option_list_u8_t raw;
  palisade_provider_key_value_key_value_error_t error;
  if (!palisade_provider_key_value_get(&name, &raw, &error)) return not_kept(call, &error);
  *value = (palisade_bytes){0};
  if (!raw.is_some) return PALISADE_DONE;
  *value = (palisade_bytes){(const uint8_t *)palisade_copy(call, raw.val.ptr, raw.val.len), raw.val.len};
  project_option_list_u8_free(&raw);
  return PALISADE_DONE;
}

palisade_result palisade_set(palisade_call *call, const char *key, const void *data, size_t size) {
  project_string_t name = borrowed(key);
  project_list_u8_t value = {(uint8_t *)data, size};
  palisade_provider_key_value_key_value_error_t error;
  return palisade_provider_key_value_set(&name, &value, &error) ? PALISADE_DONE : not_kept(call, &error);
}

palisade_result palisade_delete(palisade_call *call, const char *key) {
  project_string_t name = borrowed(key);
  palisade_provider_key_value_key_value_error_t error;
  return palisade_provider_key_value_delete(&name, &error) ? PALISADE_DONE : not_kept(call, &error);
}

/* ------------------------------------------------------------------------------------------------------------------------ stores */

/* Here rather than compiled by itself, so that a component is made of the same files as before. */
#include "stores.c"
