/* Draws the prompt in large letters. */
#include <inttypes.h>
#include <palisade.h>
#include <string.h>

const palisade_description palisade_provider = {
    .name = "my-provider",
    .summary = "Draws the prompt in large letters.",
    .models = PALISADE_LIST(palisade_model,
                            {.id = "letters", .output_types = PALISADE_TEXTS("image/svg+xml"), .prices = PALISADE_FREE}),
};

/* A text that means the same in markup. */
static const char *escaped(palisade_call *call, const char *text) {
  char *whole = palisade_alloc(call, 5 * strlen(text) + 1), *end = whole;
  for (; *text; text++) {
    const char *entity = *text == '<' ? "&lt;" : *text == '>' ? "&gt;" : *text == '&' ? "&amp;" : NULL;
    if (entity)
      end = strcpy(end, entity) + strlen(entity);
    else
      *end++ = *text;
  }
  return whole;
}

palisade_result palisade_text_to_image(palisade_call *call, const palisade_text_to_image_request *request) {
  uint32_t width = 640, height = 160;
  if (request->size.kind == PALISADE_PIXELS) {
    width = request->size.width;
    height = request->size.height;
  } else if (request->size.kind == PALISADE_ASPECT) {
    uint64_t wide = UINT64_C(160) * request->size.width / request->size.height;
    width = wide > 16384 ? 16384 : wide ? (uint32_t)wide : 1;
    if (palisade_adjusted(call, "size", "%" PRIu32 "x%" PRIu32, width, height)) return PALISADE_FAILED;
  }
  const char *drawing = palisade_format(call,
                                        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%" PRIu32 "\" height=\"%" PRIu32 "\">"
                                        "<text x=\"50%%\" y=\"50%%\" text-anchor=\"middle\" font-size=\"%" PRIu32 "\">%s</text></svg>",
                                        width, height, height / 3, escaped(call, request->prompt));
  palisade_image image = {
      .media_type = "image/svg+xml", .data = drawing, .size = strlen(drawing), .width = width, .height = height};
  for (uint32_t i = 0; i < request->n; i++) palisade_add_image(call, image);
  return PALISADE_DONE;
}
