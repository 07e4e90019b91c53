/* The tasks of `custom`. */
#include "stores.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

static palisade_result service(palisade_call *call, const char *name) {
  if (!strcmp(name, "\"print\"")) {
    printf("printed\n");
    fflush(stdout);
    palisade_log(PALISADE_WARN, "logged");
    palisade_progress(500, "half");
  } else if (!strcmp(name, "\"time\"")) {
    uint32_t random;
    getentropy(&random, sizeof random);
    return palisade_output(call, "[%lld, null, %u]", (long long)time(NULL), random);
  } else if (!strcmp(name, "\"config\"")) {
    const char *footer = palisade_config(call, "footer");
    return palisade_output(call, "\"%s\"", footer ? footer : "none");
  } else if (!strcmp(name, "\"key-value\"")) {
    if (palisade_set(call, "key", "value", 5)) return PALISADE_FAILED;
  } else if (!strcmp(name, "\"recurse\"")) {
    char large[1 << 14];
    memset(large, (int)strlen(name), sizeof large);
    if (service(call, name)) return PALISADE_FAILED;
    return palisade_output(call, "%d", large[sizeof large / 2]);
  }
  return palisade_output(call, "null");
}

static palisade_result reach(palisade_call *call, const char *url) {
  palisade_http_request request = {
      .method = "POST",
      .url = url,
      .headers = PALISADE_LIST(palisade_header, {"x-mine", "1"}),
      .body = "fox",
      .body_size = 3,
      .credential = "key",
  };
  palisade_http_response response;
  if (palisade_http(call, request, &response)) return PALISADE_FAILED;
  if (response.status >= 400) return palisade_http_failed(call, &response);
  palisade_bytes body;
  if (palisade_http_body(call, &response, &body)) return PALISADE_FAILED;
  palisade_add_media(call, "text/plain", body.data, body.size);
  return palisade_output(call, "[%d, \"%s\", %s]", response.status, palisade_http_header(&response, "x-colour"),
                         palisade_has_credential("key") ? "true" : "false");
}

static palisade_result fetch(palisade_call *call, const char *url) {
  palisade_media media;
  palisade_bytes file;
  if (palisade_fetch(call, url, 1 << 20, &media) || palisade_read(call, &media, &file)) return PALISADE_FAILED;
  return palisade_output(call, "[\"%s\", %zu]", media.media_type, file.size);
}

static palisade_result keep(palisade_call *call) {
  palisade_bytes before;
  if (palisade_get(call, "count", &before)) return PALISADE_FAILED;
  long count = before.data ? strtol((const char *)before.data, NULL, 10) : 0;
  const char *after = palisade_format(call, "%ld", count + 1);
  if (palisade_set(call, "count", after, strlen(after))) return PALISADE_FAILED;
  return palisade_output(call, "%ld", count);
}

palisade_result palisade_custom(palisade_call *call, const palisade_custom_request *request) {
  if (!strcmp(request->task, "double")) return palisade_output(call, "%g", 2 * strtod(request->input, NULL));
  if (!strcmp(request->task, "service")) return service(call, request->input);
  if (!strcmp(request->task, "keep")) return keep(call);
  if (!strcmp(request->task, "stores")) return stores(call, request->input);
  bool fetches = !strcmp(request->task, "fetch");
  if (fetches || !strcmp(request->task, "reach")) {
    /* A string of JSON, without its quotes. */
    size_t size = strlen(request->input);
    const char *url = palisade_format(call, "%.*s", (int)size - 2, request->input + 1);
    return fetches ? fetch(call, url) : reach(call, url);
  }
  if (!strcmp(request->task, "fail")) {
    palisade_log(PALISADE_ERROR, "Error: there is no %s", request->input);
    return palisade_internal(call, "there is no %s", request->input);
  }
  for (size_t i = 0; i < request->media_count; i++) {
    palisade_bytes file;
    if (palisade_read(call, &request->media[i], &file)) return PALISADE_FAILED;
    palisade_add_media(call, request->media[i].media_type, file.data, file.size);
  }
  return palisade_output(call, "%zu", request->media_count);
}
