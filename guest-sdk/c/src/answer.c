/* What an answer is made of, capability by capability. */
#include "call.h"

#include <string.h>

const char *palisade_prompt(const palisade_chat_request *request) {
  for (size_t i = request->message_count; i-- > 0;) {
    const palisade_message *message = &request->messages[i];
    for (size_t part = 0; message->role == PALISADE_USER && part < message->part_count; part++)
      if (message->parts[part].kind == PALISADE_PART_TEXT) return message->parts[part].text;
    if (message->role == PALISADE_USER) break;
  }
  return "";
}

/* ------------------------------------------------------------------------------------------------------------------------- Pieces */

/* A new piece of bytes that are in the memory of this turn. */
static palisade_piece *piece(palisade_call *call, palisade_piece_kind kind, const void *data, size_t size) {
  palisade_piece *added = palisade_push_piece(call);
  added->kind = kind;
  added->bytes = (palisade_bytes){data, size};
  return added;
}

/* The same bytes in the memory of this turn. */
static const void *kept(palisade_call *call, const void *data, size_t size) {
  return memcpy(palisade_arena_alloc(&call->outcome->turn, size + 1), data, size);
}

static palisade_result said(palisade_call *call, palisade_piece_kind kind, const char *format, va_list values) {
  size_t size;
  const char *text = palisade_format_values(&call->outcome->turn, &size, format, values);
  if (!size) return PALISADE_DONE;
  piece(call, kind, text, size);
  /* Every byte but those that go on with a character begins one. */
  for (; kind == PIECE_TEXT && *text; text++) call->outcome->characters += (*text & 0xc0) != 0x80;
  return PALISADE_DONE;
}

palisade_result palisade_say(palisade_call *call, const char *format, ...) {
  va_list values;
  va_start(values, format);
  palisade_result result = said(call, PIECE_TEXT, format, values);
  va_end(values);
  return result;
}

palisade_result palisade_reason(palisade_call *call, const char *format, ...) {
  va_list values;
  va_start(values, format);
  palisade_result result = said(call, PIECE_REASONING, format, values);
  va_end(values);
  return result;
}

palisade_result palisade_call_tool(palisade_call *call, uint32_t index, const char *id, const char *name, const char *arguments) {
  size_t size = strlen(arguments);
  palisade_piece *added = piece(call, PIECE_TOOL_CALL, kept(call, arguments, size), size);
  added->index = index;
  added->id = palisade_copy_text(call, id);
  added->name = palisade_copy_text(call, name);
  return PALISADE_DONE;
}

palisade_result palisade_finish(palisade_call *call, palisade_finish_reason reason) {
  call->outcome->finish = reason;
  return PALISADE_DONE;
}

palisade_result palisade_sound(palisade_call *call, const char *media_type) {
  call->outcome->sound = palisade_copy_text(call, media_type);
  return PALISADE_DONE;
}

palisade_result palisade_add_sound(palisade_call *call, const void *data, size_t size) {
  if (size) piece(call, PIECE_SOUND, kept(call, data, size), size);
  return PALISADE_DONE;
}

/* --------------------------------------------------------------------------------------------------------------------- Whole answers */

palisade_result palisade_add_image(palisade_call *call, palisade_image image) {
  palisade_image *added = palisade_push(call, &call->outcome->images, sizeof *added);
  *added = image;
  added->media_type = palisade_copy_text(call, image.media_type);
  added->data = palisade_copy(call, image.data, image.size);
  added->revised_prompt = palisade_copy_text(call, image.revised_prompt);
  if (image.seed) added->seed = (const uint64_t *)(void *)palisade_copy(call, image.seed, sizeof *image.seed);
  return PALISADE_DONE;
}

palisade_result palisade_add_media(palisade_call *call, const char *media_type, const void *data, size_t size) {
  palisade_media *added = palisade_push(call, &call->outcome->media, sizeof *added);
  added->media_type = palisade_copy_text(call, media_type);
  added->inline_data = palisade_copy(call, data, size);
  added->inline_size = size;
  return PALISADE_DONE;
}

palisade_result palisade_output(palisade_call *call, const char *format, ...) {
  PALISADE_FORMATTED(call, call->outcome->output);
  return PALISADE_DONE;
}

palisade_result palisade_text(palisade_call *call, const char *format, ...) {
  PALISADE_FORMATTED(call, call->outcome->text);
  return PALISADE_DONE;
}

palisade_result palisade_add_finding(palisade_call *call, palisade_finding finding) {
  palisade_finding *added = palisade_push(call, &call->outcome->findings, sizeof *added);
  *added = finding;
  added->text = palisade_copy_text(call, finding.text);
  added->kind = palisade_copy_text(call, finding.kind);
  if (finding.confidence)
    added->confidence = (const double *)(void *)palisade_copy(call, finding.confidence, sizeof *finding.confidence);
  return PALISADE_DONE;
}

palisade_result palisade_add_segment(palisade_call *call, palisade_segment segment) {
  palisade_segment *added = palisade_push(call, &call->outcome->segments, sizeof *added);
  *added = segment;
  added->text = palisade_copy_text(call, segment.text);
  added->speaker = palisade_copy_text(call, segment.speaker);
  return PALISADE_DONE;
}

palisade_result palisade_speech(palisade_call *call, const char *language, double seconds) {
  call->outcome->language = palisade_copy_text(call, language);
  call->outcome->seconds = seconds;
  return PALISADE_DONE;
}

palisade_result palisade_add_vector(palisade_call *call, const float *numbers, size_t length) {
  palisade_vector *vector = palisade_push(call, &call->outcome->vectors, sizeof *vector);
  vector->numbers = (const float *)(void *)palisade_copy(call, numbers, length * sizeof *numbers);
  vector->length = length;
  return PALISADE_DONE;
}

palisade_result palisade_add_score(palisade_call *call, size_t document, double score) {
  palisade_score *added = palisade_push(call, &call->outcome->scores, sizeof *added);
  *added = (palisade_score){document, score};
  return PALISADE_DONE;
}

palisade_result palisade_add_category(palisade_call *call, size_t item, const char *name, bool flagged, double score) {
  palisade_category *added = palisade_push(call, &call->outcome->categories, sizeof *added);
  *added = (palisade_category){item, palisade_copy_text(call, name), flagged, score};
  return PALISADE_DONE;
}
