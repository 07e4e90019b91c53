/* What the host offers. Part of palisade.h. What was not granted fails with a message that says so. */
#ifndef PALISADE_SERVICES_H
#define PALISADE_SERVICES_H

typedef enum palisade_level { PALISADE_TRACE, PALISADE_DEBUG, PALISADE_INFO, PALISADE_WARN, PALISADE_ERROR } palisade_level;

/* Tells the log of the host. */
void palisade_log(palisade_level level, const char *format, ...) PALISADE_PRINTF(2, 3);

/* Tells whoever waits how far the work is, in thousandths, and what is being done; NULL says nothing. */
void palisade_progress(uint32_t permille, const char *message);

/* A setting of the operator; NULL when it is not set. One that is no string is JSON. */
const char *palisade_config(palisade_call *call, const char *key);

/* Whether the operator has set a credential. */
bool palisade_has_credential(const char *name);

/* A header line. */
typedef struct palisade_header {
  const char *name, *value;
} palisade_header;

/* A request to an upstream. */
typedef struct palisade_http_request {
  const char *method;             /* GET, HEAD, POST, PUT, PATCH or DELETE; NULL is GET. */
  const char *url;                /* An absolute https address. */
  const palisade_header *headers; /* A PALISADE_LIST, or NULL. */
  const void *body;
  size_t body_size;
  const char *credential;  /* The credential that the host attaches; NULL for none. */
  uint32_t first_byte_ms;  /* Milliseconds that the upstream may take to answer; 0 for what is left of the call. */
} palisade_http_request;

/* An answer of an upstream. */
typedef struct palisade_http_response {
  uint16_t status;
  const palisade_header *headers; /* Names in lower case. Ends with an empty one. */
  int32_t handle;
} palisade_http_response;

/* Asks an upstream. A status that is no success is an answer too: `return palisade_http_failed(call, response)` makes a failure of it. Where
 * there is no answer the call fails as the host says why. */
palisade_result palisade_http(palisade_call *call, palisade_http_request request, palisade_http_response *response);

/* More of the body, up to 64 KiB; empty at the end. */
palisade_result palisade_http_read(palisade_call *call, const palisade_http_response *response, palisade_bytes *piece);

/* All the rest of the body, with a zero after it. */
palisade_result palisade_http_body(palisade_call *call, const palisade_http_response *response, palisade_bytes *body);

/* Fails as the status of an answer means. */
palisade_result palisade_http_failed(palisade_call *call, const palisade_http_response *response);

/* A header of an answer; NULL when it has none of this name. */
const char *palisade_http_header(const palisade_http_response *response, const char *name);

/* Has the host download a file that an upstream made, of at most so many bytes, under the same grants. Its type is what it was found to be;
 * `palisade_read` gives the bytes. */
palisade_result palisade_fetch(palisade_call *call, const char *url, uint64_t max_bytes, palisade_media *media);

/* What the provider keeps from call to call, in room that the operator grants. A value that is not there has data that is NULL. */
palisade_result palisade_get(palisade_call *call, const char *key, palisade_bytes *value);
palisade_result palisade_set(palisade_call *call, const char *key, const void *data, size_t size);
palisade_result palisade_delete(palisade_call *call, const char *key);

#endif
