/* An answer in pieces, which the host pulls: the same for texts and for sounds. */
#ifndef PALISADE_STREAM_H
#define PALISADE_STREAM_H

#include "convert.h"

typedef struct palisade_stream {
  palisade_call *call; /* NULL when it is over. */
  palisade_result (*turn)(palisade_call *call, const void *request);
  const void *request;
  palisade_result last;
  size_t handed_over; /* Of the pieces of this turn. */
  bool cancelled;
} palisade_stream;

typedef enum palisade_next { NEXT_PIECE, NEXT_FINISH, NEXT_NONE, NEXT_FAILURE } palisade_next;

/* Begins an answer with its first turn, so that what refuses the request refuses the call. False: it failed. */
bool palisade_stream_begin(palisade_stream *stream, raw_failure *failure);

/* The next piece. With `NEXT_FINISH` the call is still there, to report what it used: let go of it with `palisade_stream_drop`. */
palisade_next palisade_stream_next(palisade_stream *stream, const palisade_piece **piece, raw_failure *failure);

/* Stops the work. What is over stays over. */
void palisade_stream_cancel(palisade_stream *stream);

/* Lets go of all that it holds. */
void palisade_stream_drop(palisade_stream *stream);

#endif
