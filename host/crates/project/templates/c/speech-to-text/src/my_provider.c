/* Writes a word for every beep. */
#include <palisade.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LOUD 1000 /* What is louder than this is no silence. */

const palisade_description palisade_provider = {
    .name = "my-provider",
    .summary = "Writes a word for every beep.",
    .models = PALISADE_LIST(palisade_model, {.id = "beeps", .input_types = PALISADE_TEXTS("audio/wav"), .prices = PALISADE_FREE}),
};

/* A number as WAV has it: the smallest byte first. */
static uint32_t number(const uint8_t *bytes, int count) {
  uint32_t value = 0;
  while (count--) value = value << 8 | bytes[count];
  return value;
}

/* What a WAV file with one channel of 16 bits holds. */
typedef struct sound {
  uint32_t rate;
  const uint8_t *samples;
  size_t count;
} sound;

/* Finds it chunk by chunk: false where there is none. */
static bool find_sound(palisade_bytes file, sound *found) {
  if (file.size < 12 || memcmp(file.data, "RIFF", 4) != 0 || memcmp(file.data + 8, "WAVE", 4) != 0) return false;
  found->rate = 0;
  for (size_t at = 12; at + 8 <= file.size;) {
    const uint8_t *name = file.data + at, *chunk = name + 8;
    size_t size = number(name + 4, 4), left = file.size - at - 8;
    if (size > left) size = left;
    if (!memcmp(name, "fmt ", 4) && size >= 16) {
      if (memcmp(chunk, "\1\0\1\0", 4) != 0 || number(chunk + 14, 2) != 16) return false;
      found->rate = number(chunk + 4, 4);
    } else if (!memcmp(name, "data", 4)) {
      found->samples = chunk;
      found->count = size / 2;
      return found->rate > 0;
    }
    at += 8 + size + size % 2; /* Chunks have an even length. */
  }
  return false;
}

/* How often it is loud after a pause. */
static size_t count_beeps(const sound *sound) {
  size_t count = 0, pause = sound->rate / 50, silent = pause;
  for (size_t i = 0; i < sound->count; i++) {
    bool is_loud = abs((int16_t)number(sound->samples + 2 * i, 2)) > LOUD;
    count += is_loud && silent >= pause;
    silent = is_loud ? 0 : silent + 1;
  }
  return count;
}

palisade_result palisade_speech_to_text(palisade_call *call, const palisade_speech_to_text_request *request) {
  palisade_bytes file;
  sound sound;
  if (palisade_read(call, request->audio, &file)) return PALISADE_FAILED;
  if (!find_sound(file, &sound))
    return palisade_invalid_input(call, "audio", "must be a WAV file with one channel of 16-bit samples");
  size_t beeps = count_beeps(&sound);
  char *text = palisade_alloc(call, 5 * beeps + 1), *end = text;
  for (size_t i = 0; i < beeps; i++) end += sprintf(end, i ? " beep" : "beep");
  palisade_speech(call, NULL, (double)sound.count / sound.rate);
  return palisade_text(call, "%s", text);
}
