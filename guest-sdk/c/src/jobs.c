/* Work that takes longer than a call: its ticket, and where it is. */
#include "call.h"

#include <string.h>

/* ------------------------------------------------------------------------------------------------------------------------ Tickets */

palisade_result palisade_ticket(palisade_call *call, const char *format, ...) {
  PALISADE_FORMATTED(call, call->outcome->ticket);
  return PALISADE_DONE;
}

/* A token is texts that each end with a zero: the ticket, and for each warning its kind, its text and the value that was used. */

static size_t length_of(const char *text) { return text ? strlen(text) : 0; }

static char *append(char *end, const char *text) {
  size_t length = length_of(text);
  if (length) memcpy(end, text, length);
  return end + length + 1;
}

palisade_bytes palisade_token(palisade_call *call) {
  const palisade_array *array = &call->outcome->warnings;
  const palisade_warning *warnings = array->items;
  size_t size = strlen(call->outcome->ticket) + 1;
  for (size_t i = 0; i < array->length; i++) size += 2 + length_of(warnings[i].text) + 1 + length_of(warnings[i].used) + 1;
  char *token = palisade_alloc(call, size), *end = append(token, call->outcome->ticket);
  for (size_t i = 0; i < array->length; i++) {
    const char kind[] = {(char)('0' + warnings[i].kind), 0};
    end = append(append(append(end, kind), warnings[i].text), warnings[i].used);
  }
  return (palisade_bytes){(const uint8_t *)token, size};
}

/* The next text of a token; NULL where there is none. */
static const char *next(palisade_bytes *token) {
  const uint8_t *end = token->size ? memchr(token->data, 0, token->size) : NULL;
  if (!end) return NULL;
  const char *text = (const char *)token->data;
  token->size -= (size_t)(end + 1 - token->data);
  token->data = end + 1;
  return text;
}

const char *palisade_read_token(palisade_call *call, palisade_bytes token) {
  palisade_bytes left = {(const uint8_t *)palisade_copy(call, token.data, token.size), token.size};
  const char *ticket = next(&left);
  bool is_token = ticket != NULL;
  while (is_token && left.size) {
    const char *kind = next(&left), *text = next(&left), *used = next(&left);
    is_token = used && kind[0] >= '0' + WARNING_IGNORED && kind[0] <= '0' + WARNING_NOTE && !kind[1];
    if (!is_token) break;
    palisade_warning *warning = palisade_push(call, &call->outcome->warnings, sizeof *warning);
    *warning = (palisade_warning){(palisade_warning_kind)(kind[0] - '0'), text, used};
  }
  if (is_token) return ticket;
  palisade_internal(call, "the token cannot be read: it is another provider's, or of a version that wrote other tokens");
  return NULL;
}

/* ------------------------------------------------------------------------------------------------------------------- Where a job is */

static palisade_result told(palisade_call *call, palisade_job_state state) {
  call->outcome->job.state = state;
  return PALISADE_DONE;
}

static const uint32_t *kept(palisade_call *call, const uint32_t *number) {
  return number ? (const uint32_t *)(void *)palisade_copy(call, number, sizeof *number) : NULL;
}

static palisade_result on_its_way(palisade_call *call, palisade_job_state state, palisade_job_progress progress) {
  palisade_job_progress *own = &call->outcome->job.progress;
  *own = (palisade_job_progress){
      .permille = kept(call, progress.permille),
      .queue_position = kept(call, progress.queue_position),
      .eta_ms = kept(call, progress.eta_ms),
  };
  if (progress.preview) {
    palisade_media *preview = palisade_alloc(call, sizeof *preview);
    *preview = *progress.preview;
    preview->media_type = palisade_copy_text(call, progress.preview->media_type);
    preview->inline_data = palisade_copy(call, progress.preview->inline_data, progress.preview->inline_size);
    own->preview = preview;
  }
  return told(call, state);
}

palisade_result palisade_job_queued(palisade_call *call, palisade_job_progress progress) {
  return on_its_way(call, JOB_QUEUED, progress);
}

palisade_result palisade_job_running(palisade_call *call, palisade_job_progress progress) {
  return on_its_way(call, JOB_RUNNING, progress);
}

palisade_result palisade_job_failed(palisade_call *call, palisade_result failure) {
  if (failure != PALISADE_FAILED || !call->outcome->failure.message)
    palisade_internal(call, "the job failed, and palisade_job_failed was not told why");
  return told(call, JOB_FAILED);
}

palisade_result palisade_job_cancelled(palisade_call *call) { return told(call, JOB_CANCELLED); }

palisade_result palisade_job_expired(palisade_call *call) { return told(call, JOB_EXPIRED); }

palisade_result palisade_too_late(palisade_call *call) {
  call->outcome->job.stopping = STOPPING_TOO_LATE;
  return PALISADE_DONE;
}

palisade_result palisade_cannot_cancel(palisade_call *call) {
  call->outcome->job.stopping = STOPPING_UNSUPPORTED;
  return PALISADE_DONE;
}

palisade_result palisade_add_video(palisade_call *call, palisade_video video) {
  palisade_video *added = palisade_push(call, &call->outcome->videos, sizeof *added);
  *added = video;
  added->media_type = palisade_copy_text(call, video.media_type);
  added->data = palisade_copy(call, video.data, video.size);
  added->revised_prompt = palisade_copy_text(call, video.revised_prompt);
  if (video.seed) added->seed = (const uint64_t *)(void *)palisade_copy(call, video.seed, sizeof *video.seed);
  return PALISADE_DONE;
}
