#include "stream.h"

typedef exports_palisade_provider_chat_request_t raw_request;
typedef exports_palisade_provider_chat_event_t raw_event;

struct exports_palisade_provider_chat_chat_stream_t {
  palisade_stream stream;
};

static const palisade_part *lift_parts(palisade_call *call, const exports_palisade_provider_chat_list_part_t *raw) {
  const char *field = "messages";
  palisade_part *parts = palisade_alloc(call, raw->len * sizeof *parts);
  for (size_t i = 0; i < raw->len; i++) {
    exports_palisade_provider_chat_part_t *from = &raw->ptr[i];
    palisade_part *part = &parts[i];
    switch (from->tag) {
      case EXPORTS_PALISADE_PROVIDER_CHAT_PART_TEXT:
        part->kind = PALISADE_PART_TEXT;
        part->text = lift_text(call, field, &from->val.text);
        break;
      case EXPORTS_PALISADE_PROVIDER_CHAT_PART_MEDIA:
        part->kind = PALISADE_PART_MEDIA;
        part->media = lift_media(call, field, &from->val.media, 1);
        break;
      case EXPORTS_PALISADE_PROVIDER_CHAT_PART_TOOL_CALL:
        part->kind = PALISADE_PART_TOOL_CALL;
        part->id = lift_text(call, field, &from->val.tool_call.id);
        part->name = lift_text(call, field, &from->val.tool_call.name);
        part->text = lift_text(call, field, &from->val.tool_call.arguments);
        break;
      default:
        part->kind = PALISADE_PART_TOOL_RESULT;
        part->id = lift_text(call, field, &from->val.tool_result.id);
        part->text = lift_text(call, field, &from->val.tool_result.content);
        part->is_error = from->val.tool_result.is_error;
    }
  }
  return parts;
}

static const palisade_chat_request *lift_request(palisade_call *call, raw_request *raw) {
  palisade_chat_request *request = palisade_alloc(call, sizeof *request);
  palisade_message *messages = palisade_alloc(call, raw->messages.len * sizeof *messages);
  for (size_t i = 0; i < raw->messages.len; i++) {
    const exports_palisade_provider_chat_message_t *message = &raw->messages.ptr[i];
    messages[i] = (palisade_message){(palisade_role)message->role, lift_parts(call, &message->parts), message->parts.len};
  }
  palisade_tool *tools = palisade_alloc(call, raw->tools.len * sizeof *tools);
  for (size_t i = 0; i < raw->tools.len; i++) {
    const exports_palisade_provider_chat_tool_t *tool = &raw->tools.ptr[i];
    tools[i] = (palisade_tool){lift_text(call, "tools", &tool->name), lift_text(call, "tools", &tool->description),
                               lift_text(call, "tools", &tool->parameters)};
  }
  *request = (palisade_chat_request){
      .messages = messages,
      .message_count = raw->messages.len,
      .tools = tools,
      .tool_count = raw->tools.len,
      .tool_choice = raw->tool_choice.tag,
      .temperature = LIFT_OPTIONAL(call, raw->temperature),
      .top_p = LIFT_OPTIONAL(call, raw->top_p),
      .max_output_tokens = LIFT_OPTIONAL(call, raw->max_output_tokens),
      .stop = lift_texts(call, "stop", raw->stop.ptr, raw->stop.len),
      .stop_count = raw->stop.len,
      .seed = LIFT_OPTIONAL(call, raw->seed),
      .response_schema = LIFT_OPTIONAL_TEXT(call, "response-schema", raw->response_schema),
  };
  if (raw->tool_choice.tag == EXPORTS_PALISADE_PROVIDER_CHAT_TOOL_CHOICE_NAMED)
    request->tool_named = lift_text(call, "tool-choice", &raw->tool_choice.val.named);
  exports_palisade_provider_chat_request_free(raw);
  return request;
}

/* Warns of what the model does not list. Who insists on tools is refused where there are none. */
static palisade_result heed(palisade_call *call, const palisade_chat_request *request) {
  for (size_t i = 0; i < request->message_count; i++)
    for (size_t at = 0; at < request->messages[i].part_count; at++) {
      const palisade_media *media = request->messages[i].parts[at].media;
      if (media && palisade_heed_media(call, media)) return PALISADE_FAILED;
    }
  size_t before = call->outcome->warnings.length;
  bool tools = request->tool_count && request->tool_choice != PALISADE_TOOLS_NONE;
  palisade_result result = palisade_heed(call, tools, "tools");
  bool ignored = call->outcome->warnings.length > before;
  if (ignored && request->tool_choice != PALISADE_TOOLS_AUTO) result = palisade_unsupported(call, "tool-choice");
  if (result) return result;
  if (palisade_heed(call, request->temperature, "temperature") || palisade_heed(call, request->top_p, "top-p") ||
      palisade_heed(call, request->max_output_tokens, "max-output-tokens") || palisade_heed(call, request->stop_count, "stop") ||
      palisade_heed(call, request->seed, "seed") || palisade_heed(call, request->response_schema, "response-schema"))
    return PALISADE_FAILED;
  return PALISADE_DONE;
}

static palisade_result turn(palisade_call *call, const void *request) { return palisade_chat(call, request); }

bool exports_palisade_provider_chat_reply(raw_request *raw, raw_options *options,
                                          exports_palisade_provider_chat_own_chat_stream_t *stream, raw_failure *failure) {
  palisade_call *call = lift_call(options);
  const palisade_chat_request *request = lift_request(call, raw);
  if (!lifted(call) || heed(call, request)) return lower_failure(call, failure);
  struct exports_palisade_provider_chat_chat_stream_t *answer = lower_items(1, sizeof *answer);
  answer->stream = (palisade_stream){.call = call, .turn = turn, .request = request};
  if (!palisade_stream_begin(&answer->stream, failure)) {
    free(answer);
    return false;
  }
  *stream = exports_palisade_provider_chat_chat_stream_new(answer);
  return true;
}

static raw_event lower_piece(const palisade_piece *piece) {
  const char *text = (const char *)piece->bytes.data;
  switch (piece->kind) {
    case PIECE_REASONING:
      return (raw_event){.tag = EXPORTS_PALISADE_PROVIDER_CHAT_EVENT_REASONING, .val.reasoning = lower_text(text)};
    case PIECE_TOOL_CALL:
      return (raw_event){
          .tag = EXPORTS_PALISADE_PROVIDER_CHAT_EVENT_TOOL_CALL,
          .val.tool_call = {piece->index, lower_optional_text(piece->id), lower_optional_text(piece->name), lower_text(text)},
      };
    default:
      return (raw_event){.tag = EXPORTS_PALISADE_PROVIDER_CHAT_EVENT_TEXT, .val.text = lower_text(text)};
  }
}

static raw_event lower_finish(const palisade_call *call) {
  raw_event event = {.tag = EXPORTS_PALISADE_PROVIDER_CHAT_EVENT_FINISH};
  event.val.finish.reason.tag = (uint8_t)call->outcome->finish;
  LOWER_REPORTS(call, &event.val.finish, "character", (double)call->outcome->characters);
  return event;
}

bool exports_palisade_provider_chat_method_chat_stream_next(exports_palisade_provider_chat_borrow_chat_stream_t self,
                                                            exports_palisade_provider_chat_option_event_t *event,
                                                            raw_failure *failure) {
  const palisade_piece *piece;
  event->is_some = true;
  switch (palisade_stream_next(&self->stream, &piece, failure)) {
    case NEXT_PIECE:
      event->val = lower_piece(piece);
      return true;
    case NEXT_FINISH:
      event->val = lower_finish(self->stream.call);
      palisade_stream_drop(&self->stream);
      return true;
    case NEXT_NONE:
      event->is_some = false;
      return true;
    default:
      return false;
  }
}

void exports_palisade_provider_chat_method_chat_stream_cancel(exports_palisade_provider_chat_borrow_chat_stream_t self) {
  palisade_stream_cancel(&self->stream);
}

void exports_palisade_provider_chat_chat_stream_destructor(exports_palisade_provider_chat_chat_stream_t *self) {
  palisade_stream_drop(&self->stream);
  free(self);
}
