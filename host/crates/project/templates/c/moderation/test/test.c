#include <palisade_test.h>

/* A word of the list is flagged. */
int main(void) {
  palisade_call *call = palisade_test_call("words");
  palisade_content items[] = {palisade_test_text("a red fox"), palisade_test_text("what the heck!")};
  palisade_moderation_request request = {.items = items, .item_count = 2};
  PALISADE_EXPECT(palisade_moderation(call, &request) == PALISADE_DONE);
  PALISADE_EXPECT(!palisade_test_flagged(call, 0) && palisade_test_flagged(call, 1));
  palisade_test_end(call);
}
