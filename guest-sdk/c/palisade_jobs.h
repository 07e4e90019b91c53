/* Work that takes longer than a call. It is submitted once, which gives a ticket, by which the host asks after it until it is done. Part of
 * palisade.h.
 *
 *     palisade_result palisade_text_to_video(palisade_call *call, const palisade_video_request *request) {
 *       // Ask the upstream, and keep what it calls the work.
 *       return palisade_ticket(call, "%s", upstream_id);
 *     }
 *
 *     palisade_result palisade_poll(palisade_call *call, const char *ticket) {
 *       // Ask the upstream about `ticket`.
 *       return palisade_job_running(call, (palisade_job_progress){.permille = &permille});
 *     }
 *
 * The host keeps the ticket: it may ask another instance, or after a restart. So nothing of a job is kept in the provider.
 */
#ifndef PALISADE_JOBS_H
#define PALISADE_JOBS_H

/* Which films to make, from a description or from a picture. */
typedef struct palisade_video_request {
  const char *prompt;                /* What it shows; of a film from a picture what happens in it, or NULL where the model decides. */
  const palisade_media *first_frame; /* The picture to begin with: of a film from a picture never NULL. */
  const palisade_media *last_frame;  /* The picture to end with. */
  const palisade_media *references;  /* Pictures to follow. */
  size_t reference_count;
  palisade_dimensions size;
  const char *resolution; /* A named one that the model offers, for example 720p. */
  const float *seconds;
  const uint32_t *fps;
  const bool *audio; /* Whether it has sound. */
  uint32_t n;        /* How many, at least 1. */
  const uint64_t *seed;
} palisade_video_request;

/* Submit the work, once, and say with `palisade_ticket` what finds it again. */
palisade_result palisade_text_to_video(palisade_call *call, const palisade_video_request *request);
palisade_result palisade_image_to_video(palisade_call *call, const palisade_video_request *request);

/* Pictures that take longer than a call: the interface `text-to-image-job`, in the place of `text-to-image`. */
palisade_result palisade_text_to_image_job(palisade_call *call, const palisade_text_to_image_request *request);

/* What finds submitted work again: with the warnings of the call at most 4 KiB. It must not hold a secret. */
palisade_result palisade_ticket(palisade_call *call, const char *format, ...) PALISADE_PRINTF(2, 3);

/* Asks the upstream once, without waiting, where a job is, and says it: adds what was made, or calls one of the functions below. Fails where
 * that cannot be told now: the host asks again later. Unless told with `palisade_used`, nothing is known of what it used. */
palisade_result palisade_poll(palisade_call *call, const char *ticket);

/* Define this too where the upstream can stop a job. PALISADE_DONE says that it stops. */
palisade_result palisade_cancel(palisade_call *call, const char *ticket);
palisade_result palisade_too_late(palisade_call *call);      /* It is done already. */
palisade_result palisade_cannot_cancel(palisade_call *call); /* The upstream cannot. */

/* How far a job is. What is NULL is not known. */
typedef struct palisade_job_progress {
  const uint32_t *permille;       /* Thousandths of the work done, 0 to 1000. */
  const uint32_t *queue_position; /* How many are before it. */
  const uint32_t *eta_ms;         /* Milliseconds until it is likely done. */
  const palisade_media *preview;  /* What it looks like so far. */
} palisade_job_progress;

palisade_result palisade_job_queued(palisade_call *call, palisade_job_progress progress);
palisade_result palisade_job_running(palisade_call *call, palisade_job_progress progress);

/* The job has failed for good: `return palisade_job_failed(call, palisade_content_policy(call, NULL));` */
palisade_result palisade_job_failed(palisade_call *call, palisade_result failure);

/* It was cancelled. What is billed all the same is told with `palisade_used`. */
palisade_result palisade_job_cancelled(palisade_call *call);

/* The upstream does not know it any more. */
palisade_result palisade_job_expired(palisade_call *call);

/* A film that was made. What is 0 or NULL is not said. */
typedef struct palisade_video {
  const char *media_type;
  const void *data;
  size_t size;
  uint32_t width, height;
  float seconds;
  const uint64_t *seed;
  const char *revised_prompt;
} palisade_video;

/* Adds a film to what a job has made; a picture is added with `palisade_add_image`. */
palisade_result palisade_add_video(palisade_call *call, palisade_video video);

#endif
