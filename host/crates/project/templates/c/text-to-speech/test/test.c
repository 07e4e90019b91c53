#include <palisade_test.h>

/* Every word is a beep. */
int main(void) {
  palisade_call *call = palisade_test_call("beeper");
  palisade_text_to_speech_request request = {.text = "a red fox"};
  int turns = 1;
  while (palisade_text_to_speech(call, &request) == PALISADE_MORE) turns++;
  PALISADE_EXPECT(turns == 3);
  PALISADE_EXPECT(palisade_test_sound(call).size == 44 + 3 * 2 * 2 * 1600);
  palisade_test_end(call);
}
