#include "ima.h"

static const int16_t STEPS[89] = {
    7,     8,     9,     10,    11,    12,    13,    14,    16,    17,    19,    21,    23,    25,    28,    31,    34,   37,
    41,    45,    50,    55,    60,    66,    73,    80,    88,    97,    107,   118,   130,   143,   157,   173,   190,  209,
    230,   253,   279,   307,   337,   371,   408,   449,   494,   544,   598,   658,   724,   796,   876,   963,   1060, 1166,
    1282,  1411,  1552,  1707,  1878,  2066,  2272,  2499,  2749,  3024,  3327,  3660,  4026,  4428,  4871,  5358,  5894, 6484,
    7132,  7845,  8630,  9493,  10442, 11487, 12635, 13899, 15289, 16818, 18500, 20350, 22385, 24623, 27086, 29794, 32767,
};

static const int8_t MOVES[8] = {-1, -1, -1, -1, 2, 4, 6, 8};

typedef struct channel {
  int sample, index;
} channel;

static int clamped(int value, int least, int most) { return value < least ? least : value > most ? most : value; }

/* The sample that a code means, which both sides make the next difference to. */
static void follow(channel *channel, int code) {
  int step = STEPS[channel->index], difference = step >> 3;
  if (code & 4) difference += step;
  if (code & 2) difference += step >> 1;
  if (code & 1) difference += step >> 2;
  channel->sample = clamped(channel->sample + (code & 8 ? -difference : difference), INT16_MIN, INT16_MAX);
  channel->index = clamped(channel->index + MOVES[code & 7], 0, 88);
}

static int code_of(channel *channel, int sample) {
  int difference = sample - channel->sample, step = STEPS[channel->index], code = 0;
  if (difference < 0) {
    code = 8;
    difference = -difference;
  }
  for (int bit = 4; bit; bit >>= 1, step >>= 1) {
    if (difference < step) continue;
    code |= bit;
    difference -= step;
  }
  follow(channel, code);
  return code;
}

size_t ima_block_frames(size_t bytes, int channels) {
  size_t head = 4 * (size_t)channels;
  return bytes < head ? 0 : 1 + (bytes - head) / head * 8;
}

void ima_encode(const int16_t *frames, int channels, uint8_t *block, size_t bytes, int index[2]) {
  channel states[2] = {{0, 0}, {0, 0}};
  size_t count = ima_block_frames(bytes, channels);
  for (int c = 0; c < channels; c++) {
    states[c] = (channel){frames[c], index[c]};
    *block++ = (uint8_t)frames[c];
    *block++ = (uint8_t)(frames[c] >> 8);
    *block++ = (uint8_t)index[c];
    *block++ = 0;
  }
  /* Eight frames of a channel, then the same eight of the other. */
  for (size_t first = 1; first < count; first += 8)
    for (int c = 0; c < channels; c++)
      for (size_t at = first; at < first + 8; at += 2) {
        int low = code_of(&states[c], frames[at * (size_t)channels + (size_t)c]);
        int high = code_of(&states[c], frames[(at + 1) * (size_t)channels + (size_t)c]);
        *block++ = (uint8_t)(low | high << 4);
      }
  for (int c = 0; c < channels; c++) index[c] = states[c].index;
}

void ima_decode(const uint8_t *block, size_t bytes, int channels, int16_t *frames) {
  channel states[2] = {{0, 0}, {0, 0}};
  size_t count = ima_block_frames(bytes, channels);
  for (int c = 0; c < channels; c++, block += 4) {
    states[c].sample = (int16_t)(block[0] | block[1] << 8);
    states[c].index = clamped(block[2], 0, 88);
    frames[c] = (int16_t)states[c].sample;
  }
  for (size_t first = 1; first < count; first += 8)
    for (int c = 0; c < channels; c++)
      for (size_t at = first; at < first + 8; at++) {
        follow(&states[c], (at - first) & 1 ? *block++ >> 4 : *block & 15);
        frames[at * (size_t)channels + (size_t)c] = (int16_t)states[c].sample;
      }
}
