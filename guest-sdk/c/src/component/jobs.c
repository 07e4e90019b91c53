#include "jobs.h"

typedef exports_palisade_provider_jobs_state_t raw_state;
typedef exports_palisade_provider_jobs_output_t raw_output;
typedef exports_palisade_provider_jobs_job_progress_t raw_progress;

/* -------------------------------------------------------------------------------------------------------------------- Submitting */

bool lower_token(palisade_call *call, raw_token *token, raw_failure *failure) {
  if (!call->outcome->ticket) {
    palisade_internal(call, "the work was submitted, and no ticket was told with palisade_ticket");
    palisade_submitted(call, PALISADE_MAYBE_SUBMITTED);
    return lower_failure(call, failure);
  }
  palisade_bytes whole = palisade_token(call);
  project_list_u8_t lowered = lower_bytes(whole.data, whole.size);
  *token = (raw_token){lowered.ptr, lowered.len};
  palisade_end(call);
  return true;
}

palisade_result heed_video(palisade_call *call, const palisade_video_request *request) {
  if (palisade_heed(call, request->last_frame, "last-frame") || palisade_heed(call, request->reference_count, "references") ||
      palisade_heed(call, request->resolution, "resolution") || palisade_heed(call, request->seconds, "seconds") ||
      palisade_heed(call, request->fps, "fps") || palisade_heed(call, request->audio, "audio") ||
      palisade_heed(call, request->seed, "seed"))
    return PALISADE_FAILED;
  return PALISADE_DONE;
}

/* ------------------------------------------------------------------------------------------------------------------------- Asking */

static project_option_u32_t lower_known(const uint32_t *number) {
  return number ? (project_option_u32_t){true, *number} : (project_option_u32_t){0};
}

static raw_progress lower_progress(const palisade_job_progress *progress) {
  raw_progress lowered = {
      .permille = lower_known(progress->permille),
      .queue_position = lower_known(progress->queue_position),
      .eta_ms = lower_known(progress->eta_ms),
      .preview.is_some = progress->preview != NULL,
  };
  if (progress->preview) lowered.preview.val = lower_media(progress->preview);
  return lowered;
}

static project_option_u32_t lower_pixels(uint32_t count) { return (project_option_u32_t){count != 0, count}; }

static raw_output lower_output(const palisade_video *video) {
  palisade_media media = {.media_type = video->media_type, .inline_data = video->data, .inline_size = video->size};
  raw_output lowered = {
      .content = lower_media(&media),
      .width = lower_pixels(video->width),
      .height = lower_pixels(video->height),
      .seconds = {video->seconds > 0, video->seconds},
      .revised_prompt = lower_optional_text(video->revised_prompt),
  };
  if (video->seed) lowered.seed = (project_option_u64_t){true, *video->seed};
  return lowered;
}

static void lower_outcome(palisade_call *call, exports_palisade_provider_jobs_outcome_t *outcome) {
  size_t pictures = call->outcome->images.length, films = call->outcome->videos.length;
  outcome->outputs.len = pictures + films;
  outcome->outputs.ptr = lower_items(pictures + films, sizeof *outcome->outputs.ptr);
  for (size_t i = 0; i < pictures; i++) {
    const palisade_image *image = ITEMS(call, palisade_image, images) + i;
    palisade_video film = {image->media_type, image->data,  image->size, image->width,
                           image->height,     .seed = image->seed, .revised_prompt = image->revised_prompt};
    outcome->outputs.ptr[i] = lower_output(&film);
  }
  for (size_t i = 0; i < films; i++) outcome->outputs.ptr[pictures + i] = lower_output(ITEMS(call, palisade_video, videos) + i);
  LOWER_REPORTS(call, outcome, NULL, 0);
}

/* Where a job is; false where nobody has told. A failure ends the call. */
static bool lower_state(palisade_call *call, raw_state *state) {
  palisade_job_state told = call->outcome->job.state;
  if (told == JOB_UNTOLD && call->outcome->images.length + call->outcome->videos.length) told = JOB_SUCCEEDED;
  state->tag = (uint8_t)told;
  switch (told) {
    case JOB_QUEUED:
    case JOB_RUNNING:
      state->val.running = lower_progress(&call->outcome->job.progress);
      return true;
    case JOB_SUCCEEDED:
      lower_outcome(call, &state->val.succeeded);
      return true;
    case JOB_CANCELLED:
      state->val.cancelled.is_some = call->outcome->usage.length != 0;
      if (state->val.cancelled.is_some) state->val.cancelled.val = lower_usage(call, NULL, 0);
      return true;
    case JOB_FAILED:
    case JOB_EXPIRED:
      return true;
    default:
      return false;
  }
}

/* A call that asks after a job, and its ticket; NULL, and a failure of the call, when the token cannot be read. */
static palisade_call *lift_token(raw_token *token, const char **ticket) {
  palisade_call *call = palisade_begin();
  *ticket = palisade_read_token(call, (palisade_bytes){token->ptr, token->len});
  palisade_provider_types_job_token_free(token);
  return call;
}

bool exports_palisade_provider_jobs_poll(raw_token *token, raw_state *state, raw_failure *failure) {
  const char *ticket;
  palisade_call *call = lift_token(token, &ticket);
  if (!ticket || palisade_poll(call, ticket) == PALISADE_FAILED) return lower_failure(call, failure);
  *state = (raw_state){0};
  if (!lower_state(call, state)) {
    palisade_internal(call, "palisade_poll told neither where the job is nor what it made");
    return lower_failure(call, failure);
  }
  if (state->tag == JOB_FAILED)
    lower_failure(call, &state->val.failed);
  else
    palisade_end(call);
  return true;
}

__attribute__((weak)) palisade_result palisade_cancel(palisade_call *call, const char *ticket) {
  (void)ticket;
  return palisade_cannot_cancel(call);
}

bool exports_palisade_provider_jobs_cancel(raw_token *token, exports_palisade_provider_jobs_cancel_result_t *result,
                                           raw_failure *failure) {
  const char *ticket;
  palisade_call *call = lift_token(token, &ticket);
  if (!ticket || palisade_cancel(call, ticket) == PALISADE_FAILED) return lower_failure(call, failure);
  *result = (uint8_t)call->outcome->job.stopping;
  palisade_end(call);
  return true;
}
