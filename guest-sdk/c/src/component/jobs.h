/* What the capabilities whose work is jobs have in common. */
#ifndef PALISADE_COMPONENT_JOBS_H
#define PALISADE_COMPONENT_JOBS_H

#include "convert.h"

typedef palisade_provider_types_job_token_t raw_token;

/* The token of a job that was submitted, with which the call ends. False: there is no ticket, and `failure` says so. */
bool lower_token(palisade_call *call, raw_token *token, raw_failure *failure);

/* What a film from a description and one from a picture have in common; their prompts and first frames are not the same. */
#define LIFT_VIDEO(call, request, raw)                                                              \
  do {                                                                                              \
    (request)->last_frame = (raw)->last_frame.is_some ? lift_media(call, "last-frame", &(raw)->last_frame.val, 1) : NULL; \
    (request)->references = lift_media(call, "references", (raw)->references.ptr, (raw)->references.len); \
    (request)->reference_count = (raw)->references.len;                                             \
    (request)->size = lift_dimensions(&(raw)->size);                                                \
    (request)->resolution = LIFT_OPTIONAL_TEXT(call, "resolution", (raw)->resolution);              \
    (request)->seconds = LIFT_OPTIONAL(call, (raw)->seconds);                                       \
    (request)->fps = LIFT_OPTIONAL(call, (raw)->fps);                                               \
    (request)->audio = LIFT_OPTIONAL(call, (raw)->audio);                                           \
    (request)->n = (raw)->n;                                                                        \
    (request)->seed = LIFT_OPTIONAL(call, (raw)->seed);                                             \
  } while (0)

/* Warns of what the model of such a request does not list. */
palisade_result heed_video(palisade_call *call, const palisade_video_request *request);

#endif
