/* Makes WAV files a quarter as large, and back.
 *
 *     file ─► wave_read ─► samples ─► ima_encode ─► blocks ─► wave_head + blocks
 *     file ─► wave_read ─► blocks ─► ima_decode ─► samples ─► wave_head + samples
 */
#include "ima.h"
#include "wave.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#define NOTHING "{\"type\": \"object\", \"additionalProperties\": false}"
#define NUMBERS(...) "{\"type\": \"object\", \"properties\": {" __VA_ARGS__ "}}"
#define NUMBER(name) "\"" name "\": {\"type\": \"number\"}"

const palisade_description palisade_provider = {
    .name = "adpcm",
    .summary = "Makes WAV files a quarter as large, and back (IMA ADPCM).",
    .models = PALISADE_LIST(palisade_model, {
        .id = "ima",
        .input_types = PALISADE_TEXTS("audio/wav"),
        .output_types = PALISADE_TEXTS("audio/wav"),
        .prices = PALISADE_FREE,
    }),
    .tasks = PALISADE_LIST(palisade_task,
        {"compress", "Makes four bits of each sample of sixteen.", NOTHING,
         NUMBERS(NUMBER("seconds") "," NUMBER("bytes") "," NUMBER("signal_to_noise_db"))},
        {"expand", "Makes sixteen bits of each sample of four.", NOTHING, NUMBERS(NUMBER("seconds") "," NUMBER("bytes"))}),
};

/* How far a signal is above what it lost, in decibels. */
typedef struct loss {
  double signal, noise;
} loss;

static void compare(loss *loss, const int16_t *given, const int16_t *kept, size_t samples) {
  for (size_t i = 0; i < samples; i++) {
    double difference = (double)given[i] - kept[i];
    loss->signal += (double)given[i] * given[i];
    loss->noise += difference * difference;
  }
}

/* Rooms for the samples of a block: as they are, and as they will be heard. */
typedef struct rooms {
  int16_t *given, *kept;
} rooms;

static palisade_result compress(palisade_call *call, const wave *from) {
  if (from->format != WAVE_PCM || from->bits != 16)
    return palisade_invalid_input(call, "media[0]", "it has to have samples of 16 bits that are not compressed");
  size_t channels = from->channels, frame = 2 * channels, frames = from->data.size / frame;
  if (!frames) return palisade_invalid_input(call, "media[0]", "it has no samples");
  /* As large as players expect: 256 bytes for each channel and 11 kHz. */
  size_t block = 256 * channels * (from->rate < 22050 ? 1 : from->rate < 44100 ? 2 : 4);
  size_t block_frames = ima_block_frames(block, from->channels), blocks = (frames + block_frames - 1) / block_frames;
  wave to = {
      .format = WAVE_IMA_ADPCM,
      .channels = from->channels,
      .rate = from->rate,
      .frames = (uint32_t)frames,
      .block_align = (uint16_t)block,
      .block_frames = (uint16_t)block_frames,
      .bits = 4,
      .data.size = blocks * block,
  };
  size_t head = wave_head_size(&to), room = block_frames * frame;
  uint8_t *file = palisade_alloc(call, head + to.data.size);
  rooms rooms = {palisade_alloc(call, room), palisade_alloc(call, room)};
  wave_head(&to, file);
  int index[2] = {0, 0};
  loss lost = {0, 0};
  for (size_t at = 0; at < blocks; at++) {
    size_t first = at * block_frames, here = frames - first < block_frames ? frames - first : block_frames;
    /* The last block is filled with silence. WAV is little endian, as WebAssembly is, and every machine that tests this. */
    memset(rooms.given, 0, room);
    memcpy(rooms.given, from->data.data + first * frame, here * frame);
    uint8_t *made = file + head + at * block;
    ima_encode(rooms.given, from->channels, made, block, index);
    ima_decode(made, block, from->channels, rooms.kept);
    compare(&lost, rooms.given, rooms.kept, here * channels);
  }
  double decibels = lost.noise > 0 && lost.signal > 0 ? 10 * log10(lost.signal / lost.noise) : 99;
  palisade_used(call, "audio-second", (double)frames / from->rate);
  palisade_add_media(call, "audio/wav", file, head + to.data.size);
  return palisade_output(call, "{\"seconds\": %.3f, \"bytes\": %zu, \"signal_to_noise_db\": %.1f}", (double)frames / from->rate,
                         head + to.data.size, decibels < 99 ? decibels : 99);
}

static palisade_result expand(palisade_call *call, const wave *from) {
  size_t block = from->block_align, frame = 2 * (size_t)from->channels, block_frames = ima_block_frames(block, from->channels);
  if (from->format != WAVE_IMA_ADPCM || from->bits != 4 || from->block_frames != block_frames || block % (4 * from->channels))
    return palisade_invalid_input(call, "media[0]", "it has to be compressed as IMA ADPCM, four bits a sample");
  size_t blocks = from->data.size / block;
  if (!blocks) return palisade_invalid_input(call, "media[0]", "it has no samples");
  if (blocks > (UINT32_MAX - 44) / frame / block_frames)
    return palisade_limit_exceeded(call, "media[0]", "a WAV file has at most 4 GiB");
  size_t frames = blocks * block_frames;
  if (from->frames && from->frames < frames) frames = from->frames;
  wave to = {
      .format = WAVE_PCM,
      .channels = from->channels,
      .rate = from->rate,
      .block_align = (uint16_t)frame,
      .bits = 16,
      .data.size = frames * frame,
  };
  size_t head = wave_head_size(&to);
  uint8_t *file = palisade_alloc(call, head + to.data.size);
  int16_t *room = palisade_alloc(call, block_frames * frame);
  wave_head(&to, file);
  for (size_t at = 0; at * block_frames < frames; at++) {
    size_t first = at * block_frames, here = frames - first < block_frames ? frames - first : block_frames;
    ima_decode(from->data.data + at * block, block, from->channels, room);
    memcpy(file + head + first * frame, room, here * frame);
  }
  palisade_used(call, "audio-second", (double)frames / from->rate);
  palisade_add_media(call, "audio/wav", file, head + to.data.size);
  return palisade_output(call, "{\"seconds\": %.3f, \"bytes\": %zu}", (double)frames / from->rate, head + to.data.size);
}

palisade_result palisade_custom(palisade_call *call, const palisade_custom_request *request) {
  if (request->media_count != 1) return palisade_invalid_input(call, "media", "one WAV file is needed");
  palisade_bytes file;
  if (palisade_read(call, request->media, &file)) return PALISADE_FAILED;
  wave sound;
  const char *wrong = wave_read(file, &sound);
  if (wrong) return palisade_invalid_input(call, "media[0]", "%s", wrong);
  return strcmp(request->task, "compress") ? expand(call, &sound) : compress(call, &sound);
}
