/* Serves every capability that the SDK knows, as plainly as can be: what the tests of the SDK call. */
#include <math.h>
#include <palisade.h>
#include <string.h>

static const palisade_param params[] = {
    PALISADE_SEED,
    {.name = "mood", .kind = PALISADE_CHOICE, .choices = PALISADE_TEXTS(MOODS)},
    {.name = "weight", .kind = PALISADE_NUMBER, .max = 1},
    {0},
};

static const char *const at_once[] = {
    "chat",       "custom", "embedding",      "image-edit",    "image-to-text",  "image-upscale",
    "moderation", "rerank", "speech-to-text", "text-to-image", "text-to-speech", NULL,
};

static const palisade_param of_films[] = {{.name = "seconds", .kind = PALISADE_NUMBER, .min = 1, .max = 9}, {0}};

const palisade_description palisade_provider = {
    .name = "sampler",
    .version = "1.2.3",
    .summary = "A bit of everything, for tests.",
    .models = PALISADE_LIST(palisade_model, {
        .id = "sampler",
        .params = params,
        .input_types = PALISADE_TEXTS("*/*"),
        .output_types = PALISADE_TEXTS("image/svg+xml", "audio/wav"),
        .prices = PALISADE_FREE,
        .capabilities = at_once,
    }, {
        .id = "slow",
        .params = of_films,
        .prices = PALISADE_FREE,
        .capabilities = PALISADE_TEXTS("image-to-video", "text-to-video"),
    }),
    .tasks = PALISADE_LIST(palisade_task,
        {"double", "Doubles a number.", "{\"type\": \"number\"}", "{\"type\": \"number\"}"},
        {"fail", "Fails as it is told.", "{\"type\": \"string\"}", "{\"type\": \"null\"}"},
        {"service", "Uses a service of the host.", "{\"type\": \"string\"}", "{}"},
        {"echo", "Gives the media back.", "{}", "{}"},
        {"reach", "Asks an upstream.", "{\"type\": \"string\"}", "{}"},
        {"fetch", "Has a file fetched.", "{\"type\": \"string\"}", "{}"},
        {"keep", "Counts its calls.", "{}", "{}"},
        {"stores", "Asks the stores that are lent.", "{\"type\": \"string\"}", "{}"}),
    .credential_names = PALISADE_TEXTS("key"),
    .hosts = PALISADE_TEXTS("127.0.0.1"),
};

typedef struct spelling {
  const char *left;
  bool broken;
} spelling;

/* A letter each turn. */
palisade_result palisade_chat(palisade_call *call, const palisade_chat_request *request) {
  spelling *own = call->state;
  if (!own) {
    own = call->state = palisade_alloc(call, sizeof *own);
    own->left = palisade_prompt(request);
    if (!strcmp(own->left, "refuse")) return palisade_invalid_input(call, "messages[0]", "it asks to be refused");
    if (!strcmp(own->left, "break")) {
      own->broken = true;
      palisade_say(call, "so far");
      return PALISADE_MORE;
    }
    palisade_reason(call, "letter by letter");
  }
  if (own->broken) return palisade_rate_limited(call, 1500, "slow down");
  if (*own->left) {
    palisade_say(call, "%c", *own->left++);
    return PALISADE_MORE;
  }
  if (request->tool_count) {
    palisade_call_tool(call, 0, "1", request->tools[0].name, "{\"a\":");
    palisade_call_tool(call, 0, NULL, NULL, "1}");
    palisade_used(call, "output-token", 7);
    palisade_note(call, "careful");
    palisade_finish(call, PALISADE_TOOL_CALLS);
  }
  return PALISADE_DONE;
}

palisade_result palisade_embedding(palisade_call *call, const palisade_embedding_request *request) {
  size_t size = request->dimensions ? *request->dimensions : 4;
  for (size_t item = 0; item < request->item_count; item++) {
    const palisade_content *content = &request->items[item];
    palisade_bytes bytes = {(const uint8_t *)content->text, content->text ? strlen(content->text) : 0};
    if (content->media && palisade_read(call, content->media, &bytes)) return PALISADE_FAILED;
    uint32_t hash = 2166136261u;
    for (size_t i = 0; i < bytes.size; i++) hash = (hash ^ bytes.data[i]) * 16777619u;
    float *numbers = palisade_alloc(call, size * sizeof *numbers), sum = 0;
    for (size_t i = 0; i < size; i++) {
      hash = hash * 1664525u + 1013904223u;
      numbers[i] = 1 + (float)(hash >> 24);
      sum += numbers[i] * numbers[i];
    }
    for (size_t i = 0; i < size; i++) numbers[i] /= sqrtf(sum);
    palisade_add_vector(call, numbers, size);
  }
  return PALISADE_DONE;
}

palisade_result palisade_rerank(palisade_call *call, const palisade_rerank_request *request) {
  for (size_t i = 0; i < request->document_count; i++)
    palisade_add_score(call, i, strstr(request->documents[i], request->query) ? 1 : 0);
  return PALISADE_DONE;
}

palisade_result palisade_moderation(palisade_call *call, const palisade_moderation_request *request) {
  for (size_t i = 0; i < request->item_count; i++) {
    bool bad = request->items[i].text && strstr(request->items[i].text, "bad");
    palisade_add_category(call, i, "profanity", bad, bad);
  }
  return PALISADE_DONE;
}

palisade_result palisade_text_to_image(palisade_call *call, const palisade_text_to_image_request *request) {
  uint32_t width = 64, height = 32;
  if (request->size.kind == PALISADE_PIXELS) {
    width = request->size.width;
    height = request->size.height;
  } else if (request->size.kind == PALISADE_ASPECT && palisade_adjusted(call, "size", "%ux%u", width, height)) {
    return PALISADE_FAILED;
  }
  const char *svg =
      palisade_format(call, "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%u\" height=\"%u\"/>", width, height);
  for (uint32_t i = 0; i < request->n; i++)
    palisade_add_image(call, (palisade_image){"image/svg+xml", svg, strlen(svg), width, height, request->seed, NULL});
  return PALISADE_DONE;
}

palisade_result palisade_text_to_speech(palisade_call *call, const palisade_text_to_speech_request *request) {
  uint32_t size = (uint32_t)(200 * strlen(request->text));
  uint8_t head[44] = "RIFF....WAVEfmt \20\0\0\0\1\0\1\0";
  const uint32_t fields[][2] = {{4, 36 + size}, {24, 8000}, {28, 16000}, {32, 16u << 16 | 2}, {40, size}};
  memcpy(head + 36, "data", 4);
  for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
    for (int byte = 0; byte < 4; byte++) head[fields[i][0] + byte] = (uint8_t)(fields[i][1] >> 8 * byte);
  palisade_sound(call, "audio/wav");
  palisade_add_sound(call, head, sizeof head);
  return palisade_add_sound(call, palisade_alloc(call, size), size);
}
