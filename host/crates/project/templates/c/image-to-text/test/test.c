#include <palisade_test.h>

#define HEAD "\x89PNG\r\n\x1a\n\0\0\0\rIHDR"

/* What is said of a file of so many bytes; NULL when it is refused. */
static const char *measured(palisade_call *call, const char *file, size_t size) {
  palisade_media picture = palisade_test_media("image/png", file, size);
  palisade_image_to_text_request request = {.image = &picture};
  return palisade_image_to_text(call, &request) == PALISADE_DONE ? palisade_test_said(call) : NULL;
}

int main(void) {
  /* The size is that of the header. */
  palisade_call *call = palisade_test_call("measure");
  PALISADE_EXPECT(!strcmp(measured(call, HEAD "\0\0\2\x80\0\0\0\xa0", 24), "640 x 160 pixels"));
  palisade_test_end(call);

  /* What is no picture, or is cut off or too large, is refused. */
  call = palisade_test_call("measure");
  PALISADE_EXPECT(!measured(call, "GIF89a", 6) && !measured(call, HEAD "\0\0\2\x80\0\0\0\xa0", 23));
  PALISADE_EXPECT(!measured(call, HEAD "\1\1\1\1\1\1\1\1", 24));
  PALISADE_EXPECT(strstr(palisade_test_failure(call), "at most 100000000 pixels"));
  palisade_test_end(call);
}
