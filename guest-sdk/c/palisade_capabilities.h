/* The capabilities: for each its request, the function to define, and what an answer is made of. Part of palisade.h. */
#ifndef PALISADE_CAPABILITIES_H
#define PALISADE_CAPABILITIES_H

/* -------------------------------------------------------------------------------------------------------------------------- chat */

typedef enum palisade_role { PALISADE_SYSTEM, PALISADE_USER, PALISADE_ASSISTANT, PALISADE_TOOL } palisade_role;

/* A piece of a message. */
typedef struct palisade_part {
  enum { PALISADE_PART_TEXT, PALISADE_PART_MEDIA, PALISADE_PART_TOOL_CALL, PALISADE_PART_TOOL_RESULT } kind;
  const char *text;            /* The text, the arguments of a call as JSON, or the result of one. */
  const palisade_media *media; /* The file. */
  const char *id, *name;       /* Of a call, and of its result. */
  bool is_error;               /* Whether the tool failed. */
} palisade_part;

/* A turn of the conversation. */
typedef struct palisade_message {
  palisade_role role;
  const palisade_part *parts;
  size_t part_count;
} palisade_message;

/* A tool that the model may ask for; `parameters` is JSON Schema. */
typedef struct palisade_tool {
  const char *name, *description, *parameters;
} palisade_tool;

/* What to answer. */
typedef struct palisade_chat_request {
  const palisade_message *messages; /* The conversation, oldest first. Never empty. */
  size_t message_count;
  const palisade_tool *tools;
  size_t tool_count;
  enum { PALISADE_TOOLS_AUTO, PALISADE_TOOLS_NONE, PALISADE_TOOLS_REQUIRED, PALISADE_TOOLS_NAMED } tool_choice;
  const char *tool_named; /* The one to use, where one is named. */
  const float *temperature, *top_p;
  const uint32_t *max_output_tokens;
  const char *const *stop; /* Texts that end the answer. */
  size_t stop_count;
  const uint64_t *seed;
  const char *response_schema; /* JSON Schema that the answer must follow. */
} palisade_chat_request;

/* Why an answer ended. */
typedef enum palisade_finish_reason {
  PALISADE_STOP,
  PALISADE_LENGTH,
  PALISADE_TOOL_CALLS,
  PALISADE_WITHHELD,
} palisade_finish_reason;

/* Answers. For an answer in pieces, return PALISADE_MORE after each. */
palisade_result palisade_chat(palisade_call *call, const palisade_chat_request *request);

/* The text of the last message of the user; empty when there is none. */
const char *palisade_prompt(const palisade_chat_request *request);

/* More of the answer: of its text, of its reasoning, of a tool call (`id` and `name` with its first piece, then NULL). */
palisade_result palisade_say(palisade_call *call, const char *format, ...) PALISADE_PRINTF(2, 3);
palisade_result palisade_reason(palisade_call *call, const char *format, ...) PALISADE_PRINTF(2, 3);
palisade_result palisade_call_tool(palisade_call *call, uint32_t index, const char *id, const char *name, const char *arguments);

/* Why the answer ends, where it is not that it is complete. */
palisade_result palisade_finish(palisade_call *call, palisade_finish_reason reason);

/* ------------------------------------------------------------------------------------------------------- embedding, rerank, moderation */

/* What to embed. */
typedef struct palisade_embedding_request {
  const palisade_content *items; /* Never empty. */
  size_t item_count;
  const uint32_t *dimensions;
  const char *task; /* What the vectors are for: query, document, similarity, ... */
} palisade_embedding_request;

/* Adds a vector for each item, in the same order. */
palisade_result palisade_embedding(palisade_call *call, const palisade_embedding_request *request);
palisade_result palisade_add_vector(palisade_call *call, const float *numbers, size_t length);

/* What to order. */
typedef struct palisade_rerank_request {
  const char *query;
  const char *const *documents; /* Never empty. */
  size_t document_count;
  const uint32_t *top_n; /* How many of the best to give; NULL gives all. */
} palisade_rerank_request;

/* Scores the documents, in any order: the best are given, best first. Higher is better. */
palisade_result palisade_rerank(palisade_call *call, const palisade_rerank_request *request);
palisade_result palisade_add_score(palisade_call *call, size_t document, double score);

/* What to look at. */
typedef struct palisade_moderation_request {
  const palisade_content *items; /* Never empty. */
  size_t item_count;
} palisade_moderation_request;

/* Judges each item: says of every category that the model knows how sure it is, 0 to 1, and whether that is too much. */
palisade_result palisade_moderation(palisade_call *call, const palisade_moderation_request *request);
palisade_result palisade_add_category(palisade_call *call, size_t item, const char *name, bool flagged, double score);

/* ---------------------------------------------------------------------------------------- text-to-image, image-edit, image-upscale */

/* Which pictures to make from a description. */
typedef struct palisade_text_to_image_request {
  const char *prompt, *negative_prompt;
  uint32_t n; /* How many, at least 1. */
  palisade_dimensions size;
  const char *resolution, *quality;
  const uint64_t *seed;
  const char *output_format;        /* Wanted media type. */
  const palisade_media *references; /* Pictures to follow. */
  size_t reference_count;
  const palisade_media *mask;
} palisade_text_to_image_request;

/* Makes pictures, and adds each with `palisade_add_image`. */
palisade_result palisade_text_to_image(palisade_call *call, const palisade_text_to_image_request *request);

/* What to change. */
typedef struct palisade_image_edit_request {
  const char *prompt;           /* What is to be different. */
  const palisade_media *images; /* The main one first. Never empty. */
  size_t image_count;
  const palisade_media *mask; /* White is changed, black is kept. */
  const char *negative_prompt;
  uint32_t n;
  palisade_dimensions size;
  const char *quality;
  const uint64_t *seed;
  const char *output_format;
} palisade_image_edit_request;

/* Changes pictures, and adds each result with `palisade_add_image`. */
palisade_result palisade_image_edit(palisade_call *call, const palisade_image_edit_request *request);

/* What to enlarge. */
typedef struct palisade_image_upscale_request {
  const palisade_media *image;
  float factor;           /* How many times as wide and high; 0 where `width` and `height` say it in pixels. */
  uint32_t width, height; /* 0 where `factor` says it. */
  const char *prompt;
  const uint64_t *seed;
  const char *output_format;
} palisade_image_upscale_request;

/* Enlarges a picture, and adds it with `palisade_add_image`. */
palisade_result palisade_image_upscale(palisade_call *call, const palisade_image_upscale_request *request);

/* ------------------------------------------------------------------------------------------------------ image-to-text, speech-to-text */

/* What to read. */
typedef struct palisade_image_to_text_request {
  const palisade_media *image;
  const char *prompt; /* A question or an instruction. */
  const char *task;   /* caption, answer, ocr, codes or a word of the model's own. */
  const char *language;
  const uint32_t *max_output_tokens;
} palisade_image_to_text_request;

/* Something that was found in a picture. What is NULL or 0 is not said. */
typedef struct palisade_finding {
  const char *text, *kind;  /* What it says, and what it is, for example line or qr-code. */
  const double *confidence; /* 0 to 1. */
  uint32_t x, y, width, height;
} palisade_finding;

/* Reads a picture: gives all of it with `palisade_text`, and the pieces. */
palisade_result palisade_image_to_text(palisade_call *call, const palisade_image_to_text_request *request);
palisade_result palisade_add_finding(palisade_call *call, palisade_finding finding);

/* What to write down. */
typedef struct palisade_speech_to_text_request {
  const palisade_media *audio;
  const char *language, *prompt; /* The prompt has words that are likely to come up. */
  const char *timestamps;        /* segment or word; NULL for no times. */
  bool speakers;                 /* Whether to tell speakers apart. */
} palisade_speech_to_text_request;

/* A piece of a speech, with its times in seconds. */
typedef struct palisade_segment {
  const char *text;
  double start, end;
  const char *speaker; /* NULL when that is not known. */
} palisade_segment;

/* Writes down what is said: gives all of it with `palisade_text`, and the pieces where times were asked for. */
palisade_result palisade_speech_to_text(palisade_call *call, const palisade_speech_to_text_request *request);
palisade_result palisade_add_segment(palisade_call *call, palisade_segment segment);

/* The language of a speech, and how long the sound is; NULL or 0 where that is not known. */
palisade_result palisade_speech(palisade_call *call, const char *language, double seconds);

/* All that was read or said, as one text. */
palisade_result palisade_text(palisade_call *call, const char *format, ...) PALISADE_PRINTF(2, 3);

/* ------------------------------------------------------------------------------------------------------------- text-to-speech, custom */

/* What to say. */
typedef struct palisade_text_to_speech_request {
  const char *text, *voice;
  const float *speed; /* 1 is ordinary. */
  const char *language, *instructions, *output_format;
  const uint64_t *seed;
} palisade_text_to_speech_request;

/* Speaks: says first with `palisade_sound` what it makes, then adds pieces of the file. For a sound in pieces, return PALISADE_MORE. */
palisade_result palisade_text_to_speech(palisade_call *call, const palisade_text_to_speech_request *request);
palisade_result palisade_sound(palisade_call *call, const char *media_type);
palisade_result palisade_add_sound(palisade_call *call, const void *data, size_t size);

/* What to do. */
typedef struct palisade_custom_request {
  const char *task;            /* One of the tasks of the provider. */
  const char *input;           /* JSON, which the host has checked by the schema of the task. */
  const palisade_media *media; /* Files that come along. */
  size_t media_count;
} palisade_custom_request;

/* Does a task: gives its output as JSON, and adds files. */
palisade_result palisade_custom(palisade_call *call, const palisade_custom_request *request);
palisade_result palisade_output(palisade_call *call, const char *json, ...) PALISADE_PRINTF(2, 3);
palisade_result palisade_add_media(palisade_call *call, const char *media_type, const void *data, size_t size);

#endif
