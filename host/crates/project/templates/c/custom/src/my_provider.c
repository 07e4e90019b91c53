/* Sums files up in 32 bits. */
#include <inttypes.h>
#include <palisade.h>

const palisade_description palisade_provider = {
    .name = "my-provider",
    .summary = "Sums files up in 32 bits.",
    .models = PALISADE_LIST(palisade_model, {.id = "sums", .input_types = PALISADE_TEXTS("*/*"), .prices = PALISADE_FREE}),
    .tasks = PALISADE_LIST(palisade_task, {
        .id = "crc-32",
        .summary = "The CRC-32 of each file, as gzip and PNG have it.",
        .input_schema = "{\"type\": \"object\", \"additionalProperties\": false}",
        .output_schema = "{\"type\": \"array\", \"items\": {\"type\": \"string\", \"pattern\": \"^[0-9a-f]{8}$\"}}",
    }),
};

static uint32_t crc_32(palisade_bytes bytes) {
  uint32_t sum = UINT32_MAX;
  for (size_t i = 0; i < bytes.size; i++) {
    sum ^= bytes.data[i];
    for (int bit = 0; bit < 8; bit++) sum = sum & 1 ? 0xedb88320 ^ sum >> 1 : sum >> 1;
  }
  return ~sum;
}

palisade_result palisade_custom(palisade_call *call, const palisade_custom_request *request) {
  const char *sums = "";
  for (size_t i = 0; i < request->media_count; i++) {
    palisade_bytes file;
    if (palisade_read(call, &request->media[i], &file)) return PALISADE_FAILED;
    sums = palisade_format(call, "%s%s\"%08" PRIx32 "\"", sums, i ? ", " : "", crc_32(file));
  }
  return palisade_output(call, "[%s]", sums);
}
