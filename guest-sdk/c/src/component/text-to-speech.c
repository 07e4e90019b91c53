#include "stream.h"

#include <string.h>

typedef exports_palisade_provider_text_to_speech_request_t raw_request;
typedef exports_palisade_provider_text_to_speech_event_t raw_event;

struct exports_palisade_provider_text_to_speech_audio_stream_t {
  palisade_stream stream;
  char *media_type;
};

static const palisade_text_to_speech_request *lift_request(palisade_call *call, raw_request *raw) {
  palisade_text_to_speech_request *request = palisade_alloc(call, sizeof *request);
  *request = (palisade_text_to_speech_request){
      .text = lift_text(call, "text", &raw->text),
      .voice = LIFT_OPTIONAL_TEXT(call, "voice", raw->voice),
      .speed = LIFT_OPTIONAL(call, raw->speed),
      .language = LIFT_OPTIONAL_TEXT(call, "language", raw->language),
      .instructions = LIFT_OPTIONAL_TEXT(call, "instructions", raw->instructions),
      .output_format = LIFT_OPTIONAL_TEXT(call, "output-format", raw->output_format),
      .seed = LIFT_OPTIONAL(call, raw->seed),
  };
  exports_palisade_provider_text_to_speech_request_free(raw);
  return request;
}

static palisade_result heed(palisade_call *call, const palisade_text_to_speech_request *request) {
  if (palisade_heed(call, request->voice, "voice") || palisade_heed(call, request->speed, "speed") ||
      palisade_heed(call, request->language, "language") || palisade_heed(call, request->instructions, "instructions") ||
      palisade_heed(call, request->seed, "seed"))
    return PALISADE_FAILED;
  return PALISADE_DONE;
}

static palisade_result turn(palisade_call *call, const void *request) {
  palisade_result result = palisade_text_to_speech(call, request);
  if (result == PALISADE_FAILED || call->outcome->sound) return result;
  return palisade_internal(call, "no media type was told with palisade_sound");
}

bool exports_palisade_provider_text_to_speech_synthesize(raw_request *raw, raw_options *options,
                                                         exports_palisade_provider_text_to_speech_own_audio_stream_t *stream,
                                                         raw_failure *failure) {
  palisade_call *call = lift_call(options);
  const palisade_text_to_speech_request *request = lift_request(call, raw);
  if (!lifted(call) || heed(call, request)) return lower_failure(call, failure);
  struct exports_palisade_provider_text_to_speech_audio_stream_t *answer = lower_items(1, sizeof *answer);
  answer->stream = (palisade_stream){.call = call, .turn = turn, .request = request};
  if (!palisade_stream_begin(&answer->stream, failure)) {
    free(answer);
    return false;
  }
  /* It is asked for as long as the stream is there, which may be longer than the call. */
  size_t size = strlen(call->outcome->sound) + 1;
  answer->media_type = memcpy(lower_items(size, 1), call->outcome->sound, size);
  *stream = exports_palisade_provider_text_to_speech_audio_stream_new(answer);
  return true;
}

void exports_palisade_provider_text_to_speech_method_audio_stream_media_type(
    exports_palisade_provider_text_to_speech_borrow_audio_stream_t self, project_string_t *media_type) {
  *media_type = lower_text(self->media_type);
}

bool exports_palisade_provider_text_to_speech_method_audio_stream_next(
    exports_palisade_provider_text_to_speech_borrow_audio_stream_t self,
    exports_palisade_provider_text_to_speech_option_event_t *event, raw_failure *failure) {
  const palisade_piece *piece;
  event->is_some = true;
  switch (palisade_stream_next(&self->stream, &piece, failure)) {
    case NEXT_PIECE:
      event->val = (raw_event){.tag = EXPORTS_PALISADE_PROVIDER_TEXT_TO_SPEECH_EVENT_AUDIO};
      event->val.val.audio.len = piece->bytes.size;
      event->val.val.audio.ptr = memcpy(lower_items(piece->bytes.size, 1), piece->bytes.data, piece->bytes.size);
      return true;
    case NEXT_FINISH:
      event->val = (raw_event){.tag = EXPORTS_PALISADE_PROVIDER_TEXT_TO_SPEECH_EVENT_FINISH};
      LOWER_REPORTS(self->stream.call, &event->val.val.finish, "request", 1);
      palisade_stream_drop(&self->stream);
      return true;
    case NEXT_NONE:
      event->is_some = false;
      return true;
    default:
      return false;
  }
}

void exports_palisade_provider_text_to_speech_method_audio_stream_cancel(
    exports_palisade_provider_text_to_speech_borrow_audio_stream_t self) {
  palisade_stream_cancel(&self->stream);
}

void exports_palisade_provider_text_to_speech_audio_stream_destructor(
    exports_palisade_provider_text_to_speech_audio_stream_t *self) {
  palisade_stream_drop(&self->stream);
  free(self->media_type);
  free(self);
}
