/* What answers of upstreams mean. */
#include "call.h"

#include <stdlib.h>
#include <string.h>

const char *palisade_http_header(const palisade_http_response *response, const char *name) {
  for (const palisade_header *header = response->headers; header && header->name; header++)
    if (!strcmp(header->name, name)) return header->value;
  return NULL;
}

palisade_result palisade_http_failed(palisade_call *call, const palisade_http_response *response) {
  uint16_t status = response->status;
  const char *wait = palisade_http_header(response, "retry-after");
  unsigned long seconds = wait ? strtoul(wait, NULL, 10) : 0;
  palisade_submitted(call, PALISADE_NOT_SUBMITTED);
  switch (status) {
    case 401:
    case 403:
      return palisade_fail(call, PALISADE_AUTH, "the upstream does not accept the credential (%u)", status);
    case 402:
      return palisade_fail(call, PALISADE_INSUFFICIENT_CREDIT, "the account has no credit left");
    case 404:
      return palisade_fail(call, PALISADE_MODEL_NOT_FOUND, "the upstream does not know what was asked for");
    case 408:
    case 504:
      return palisade_fail(call, PALISADE_TIMEOUT, "the upstream took too long (%u)", status);
    case 429:
      return palisade_rate_limited(call, (uint32_t)(seconds < 86400 ? seconds * 1000 : 86400000), "the upstream takes no more requests for now");
    case 503:
    case 529:
      return palisade_fail(call, PALISADE_OVERLOADED, "the upstream is overloaded (%u)", status);
    default:
      return palisade_upstream(call, status, "the upstream answered with %u", status);
  }
}
