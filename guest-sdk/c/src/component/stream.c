#include "stream.h"

bool palisade_stream_begin(palisade_stream *stream, raw_failure *failure) {
  stream->last = stream->turn(stream->call, stream->request);
  if (stream->last != PALISADE_FAILED) return true;
  return lower_failure(stream->call, failure);
}

palisade_next palisade_stream_next(palisade_stream *stream, const palisade_piece **piece, raw_failure *failure) {
  if (stream->cancelled) {
    palisade_call *call = palisade_begin();
    palisade_fail(call, PALISADE_CANCELLED, "the call was cancelled");
    lower_failure(call, failure);
    return NEXT_FAILURE;
  }
  if (!stream->call) return NEXT_NONE;
  while (stream->handed_over == stream->call->outcome->pieces.length) {
    if (stream->last == PALISADE_DONE) return NEXT_FINISH;
    palisade_next_turn(stream->call);
    stream->handed_over = 0;
    stream->last = stream->turn(stream->call, stream->request);
    if (stream->last == PALISADE_FAILED) {
      lower_failure(stream->call, failure);
      stream->call = NULL;
      return NEXT_FAILURE;
    }
  }
  *piece = ITEMS(stream->call, palisade_piece, pieces) + stream->handed_over++;
  return NEXT_PIECE;
}

void palisade_stream_cancel(palisade_stream *stream) {
  if (!stream->call) return;
  stream->cancelled = true;
  palisade_stream_drop(stream);
}

void palisade_stream_drop(palisade_stream *stream) {
  palisade_end(stream->call);
  stream->call = NULL;
}
