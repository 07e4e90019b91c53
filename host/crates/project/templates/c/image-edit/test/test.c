#include <palisade_test.h>

static palisade_result edit(palisade_call *call, const char *prompt, const char *drawing) {
  palisade_media picture = palisade_test_media("image/svg+xml", drawing, strlen(drawing));
  palisade_image_edit_request request = {.prompt = prompt, .images = &picture, .image_count = 1, .n = 1};
  return palisade_image_edit(call, &request);
}

int main(void) {
  /* The wash is over all of it. */
  palisade_call *call = palisade_test_call("wash");
  PALISADE_EXPECT(edit(call, " tomato\n", "<svg><svg></svg></svg>\n") == PALISADE_DONE);
  PALISADE_EXPECT(!strcmp(palisade_test_image(call, 0)->data,
                          "<svg><svg></svg><rect width=\"100%\" height=\"100%\" fill=\"tomato\" opacity=\"0.4\"/></svg>\n"));
  palisade_test_end(call);

  /* What is no colour or no drawing is refused. */
  const char *const refused[][2] = {{"\"/>", "<svg></svg>"}, {"light blue", "<svg></svg>"}, {"", "<svg></svg>"}, {"tomato", "GIF89a"}};
  for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
    call = palisade_test_call("wash");
    PALISADE_EXPECT(edit(call, refused[i][0], refused[i][1]) == PALISADE_FAILED);
    palisade_test_end(call);
  }
}
