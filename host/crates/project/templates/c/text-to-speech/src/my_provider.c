/* Beeps once for every word. */
#include <math.h>
#include <palisade.h>
#include <string.h>

#define RATE 8000
#define TONE (RATE / 5) /* Samples of a beep, and of the silence after it. */

const palisade_description palisade_provider = {
    .name = "my-provider",
    .summary = "Beeps once for every word.",
    .models = PALISADE_LIST(palisade_model,
                            {.id = "beeper", .output_types = PALISADE_TEXTS("audio/wav"), .prices = PALISADE_FREE}),
};

static uint32_t count_words(const char *text) {
  uint32_t count = 0;
  for (; *(text += strspn(text, " \t\r\n")); text += strcspn(text, " \t\r\n")) count++;
  return count;
}

/* The head of a WAV file of so many bytes of samples: 16 bits, mono. */
static palisade_result add_head(palisade_call *call, uint32_t size) {
  uint8_t head[44] = "RIFF....WAVEfmt \20\0\0\0\1\0\1\0";
  const uint32_t fields[][2] = {{4, 36 + size}, {24, RATE}, {28, 2 * RATE}, {32, 16u << 16 | 2}, {40, size}};
  memcpy(head + 36, "data", 4);
  for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
    for (int byte = 0; byte < 4; byte++) head[fields[i][0] + byte] = (uint8_t)(fields[i][1] >> 8 * byte);
  return palisade_add_sound(call, head, sizeof head);
}

/* Each word is a turn: the host hears the first while the others are not there yet. */
palisade_result palisade_text_to_speech(palisade_call *call, const palisade_text_to_speech_request *request) {
  uint32_t *left = call->state;
  if (!left) {
    left = call->state = palisade_alloc(call, sizeof *left);
    *left = count_words(request->text);
    palisade_sound(call, "audio/wav");
    add_head(call, *left * 2 * TONE * 2);
  }
  if (!*left) return PALISADE_DONE;
  uint8_t samples[2 * TONE * 2] = {0};
  for (int at = 0; at < TONE; at++) {
    int sample = (int)(12000 * sin(2 * 3.14159265358979 * 660 * at / RATE));
    samples[2 * at] = (uint8_t)sample;
    samples[2 * at + 1] = (uint8_t)(sample >> 8);
  }
  palisade_add_sound(call, samples, sizeof samples);
  return --*left ? PALISADE_MORE : PALISADE_DONE;
}
