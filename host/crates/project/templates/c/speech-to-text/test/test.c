#include <palisade_test.h>

#define HEAD "RIFF....WAVEfmt \20\0\0\0\1\0\1\0\x40\x1f\0\0\x80\x3e\0\0\2\0\20\0"
#define PART 800 /* Bytes of a beep, and of a pause: a twentieth of a second. */

/* What is heard in a file of so many bytes; NULL when it is refused. */
static const char *heard(palisade_call *call, const void *file, size_t size) {
  palisade_media audio = palisade_test_media("audio/wav", file, size);
  palisade_speech_to_text_request request = {.audio = &audio};
  return palisade_speech_to_text(call, &request) == PALISADE_DONE ? palisade_test_said(call) : NULL;
}

int main(void) {
  /* Every beep is a word. */
  uint8_t file[44 + 3 * PART] = HEAD "data\x60\x09";
  palisade_call *call = palisade_test_call("beeps");
  PALISADE_EXPECT(!strcmp(heard(call, file, sizeof file), ""));
  memset(file + 44, '~', PART);
  memset(file + 44 + 2 * PART, '~', PART);
  PALISADE_EXPECT(!strcmp(heard(call, file, sizeof file), "beep beep"));
  PALISADE_EXPECT(palisade_test_seconds(call) == 0.15);
  palisade_test_end(call);

  /* What is no sound is refused, and nothing beyond it is read. */
  call = palisade_test_call("beeps");
  PALISADE_EXPECT(!heard(call, "", 0) && !heard(call, "RIFF", 4) && !heard(call, "RIFF....WAVEdata\xff\xff\xff\xff", 20));
  for (size_t size = 0; size < 44; size++) PALISADE_EXPECT(!heard(call, file, size));
  palisade_test_end(call);
}
