/* A call from within: what its functions have gathered of an answer, and the memory of it. The same natively and in a component. */
#ifndef PALISADE_CALL_H
#define PALISADE_CALL_H

#include "../palisade.h"

#include <stdarg.h>

/* Memory that is let go of together. */
typedef struct palisade_arena {
  struct palisade_block *blocks;
} palisade_arena;

/* An array that grows, in the memory of a call. */
typedef struct palisade_array {
  void *items;
  size_t length, capacity;
} palisade_array;

typedef enum palisade_piece_kind { PIECE_TEXT, PIECE_REASONING, PIECE_TOOL_CALL, PIECE_SOUND } palisade_piece_kind;

/* A piece of an answer on its way. */
typedef struct palisade_piece {
  palisade_piece_kind kind;
  palisade_bytes bytes;
  uint32_t index;
  const char *id, *name;
} palisade_piece;

typedef struct palisade_used_unit {
  const char *unit;
  double quantity;
} palisade_used_unit;

/* The numbers are those of the interface. */
typedef enum palisade_warning_kind { WARNING_IGNORED = 0, WARNING_ADJUSTED = 1, WARNING_NOTE = 2 } palisade_warning_kind;

typedef struct palisade_warning {
  palisade_warning_kind kind;
  const char *text, *used;
} palisade_warning;

typedef struct palisade_vector {
  const float *numbers;
  size_t length;
} palisade_vector;

typedef struct palisade_score {
  size_t document;
  double score;
} palisade_score;

typedef struct palisade_category {
  size_t item;
  const char *name;
  bool flagged;
  double score;
} palisade_category;

/* Beside those of `palisade_failure`. The numbers are those of the interface. */
enum {
  FAILURE_INVALID_INPUT = 0,
  FAILURE_LIMIT_EXCEEDED = 1,
  FAILURE_UNSUPPORTED = 2,
  FAILURE_CONTENT_POLICY = 3,
  FAILURE_RATE_LIMITED = 7,
  FAILURE_OVERLOADED = 8,
  FAILURE_UPSTREAM = 10,
  FAILURE_INTERNAL = 13,
};

/* Where a job is. The numbers are those of the interface; what nobody has told is not one. */
typedef enum palisade_job_state {
  JOB_QUEUED = 0,
  JOB_RUNNING = 1,
  JOB_SUCCEEDED = 2,
  JOB_FAILED = 3,
  JOB_CANCELLED = 4,
  JOB_EXPIRED = 5,
  JOB_UNTOLD = 6,
} palisade_job_state;

/* What becomes of a job that is to stop. The numbers are those of the interface. */
typedef enum palisade_stopping { STOPPING_DONE = 0, STOPPING_TOO_LATE = 1, STOPPING_UNSUPPORTED = 2 } palisade_stopping;

typedef struct palisade_held {
  int32_t handle;
  void (*drop)(int32_t handle);
} palisade_held;

typedef struct palisade_outcome {
  palisade_call call;
  palisade_arena memory;
  palisade_arena turn; /* Of the pieces that are not handed over yet. */
  palisade_array pieces, images, videos, media, vectors, scores, categories, findings, segments, usage, warnings, handles;
  size_t characters; /* Of the reply so far. */
  palisade_finish_reason finish;
  palisade_refusal refusal; /* Of the store that was asked last. */
  const char *sound, *output, *text, *language;
  double seconds;
  const char *ticket;
  struct {
    palisade_job_state state;
    palisade_job_progress progress;
    palisade_stopping stopping;
  } job;
  struct {
    int kind;
    const char *field; /* The field, the feature, the category, or what a limit counts by. */
    const char *message;
    uint32_t number; /* Milliseconds, or a status; 0 where nobody says. */
    palisade_submission submitted;
  } failure;
} palisade_outcome;

/* A call, with nothing in it. */
palisade_call *palisade_begin(void);

/* Something of the host's that the call holds until it ends, and how it is let go of. */
void palisade_hold(palisade_call *call, int32_t handle, void (*drop)(int32_t handle));

/* Lets go of a call and all that it holds. */
void palisade_end(palisade_call *call);

/* Forgets the pieces that were handed over. */
void palisade_next_turn(palisade_call *call);

/* A new item at the end of an array, all zero. */
void *palisade_push(palisade_call *call, palisade_array *array, size_t size);

/* A new piece of the answer, in the memory of this turn. */
palisade_piece *palisade_push_piece(palisade_call *call);

/* Memory of an arena, all zero. */
void *palisade_arena_alloc(palisade_arena *arena, size_t size);

/* A copy of some bytes in the memory of a call, with a zero after it. */
char *palisade_copy(palisade_call *call, const void *data, size_t size);

/* A copy of a text; NULL of NULL. */
const char *palisade_copy_text(palisade_call *call, const char *text);

/* A text as printf makes it, in the memory of an arena; its length where `size` is not NULL. */
char *palisade_format_values(palisade_arena *arena, size_t *size, const char *format, va_list values);

/* Makes `text` of the caller's own `format` and what follows it, in the memory of the call. */
#define PALISADE_FORMATTED(call, text)                                                       \
  do {                                                                                       \
    va_list values;                                                                          \
    va_start(values, format);                                                                \
    (text) = palisade_format_values(&(call)->outcome->memory, NULL, format, values);         \
    va_end(values);                                                                          \
  } while (0)

/* The token of a job for the host: the ticket, and the warnings that its outcome tells. */
palisade_bytes palisade_token(palisade_call *call);

/* Reads a token into a call: gives the ticket, and warns of what was found when it was made. NULL, and a failure, when it is no token. */
const char *palisade_read_token(palisade_call *call, palisade_bytes token);

/* Warns of a parameter that was given and that the model does not list. */
palisade_result palisade_heed(palisade_call *call, bool given, const char *parameter);

/* Refuses a file of a type that the model does not list. */
palisade_result palisade_heed_media(palisade_call *call, const palisade_media *media);

#endif
