#include "wave.h"

#include <string.h>

static uint16_t get_16(const uint8_t *at) { return (uint16_t)(at[0] | at[1] << 8); }

static uint32_t get_32(const uint8_t *at) { return get_16(at) | (uint32_t)get_16(at + 2) << 16; }

static uint8_t *put(uint8_t *at, uint32_t value, int bytes) {
  for (; bytes-- > 0; value >>= 8) *at++ = (uint8_t)value;
  return at;
}

static const char *read_format(const uint8_t *chunk, uint32_t size, wave *wave) {
  if (size < 16) return "its `fmt ` chunk is too short";
  wave->format = get_16(chunk);
  wave->channels = get_16(chunk + 2);
  wave->rate = get_32(chunk + 4);
  wave->block_align = get_16(chunk + 12);
  wave->bits = get_16(chunk + 14);
  if (wave->format == WAVE_IMA_ADPCM && size >= 20) wave->block_frames = get_16(chunk + 18);
  if (wave->channels < 1 || wave->channels > 2) return "it has to have one or two channels";
  return wave->rate ? NULL : "its rate is 0";
}

const char *wave_read(palisade_bytes file, wave *wave) {
  memset(wave, 0, sizeof *wave);
  if (file.size < 12 || memcmp(file.data, "RIFF", 4) != 0 || memcmp(file.data + 8, "WAVE", 4) != 0) return "it is no WAV file";
  const char *wrong = "it has no `fmt ` chunk before its samples";
  for (size_t at = 12; file.size - at >= 8;) {
    const uint8_t *chunk = file.data + at + 8;
    uint32_t size = get_32(file.data + at + 4);
    size_t left = file.size - at - 8;
    /* A file that was cut off, or written as a stream, has what is there. */
    if (size > left) size = (uint32_t)left;
    if (!memcmp(file.data + at, "fmt ", 4)) wrong = read_format(chunk, size, wave);
    if (!memcmp(file.data + at, "fact", 4) && size >= 4) wave->frames = get_32(chunk);
    if (!memcmp(file.data + at, "data", 4)) {
      wave->data = (palisade_bytes){chunk, size};
      return wrong;
    }
    size_t step = 8 + (size_t)size + (size & 1);
    if (step > file.size - at) break;
    at += step;
  }
  return "it has no samples";
}

size_t wave_head_size(const wave *wave) { return wave->format == WAVE_PCM ? 44 : 60; }

void wave_head(const wave *wave, uint8_t *head) {
  bool plain = wave->format == WAVE_PCM;
  uint32_t size = (uint32_t)wave->data.size, before = (uint32_t)wave_head_size(wave);
  uint32_t a_second = plain ? wave->rate * wave->block_align : (uint32_t)((uint64_t)wave->rate * wave->block_align / wave->block_frames);
  memcpy(head, "RIFF", 4);
  memcpy(put(head + 4, before - 8 + size + (size & 1), 4), "WAVEfmt ", 8);
  head = put(head + 16, plain ? 16 : 20, 4);
  head = put(head, wave->format, 2);
  head = put(head, wave->channels, 2);
  head = put(head, wave->rate, 4);
  head = put(head, a_second, 4);
  head = put(head, wave->block_align, 2);
  head = put(head, wave->bits, 2);
  if (!plain) {
    head = put(head, 2, 2);
    head = put(head, wave->block_frames, 2);
    memcpy(head, "fact", 4);
    head = put(head + 4, 4, 4);
    head = put(head, wave->frames, 4);
  }
  memcpy(head, "data", 4);
  put(head + 4, size, 4);
}
