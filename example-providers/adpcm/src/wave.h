/* WAV files: a chunk for what the samples are, and one for the samples. */
#ifndef WAVE_H
#define WAVE_H

#include <palisade.h>

enum { WAVE_PCM = 1, WAVE_IMA_ADPCM = 0x11 };

typedef struct wave {
  uint16_t format, channels, block_align, bits;
  uint32_t rate, frames; /* Frames: of each channel a sample. 0 where the file does not say. */
  uint16_t block_frames; /* Of ADPCM: frames in a block. */
  palisade_bytes data;
} wave;

/* What is wrong with a file; NULL when it could be read. */
const char *wave_read(palisade_bytes file, wave *wave);

/* Bytes of the head that `wave_head` writes. */
size_t wave_head_size(const wave *wave);

/* Writes the head of a file whose `data.size` bytes of samples follow. */
void wave_head(const wave *wave, uint8_t *head);

#endif
