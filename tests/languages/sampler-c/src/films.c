/* Work that takes longer than a call. */
#include <palisade.h>
#include <stdlib.h>
#include <string.h>

/* The ticket is the length of the film and what becomes of it. */
static palisade_result submitted(palisade_call *call, const palisade_video_request *request, const char *prompt) {
  return palisade_ticket(call, "%g %s", request->seconds ? (double)*request->seconds : 0, prompt);
}

palisade_result palisade_text_to_video(palisade_call *call, const palisade_video_request *request) {
  if (!strcmp(request->prompt, "refuse")) return palisade_invalid_input(call, "prompt", "it asks to be refused");
  return submitted(call, request, request->prompt);
}

palisade_result palisade_image_to_video(palisade_call *call, const palisade_video_request *request) {
  palisade_bytes frame;
  if (palisade_read(call, request->first_frame, &frame)) return PALISADE_FAILED;
  return submitted(call, request, request->prompt ? request->prompt : palisade_format(call, "%zu bytes", frame.size));
}

palisade_result palisade_poll(palisade_call *call, const char *ticket) {
  static const char FILM[24] = "\0\0\0\x18" "ftypmp42\0\0\0\0mp42isom";
  char *prompt;
  float seconds = strtof(ticket, &prompt);
  prompt++;
  if (!strcmp(prompt, "wait")) {
    uint32_t half = 500, second = 1000;
    palisade_media preview = {.media_type = "image/svg+xml", .inline_data = "<svg xmlns=\"http://www.w3.org/2000/svg\"/>", .inline_size = 41};
    return palisade_job_running(call, (palisade_job_progress){.permille = &half, .eta_ms = &second, .preview = &preview});
  }
  if (!strcmp(prompt, "queue")) {
    uint32_t before = 3;
    return palisade_job_queued(call, (palisade_job_progress){.queue_position = &before});
  }
  if (!strcmp(prompt, "fail")) return palisade_job_failed(call, palisade_rate_limited(call, 1500, "slow down"));
  if (!strcmp(prompt, "stop")) {
    palisade_used(call, "video-second", 1);
    return palisade_job_cancelled(call);
  }
  if (!strcmp(prompt, "expire")) return palisade_job_expired(call);
  palisade_used(call, "video-second", seconds > 0 ? seconds : 1);
  palisade_note(call, "grainy");
  return palisade_add_video(call, (palisade_video){"video/mp4", FILM, sizeof FILM, 64, 32, seconds, NULL, prompt});
}

palisade_result palisade_cancel(palisade_call *call, const char *ticket) {
  return strstr(ticket, " wait") ? PALISADE_DONE : palisade_too_late(call);
}
