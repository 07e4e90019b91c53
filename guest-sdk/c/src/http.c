/* What answers of upstreams mean. */
#include "call.h"

#include <stdlib.h>
#include <string.h>

const char *palisade_http_header(const palisade_http_response *response, const char *name) {
  for (const palisade_header *header = response->headers; header && header->name; header++)
    if (!strcmp(header->name, name)) return header->value;
  return NULL;
}

/* Most bytes of what an upstream says that a failure repeats. */
#define SAID_MAX 500

/* What an upstream says, where that is a short text. */
static const char *said(palisade_call *call, const palisade_http_response *response) {
  palisade_bytes piece;
  if (palisade_http_read(call, response, &piece) || !piece.size || memchr(piece.data, '<', piece.size)) return "it does not say why";
  size_t size = piece.size < SAID_MAX ? piece.size : SAID_MAX;
  while (size && size < piece.size && (piece.data[size] & 0xc0) == 0x80) size--;
  return palisade_copy(call, piece.data, size);
}

palisade_result palisade_http_failed(palisade_call *call, const palisade_http_response *response) {
  unsigned status = response->status;
  const char *wait = palisade_http_header(response, "retry-after");
  unsigned long seconds = wait ? strtoul(wait, NULL, 10) : 0;
  uint32_t milliseconds = (uint32_t)(seconds < 86400 ? seconds * 1000 : 86400000);
  const char *why = palisade_format(call, "the upstream answered with status %u: %s", status, said(call, response));
  palisade_submitted(call, PALISADE_SUBMITTED);
  switch (status) {
    case 400:
    case 422:
      return palisade_invalid_input(call, "request", "%s", why);
    case 401:
    case 403:
      return palisade_fail(call, PALISADE_AUTH, "%s", why);
    case 402:
      return palisade_fail(call, PALISADE_INSUFFICIENT_CREDIT, "%s", why);
    case 404:
      return palisade_fail(call, PALISADE_MODEL_NOT_FOUND, "%s", why);
    case 408:
    case 504:
      return palisade_fail(call, PALISADE_TIMEOUT, "%s", why);
    case 413:
      return palisade_limit_exceeded(call, "request", "%s", why);
    case 429:
      return palisade_rate_limited(call, milliseconds, "%s", why);
    case 503:
    case 529:
      return palisade_overloaded(call, milliseconds, "%s", why);
    default:
      return palisade_upstream(call, response->status, "%s", why);
  }
}
