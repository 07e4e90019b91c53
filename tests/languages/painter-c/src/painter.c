/* Takes longer than a call to paint: `text-to-image` as a job. */
#include <inttypes.h>
#include <palisade.h>
#include <string.h>

static const palisade_param params[] = {PALISADE_SEED, {0}};

const palisade_description palisade_provider = {
    .name = "painter",
    .models = PALISADE_LIST(palisade_model, {
        .id = "slow",
        .prices = PALISADE_FREE,
        .params = params,
        .output_types = PALISADE_TEXTS("image/svg+xml"),
    }),
};

palisade_result palisade_text_to_image_job(palisade_call *call, const palisade_text_to_image_request *request) {
  return palisade_ticket(call, "%" PRIu32 " %" PRIu32 " %" PRIu32 " %" PRIu64 " %s", request->n, request->size.width, request->size.height,
                         request->seed ? *request->seed : 0, request->prompt);
}

palisade_result palisade_poll(palisade_call *call, const char *ticket) {
  uint64_t numbers[4] = {0};
  for (int i = 0; i < 4; i++, ticket++)
    for (; *ticket >= '0' && *ticket <= '9'; ticket++) numbers[i] = 10 * numbers[i] + (uint64_t)(*ticket - '0');
  uint32_t width = (uint32_t)numbers[1], height = (uint32_t)numbers[2];
  const char *svg = palisade_format(call, "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%" PRIu32 "\" height=\"%" PRIu32 "\"/>", width, height);
  for (uint64_t i = 0; i < numbers[0]; i++)
    palisade_add_image(call, (palisade_image){"image/svg+xml", svg, strlen(svg), width, height, &numbers[3], ticket});
  return palisade_used(call, "image", (double)numbers[0]);
}
