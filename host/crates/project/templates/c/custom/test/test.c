#include <palisade_test.h>

/* Every file has its sum. */
int main(void) {
  palisade_call *call = palisade_test_call("sums");
  palisade_media files[] = {palisade_test_media("text/plain", "123456789", 9), palisade_test_media("text/plain", "", 0)};
  palisade_custom_request request = {.task = "crc-32", .input = "{}", .media = files, .media_count = 2};
  PALISADE_EXPECT(palisade_custom(call, &request) == PALISADE_DONE);
  PALISADE_EXPECT(!strcmp(palisade_test_output(call), "[\"cbf43926\", \"00000000\"]"));
  palisade_test_end(call);
}
