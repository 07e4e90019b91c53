/* Enlarges a drawing. */
#include <inttypes.h>
#include <math.h>
#include <palisade.h>
#include <stdlib.h>
#include <string.h>

#define SVG "image/svg+xml"

const palisade_description palisade_provider = {
    .name = "my-provider",
    .summary = "Enlarges a drawing.",
    .models = PALISADE_LIST(palisade_model, {
        .id = "vector",
        .input_types = PALISADE_TEXTS(SVG),
        .output_types = PALISADE_TEXTS(SVG),
        .prices = PALISADE_FREE,
    }),
};

/* The length of a side, where a drawing begins with it in pixels: <svg width="64" height="48">. 0 where it does not. */
static uint32_t side(const char *drawing, const char *start) {
  const char *end = strchr(drawing, '>'), *found = strstr(drawing, start);
  if (strncmp(drawing, "<svg ", 5) != 0 || !end || !found || found > end) return 0;
  char *after;
  unsigned long long pixels = strtoull(found + strlen(start), &after, 10);
  return *after == '"' && pixels <= UINT32_MAX ? (uint32_t)pixels : 0;
}

static uint32_t scaled(uint32_t length, float factor) {
  return (uint32_t)fmin(round((double)length * factor), UINT32_MAX);
}

palisade_result palisade_image_upscale(palisade_call *call, const palisade_image_upscale_request *request) {
  palisade_bytes file;
  if (palisade_read(call, request->image, &file)) return PALISADE_FAILED;
  const char *drawing = (const char *)file.data;
  uint32_t wide = side(drawing, " width=\""), high = side(drawing, " height=\"");
  if (!wide || !high) return palisade_invalid_input(call, "image", "must be an SVG file with a width and a height in pixels");
  uint32_t width = request->width, height = request->height;
  if (request->factor > 0) {
    width = scaled(wide, request->factor);
    height = scaled(high, request->factor);
  }
  /* A drawing within a larger one grows with it. */
  const char *larger = palisade_format(call,
                                       "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%" PRIu32 "\" height=\"%" PRIu32 "\" "
                                       "viewBox=\"0 0 %" PRIu32 " %" PRIu32 "\">%s</svg>",
                                       width, height, wide, high, drawing);
  return palisade_add_image(call, (palisade_image){SVG, larger, strlen(larger), width, height});
}
