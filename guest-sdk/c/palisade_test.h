/* Tests of a provider, compiled for this machine: its functions are called as a host calls them, without one.
 *
 *     palisade_call *call = palisade_test_call("greeter");
 *     palisade_chat_request request = palisade_test_prompt(call, "World");
 *     PALISADE_EXPECT(!strcmp(palisade_test_reply(call, &request), "Hello, World!"));
 *     palisade_test_end(call);
 */
#ifndef PALISADE_TEST_H
#define PALISADE_TEST_H

#include "palisade.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Ends the test with where it was, unless something is true. */
#define PALISADE_EXPECT(what)                                                  \
  do {                                                                         \
    if (!(what)) {                                                             \
      fprintf(stderr, "%s:%d: this is not so: %s\n", __FILE__, __LINE__, #what); \
      exit(1);                                                                 \
    }                                                                          \
  } while (0)

/* A call of a model, and its end. */
palisade_call *palisade_test_call(const char *model);
void palisade_test_end(palisade_call *call);

/* What `palisade_config` gives from now on. NULL takes the setting away. */
void palisade_test_config(const char *key, const char *value);

/* What the next request with `palisade_http` is answered with, and those after it in the same order: a status, and a body. */
void palisade_test_answer(uint16_t status, const char *body);

/* What was asked, as the method, the address and the body with a space between them; NULL when there were not so many requests. */
const char *palisade_test_asked(size_t index);

/* A conversation of one message of the user. */
palisade_chat_request palisade_test_prompt(palisade_call *call, const char *text);

/* A file, and a text as an item. */
palisade_media palisade_test_media(const char *media_type, const void *data, size_t size);
static inline palisade_content palisade_test_text(const char *text) { return (palisade_content){.text = text}; }

/* What the answer has so far. */
const char *palisade_test_said(const palisade_call *call);            /* All the text of a reply, of a picture or of a speech. */
double palisade_test_seconds(const palisade_call *call);              /* How long a speech is; 0 where that is not said. */
palisade_bytes palisade_test_sound(palisade_call *call);              /* All the bytes of a sound. */
const char *palisade_test_output(const palisade_call *call);          /* The output of a task; NULL when there is none. */
const palisade_image *palisade_test_image(const palisade_call *call, size_t index);
const palisade_media *palisade_test_file(const palisade_call *call, size_t index);
const float *palisade_test_vector(const palisade_call *call, size_t index, size_t *length);
double palisade_test_score(const palisade_call *call, size_t document);
bool palisade_test_flagged(const palisade_call *call, size_t item);
const char *palisade_test_ticket(const palisade_call *call);          /* What finds submitted work again. */
const char *palisade_test_job(const palisade_call *call);             /* `queued`, `running`, `succeeded`, `failed`, ... NULL: untold. */
const palisade_job_progress *palisade_test_progress(const palisade_call *call);
const char *palisade_test_cancelled(const palisade_call *call);       /* `cancelled`, `too-late` or `unsupported`. */
const palisade_video *palisade_test_video(const palisade_call *call, size_t index);
const char *palisade_test_failure(const palisade_call *call);         /* Why it failed; NULL when it did not. */
const char *palisade_test_warning(const palisade_call *call, size_t index);

/* The ticket of the job that another call has submitted, in a call that asks after it: the host keeps it, and the warnings, between them. */
const char *palisade_test_kept(palisade_call *call, palisade_call *submitted);

/* A whole reply of `palisade_chat`; NULL when it fails. */
static inline const char *palisade_test_reply(palisade_call *call, const palisade_chat_request *request) {
  palisade_result result;
  do result = palisade_chat(call, request);
  while (result == PALISADE_MORE);
  return result == PALISADE_DONE ? palisade_test_said(call) : NULL;
}

#endif
