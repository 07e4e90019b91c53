#include <math.h>
#include <palisade_test.h>

/* Every text has a vector of length 1. */
int main(void) {
  palisade_call *call = palisade_test_call("letters");
  palisade_content items[] = {palisade_test_text("a red fox"), palisade_test_text("")};
  palisade_embedding_request request = {.items = items, .item_count = 2};
  PALISADE_EXPECT(palisade_embedding(call, &request) == PALISADE_DONE);
  for (size_t i = 0; i < 2; i++) {
    size_t length;
    const float *numbers = palisade_test_vector(call, i, &length);
    float sum = 0;
    for (size_t at = 0; at < length; at++) sum += numbers[at] * numbers[at];
    PALISADE_EXPECT(length == 26 && fabsf(sum - 1) < 1e-5f);
  }
  palisade_test_end(call);
}
