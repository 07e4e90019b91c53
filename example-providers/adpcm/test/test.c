#include "../src/ima.h"
#include "../src/wave.h"

#include <math.h>
#include <palisade_test.h>

/* A chord of so many frames, as a WAV file. */
static palisade_media chord(palisade_call *call, uint16_t channels, uint32_t frames) {
  wave sound = {.format = WAVE_PCM, .channels = channels, .rate = 22050, .block_align = 2 * channels, .bits = 16};
  sound.data.size = (size_t)frames * 2 * channels;
  uint8_t *file = palisade_alloc(call, 44 + sound.data.size);
  wave_head(&sound, file);
  for (size_t at = 0; at < (size_t)frames * channels; at++) {
    double seconds = (double)(at / channels) / 22050;
    int16_t sample = (int16_t)(8000 * sin(2765 * seconds) + 6000 * sin((at % channels ? 3500 : 4150) * seconds));
    memcpy(file + 44 + 2 * at, &sample, 2);
  }
  return palisade_test_media("audio/wav", file, 44 + sound.data.size);
}

static const palisade_media *done(palisade_call *call, const char *task, const palisade_media *file) {
  palisade_custom_request request = {.task = task, .input = "{}", .media = file, .media_count = 1};
  size_t before = 0;
  while (palisade_test_file(call, before)) before++;
  return palisade_custom(call, &request) == PALISADE_DONE ? palisade_test_file(call, before) : NULL;
}

/* There and back is as long, and as loud to 20 dB. */
static void there_and_back(uint16_t channels, uint32_t frames) {
  palisade_call *call = palisade_test_call("ima");
  palisade_media given = chord(call, channels, frames);
  palisade_media small = *done(call, "compress", &given);
  palisade_media back = *done(call, "expand", &small);
  PALISADE_EXPECT(back.inline_size == given.inline_size);
  PALISADE_EXPECT(frames < 10000 || small.inline_size < given.inline_size / 3.8);
  double signal = 1, noise = 1;
  for (size_t at = 44; at < given.inline_size; at += 2) {
    int16_t one, other;
    memcpy(&one, (const uint8_t *)given.inline_data + at, 2);
    memcpy(&other, (const uint8_t *)back.inline_data + at, 2);
    signal += (double)one * one;
    noise += ((double)one - other) * ((double)one - other);
  }
  PALISADE_EXPECT(frames < 1000 || signal > 100 * noise);
  palisade_test_end(call);
}

/* What is no such file is refused, wherever it is cut or changed, and nothing is read beyond its end. */
static void what_is_wrong_is_refused(void) {
  palisade_call *call = palisade_test_call("ima");
  palisade_media given = chord(call, 1, 600), small = *done(call, "compress", &given);
  PALISADE_EXPECT(!done(call, "expand", &given) && strstr(palisade_test_failure(call), "compressed"));
  PALISADE_EXPECT(!done(call, "compress", &small) && strstr(palisade_test_failure(call), "16 bits"));
  for (size_t size = 0; size < small.inline_size; size++) {
    palisade_call *cut = palisade_test_call("ima");
    uint8_t *copy = malloc(size + 1);
    memcpy(copy, small.inline_data, size);
    palisade_media part = palisade_test_media("audio/wav", copy, size);
    PALISADE_EXPECT((done(cut, "expand", &part) != NULL) == !palisade_test_failure(cut));
    free(copy);
    palisade_test_end(cut);
  }
  for (size_t at = 0; at < 60; at++) {
    palisade_call *changed = palisade_test_call("ima");
    uint8_t *copy = palisade_alloc(changed, small.inline_size);
    memcpy(copy, small.inline_data, small.inline_size);
    copy[at] ^= 0xff;
    palisade_media part = palisade_test_media("audio/wav", copy, small.inline_size);
    PALISADE_EXPECT((done(changed, "expand", &part) != NULL) == !palisade_test_failure(changed));
    palisade_test_end(changed);
  }
  palisade_test_end(call);
}

int main(void) {
  const uint32_t lengths[] = {1, 2, 8, 9, 505, 506, 1010, 22050};
  for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++)
    for (uint16_t channels = 1; channels <= 2; channels++) there_and_back(channels, lengths[i]);
  what_is_wrong_is_refused();
}
