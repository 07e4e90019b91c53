/* Has a server make films of pictures, which takes longer than a call. */
#include <palisade.h>
#include <stdlib.h>
#include <string.h>

#define SERVER "https://films.example.com/v1"
#define KEY "api-key"

static const palisade_param params[] = {{.name = "seconds", .kind = PALISADE_NUMBER, .min = 1, .max = 10}, {0}};

const palisade_description palisade_provider = {
    .name = "my-provider",
    .summary = "Has a server make films of pictures.",
    .hosts = PALISADE_TEXTS("films.example.com"),
    .credential_names = PALISADE_TEXTS(KEY),
    .models = PALISADE_LIST(palisade_model, {
        .id = "film",
        .params = params,
        .input_types = PALISADE_TEXTS("image/*"),
        .output_types = PALISADE_TEXTS("video/mp4"),
    }),
};

/* What the server answers to a request, with a zero after it. */
static palisade_result answer(palisade_call *call, palisade_http_request request, palisade_bytes *body) {
  palisade_http_response response;
  request.credential = KEY;
  if (palisade_http(call, request, &response)) return PALISADE_FAILED;
  if (response.status >= 400) return palisade_http_failed(call, &response);
  return palisade_http_body(call, &response, body);
}

/* What the server has at a path. */
static palisade_result get(palisade_call *call, const char *path, palisade_bytes *body) {
  return answer(call, (palisade_http_request){.url = palisade_format(call, SERVER "/%s", path)}, body);
}

/* What an answer says of a name: "" when nothing. It has texts and numbers, and nothing in quotes that is quoted again; a library
 * that knows all of JSON can be put into src/. */
static const char *said(palisade_call *call, palisade_bytes json, const char *name) {
  const char *at = strstr((const char *)json.data, palisade_format(call, "\"%s\":", name));
  if (!at) return "";
  at += strlen(name) + 3;
  at += strspn(at, " ");
  size_t size = *at == '"' ? strcspn(++at, "\"") : strcspn(at, ",} ");
  return palisade_format(call, "%.*s", (int)size, at);
}

/* A text as JSON has it. */
static const char *quoted(palisade_call *call, const char *text) {
  char *whole = palisade_alloc(call, 6 * strlen(text) + 3), *end = whole;
  for (*end++ = '"'; *text; text++) {
    const char *escaped = palisade_format(call, *text == '"' || *text == '\\' ? "\\%c" : (unsigned char)*text < ' ' ? "\\u%04x" : "%c", *text);
    end = strcpy(end, escaped) + strlen(escaped);
  }
  *end = '"';
  return whole;
}

/* Hands the server a picture, which costs nothing. */
static palisade_result upload(palisade_call *call, const palisade_media *picture, palisade_bytes *body) {
  palisade_bytes bytes;
  if (palisade_read(call, picture, &bytes)) return PALISADE_FAILED;
  palisade_http_request request = {
      .method = "POST",
      .url = SERVER "/pictures",
      .headers = PALISADE_LIST(palisade_header, {"content-type", picture->media_type}),
      .body = bytes.data,
      .body_size = bytes.size,
  };
  return answer(call, request, body);
}

palisade_result palisade_image_to_video(palisade_call *call, const palisade_video_request *request) {
  palisade_bytes picture, film;
  if (upload(call, request->first_frame, &picture)) return PALISADE_FAILED;
  const char *wanted = palisade_format(call, "{\"picture\": %s, \"prompt\": %s, \"seconds\": %g}",
                                       quoted(call, said(call, picture, "id")), quoted(call, request->prompt ? request->prompt : ""),
                                       request->seconds ? (double)*request->seconds : 5);
  /* The same key means the same film: nobody pays twice. */
  palisade_http_request sent = {
      .method = "POST",
      .url = SERVER "/films",
      .headers = PALISADE_LIST(palisade_header, {"content-type", "application/json"}, {"idempotency-key", call->idempotency_key}),
      .body = wanted,
      .body_size = strlen(wanted),
  };
  if (answer(call, sent, &film)) return PALISADE_FAILED;
  return palisade_ticket(call, "%s", said(call, film, "id"));
}

palisade_result palisade_poll(palisade_call *call, const char *ticket) {
  palisade_bytes film, file;
  if (get(call, palisade_format(call, "films/%s", ticket), &film)) return PALISADE_FAILED;
  const char *state = said(call, film, "state");
  if (!strcmp(state, "failed"))
    return palisade_job_failed(call, palisade_internal(call, "the server failed: %s", said(call, film, "reason")));
  if (strcmp(state, "done") != 0) {
    uint32_t permille = (uint32_t)strtoul(said(call, film, "permille"), NULL, 10);
    return palisade_job_running(call, (palisade_job_progress){.permille = &permille});
  }
  float seconds = strtof(said(call, film, "seconds"), NULL);
  if (get(call, palisade_format(call, "films/%s/file", ticket), &file)) return PALISADE_FAILED;
  palisade_used(call, "video-second", seconds);
  return palisade_add_video(call, (palisade_video){"video/mp4", file.data, file.size, .seconds = seconds});
}
