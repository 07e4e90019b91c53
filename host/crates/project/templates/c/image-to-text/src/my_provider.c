/* Says how large a picture is. */
#include <inttypes.h>
#include <palisade.h>
#include <string.h>

#define SIGNATURE "\x89PNG\r\n\x1a\n"
#define MOST_PIXELS 100000000

const palisade_description palisade_provider = {
    .name = "my-provider",
    .summary = "Says how large a picture is.",
    .models = PALISADE_LIST(palisade_model, {.id = "measure", .input_types = PALISADE_TEXTS("image/png"), .prices = PALISADE_FREE}),
};

/* A number as PNG has it: four bytes, the largest first. */
static uint32_t number(const uint8_t *bytes) {
  return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

/* Width and height are in the header of the file. */
palisade_result palisade_image_to_text(palisade_call *call, const palisade_image_to_text_request *request) {
  palisade_bytes file;
  if (palisade_read(call, request->image, &file)) return PALISADE_FAILED;
  if (file.size < 24 || memcmp(file.data, SIGNATURE, strlen(SIGNATURE)) != 0)
    return palisade_invalid_input(call, "image", "must be a PNG file");
  uint32_t width = number(file.data + 16), height = number(file.data + 20);
  if ((uint64_t)width * height > MOST_PIXELS) return palisade_limit_exceeded(call, "image", "at most %d pixels", MOST_PIXELS);
  return palisade_text(call, "%" PRIu32 " x %" PRIu32 " pixels", width, height);
}
