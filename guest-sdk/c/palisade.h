/* Write a Palisade provider in C: say what it is in `palisade_provider`, and define the function of each capability that it serves.
 *
 *     #include <palisade.h>
 *
 *     const palisade_description palisade_provider = {
 *         .name = "greeter",
 *         .models = PALISADE_LIST(palisade_model, {.id = "polite", .prices = PALISADE_FREE}),
 *     };
 *
 *     palisade_result palisade_chat(palisade_call *call, const palisade_chat_request *request) {
 *         return palisade_say(call, "Hello, %s!", palisade_prompt(request));
 *     }
 *
 * Memory: what a request holds, and what `palisade_alloc` gives, is there until the call has ended, and is freed then. What is handed to a
 * function is copied. So there is nothing to free, and nothing that can be freed twice. Where there is no memory left the call is stopped.
 *
 * Texts are UTF-8 and end with a zero. A request with a zero inside a text is refused before it gets here. A text, number or list that a
 * request may lack is NULL where it does.
 */
#ifndef PALISADE_H
#define PALISADE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__)
#define PALISADE_PRINTF(text, first) __attribute__((__format__(__printf__, text, first)))
#else
#define PALISADE_PRINTF(text, first)
#endif

/* What a function of a capability returns. */
typedef enum palisade_result {
  PALISADE_DONE = 0,   /* The answer is complete. */
  PALISADE_MORE = 1,   /* Of an answer in pieces: hand over what is there, and call again for the next ones. */
  PALISADE_FAILED = 2, /* There is none: `return palisade_invalid_input(call, ...)` and its like give this. */
} palisade_result;

/* ------------------------------------------------------------------------------------------------------------------ What a provider is */

/* An array of structures or of texts that ends with an empty one. */
#define PALISADE_LIST(type, ...) ((const type[]){__VA_ARGS__, {0}})
#define PALISADE_TEXTS(...) ((const char *const[]){__VA_ARGS__, NULL})

/* What values a parameter takes. */
typedef enum palisade_param_kind {
  PALISADE_FLAG,    /* True or false. */
  PALISADE_INTEGER, /* Whole numbers from `min` to `max`. */
  PALISADE_NUMBER,  /* Numbers from `min` to `max`. */
  PALISADE_CHOICE,  /* One of `choices`. */
  PALISADE_TEXT,    /* A text of at most `max_characters`. */
  PALISADE_SCHEMA,  /* Whatever the JSON Schema in `schema` allows. */
} palisade_param_kind;

/* A parameter that a model knows: a field of the request, or one of the provider's own, read with `palisade_option`. A request that has one
 * which is not listed is served with a warning, or refused where the caller is strict, without a line of yours. */
typedef struct palisade_param {
  const char *name;
  palisade_param_kind kind;
  double min, max, step; /* A step of 0 allows every value. */
  const char *const *choices;
  uint32_t max_characters;
  const char *schema;
} palisade_param;

/* A seed of any 64 bits. */
#define PALISADE_SEED {.name = "seed", .kind = PALISADE_INTEGER, .max = 18446744073709551615.0}

/* A condition on the request under which a price applies: `op` is one of = != < <= > >=, `value` is JSON. */
typedef struct palisade_price_when {
  const char *param, *op, *value;
} palisade_price_when;

/* What one unit costs, in pico-USD (10^-12 US dollar). Where several prices of a unit apply, the last one counts. */
typedef struct palisade_price {
  const char *unit;
  uint64_t pico_usd;
  const palisade_price_when *when;
} palisade_price;

/* The prices of a model that costs nothing. */
#define PALISADE_FREE ((const palisade_price[]){{0}})

/* How much of a unit may be used in a window of so many milliseconds. */
typedef struct palisade_quota {
  const char *unit;
  uint64_t per_ms, amount;
} palisade_quota;

/* A model that the provider serves. Only `id` is needed. */
typedef struct palisade_model {
  const char *id;                  /* Unique in the provider: [a-z0-9][a-z0-9._-]{0,63}. */
  const char *model_ref;           /* What it is called across providers, for example black-forest-labs/flux-dev. */
  const char *const *capabilities; /* Those that it serves; NULL for all of the provider's. */
  const char *const *input_types;  /* Media types that it takes beside text. */
  const char *const *output_types; /* Media types that it gives; the first is the default. */
  const palisade_param *params;    /* The parameters that it knows. */
  const palisade_price *prices;    /* What it costs. NULL: unknown. */
  const palisade_quota *quotas;    /* What may be used in a time. */
  uint32_t max_concurrency;        /* Calls at one time; 0 for any number. */
  uint32_t context_tokens;         /* Tokens in and out together; 0 where it means nothing. */
  uint32_t max_output_tokens;      /* Tokens out; 0 where it means nothing. */
  const char *const *regions;      /* Where it is served, for example eu-west-1. */
  const char *const *tags;         /* Free words. `explicit-only`: never chosen unless the model or a tag of it is asked for. */
  const char *status;              /* `live` (as NULL is), `staging` or `deprecated`. */
} palisade_model;

/* Whether an upstream bills a request that failed. */
typedef enum palisade_billing { PALISADE_BILLS_NEVER, PALISADE_BILLS_ALWAYS, PALISADE_BILLS_UNKNOWN } palisade_billing;

/* What can be done about a request that has been submitted. */
typedef enum palisade_cancellation { PALISADE_CANCEL_NONE, PALISADE_CANCEL_REFUNDED, PALISADE_CANCEL_BILLED } palisade_cancellation;

/* A task of `custom`. Its schemas are JSON Schema. */
typedef struct palisade_task {
  const char *id, *summary, *input_schema, *output_schema;
} palisade_task;

/* The provider's own words about itself. */
typedef struct palisade_description {
  const char *name;                    /* [a-z0-9][a-z0-9._-]{0,63} */
  const char *version;                 /* NULL is 0.1.0. */
  const char *summary;                 /* One sentence for people. */
  const palisade_model *models;        /* A PALISADE_LIST. */
  const palisade_task *tasks;          /* Those of `custom`. */
  const char *const *credential_names; /* Credentials that it asks the host to attach. */
  const char *const *hosts;            /* Hosts that it asks to reach, for example api.example.com. */
  const char *config_schema;           /* JSON Schema of its settings. */
  palisade_billing bills_on_failure;
  palisade_cancellation cancellation;
  bool idempotent; /* Whether the same idempotency key is honoured upstream. */
  const char *const *resumes; /* Versions of this provider whose jobs it goes on with, beside its own. */
} palisade_description;

/* Define it. */
extern const palisade_description palisade_provider;

/* Define this too where there is something to check, for example that a setting or a credential is there: it fails as a call does. */
typedef struct palisade_call palisade_call;
palisade_result palisade_check_health(palisade_call *call);

/* -------------------------------------------------------------------------------------------------------------------------- A call */

/* A parameter of the provider's own. */
typedef struct palisade_own_option {
  const char *key;  /* As the catalogue names it. */
  const char *json; /* The value, which the host has checked. */
} palisade_own_option;

/* One call, from its request to its answer. */
struct palisade_call {
  const char *model;           /* The model to use. */
  const char *idempotency_key; /* The same key means the same request. */
  uint32_t deadline_ms;        /* Milliseconds left, when the call began. */
  bool strict;                 /* Whether to fail where a parameter would be ignored or adjusted. */
  const palisade_own_option *options;
  size_t option_count;
  void *state; /* Yours, for what has to be there when you are called again for more. NULL at first. */
  struct palisade_outcome *outcome;
};

/* So many bytes, all zero, until the call has ended. Never NULL. */
void *palisade_alloc(palisade_call *call, size_t size);

/* A text as printf makes it, until the call has ended. */
const char *palisade_format(palisade_call *call, const char *format, ...) PALISADE_PRINTF(2, 3);

/* The JSON of one of the provider's own parameters; NULL when it was not given. */
const char *palisade_option(const palisade_call *call, const char *key);

/* A failure, as the decision that the host takes on it. All return PALISADE_FAILED. Where nobody says how long to wait, it is 0. */
palisade_result palisade_invalid_input(palisade_call *call, const char *field, const char *reason, ...) PALISADE_PRINTF(3, 4);
palisade_result palisade_limit_exceeded(palisade_call *call, const char *field, const char *reason, ...) PALISADE_PRINTF(3, 4);
palisade_result palisade_unsupported(palisade_call *call, const char *feature);
palisade_result palisade_content_policy(palisade_call *call, const char *category); /* The category may be NULL. */
palisade_result palisade_rate_limited(palisade_call *call, uint32_t retry_after_ms, const char *message, ...) PALISADE_PRINTF(3, 4);
palisade_result palisade_overloaded(palisade_call *call, uint32_t retry_after_ms, const char *message, ...) PALISADE_PRINTF(3, 4);
palisade_result palisade_upstream(palisade_call *call, uint16_t status, const char *message, ...) PALISADE_PRINTF(3, 4);
palisade_result palisade_internal(palisade_call *call, const char *message, ...) PALISADE_PRINTF(2, 3);

/* The failures that hold nothing but a message. */
typedef enum palisade_failure {
  PALISADE_AUTH = 4,                /* The credential is missing or wrong. */
  PALISADE_INSUFFICIENT_CREDIT = 5, /* The account has no credit left. */
  PALISADE_MODEL_NOT_FOUND = 6,     /* The upstream does not know the model. */
  PALISADE_TIMEOUT = 9,             /* The upstream took too long. */
  PALISADE_BAD_OUTPUT = 11,         /* The upstream's answer could not be understood. */
  PALISADE_CANCELLED = 12,          /* The call was cancelled. */
} palisade_failure;
palisade_result palisade_fail(palisade_call *call, palisade_failure kind, const char *message, ...) PALISADE_PRINTF(3, 4);

/* Whether paid work was handed to an upstream before the call failed. Nothing has left, unless said. */
typedef enum palisade_submission { PALISADE_NOT_SUBMITTED, PALISADE_SUBMITTED, PALISADE_MAYBE_SUBMITTED } palisade_submission;
void palisade_submitted(palisade_call *call, palisade_submission submission);

/* What the caller should know. The first two fail where the caller is strict: `if (palisade_ignored(..)) return PALISADE_FAILED;` */
palisade_result palisade_ignored(palisade_call *call, const char *parameter);
palisade_result palisade_adjusted(palisade_call *call, const char *parameter, const char *used, ...) PALISADE_PRINTF(3, 4);
palisade_result palisade_note(palisade_call *call, const char *sentence, ...) PALISADE_PRINTF(2, 3);

/* What the call used of a unit: `input-token`, `image`, `audio-second`, `character`, ... Unless said, it is the characters of a reply, the
 * number of pictures, or one `request`. */
palisade_result palisade_used(palisade_call *call, const char *unit, double quantity);

/* ------------------------------------------------------------------------------------------------------------------------- Media */

/* Bytes with a type. `palisade_read` gives the bytes. */
typedef struct palisade_media {
  const char *media_type; /* IANA media type, for example image/png. */
  const void *inline_data;
  size_t inline_size;
  int32_t handle;
} palisade_media;

/* Bytes. */
typedef struct palisade_bytes {
  const uint8_t *data;
  size_t size;
} palisade_bytes;

/* Reads all of a file, with a zero after it. Fails where the host cannot give it. */
palisade_result palisade_read(palisade_call *call, const palisade_media *media, palisade_bytes *bytes);

/* A text, or a file: one of the two is NULL. */
typedef struct palisade_content {
  const char *text;
  const palisade_media *media;
} palisade_content;

/* The size of a picture. */
typedef struct palisade_dimensions {
  enum { PALISADE_PIXELS, PALISADE_ASPECT, PALISADE_AUTO } kind; /* Pixels, width to height, or as the provider likes. */
  uint32_t width, height;
} palisade_dimensions;

/* A picture that was made. What is 0 or NULL is not said. */
typedef struct palisade_image {
  const char *media_type;
  const void *data;
  size_t size;
  uint32_t width, height;
  const uint64_t *seed;
  const char *revised_prompt;
} palisade_image;

/* Adds a picture to the answer. */
palisade_result palisade_add_image(palisade_call *call, palisade_image image);

#include "palisade_capabilities.h"
#include "palisade_jobs.h"
#include "palisade_services.h"
#include "palisade_stores.h"

#endif
