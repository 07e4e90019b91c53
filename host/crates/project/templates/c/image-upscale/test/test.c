#include <palisade_test.h>

static palisade_result enlarge(palisade_call *call, const char *drawing, palisade_image_upscale_request request) {
  palisade_media picture = palisade_test_media("image/svg+xml", drawing, strlen(drawing));
  request.image = &picture;
  return palisade_image_upscale(call, &request);
}

int main(void) {
  /* A drawing grows as asked. */
  const char *drawing = "<svg width=\"30\" height=\"20\"><circle r=\"9\"/></svg>";
  palisade_call *call = palisade_test_call("vector");
  PALISADE_EXPECT(enlarge(call, drawing, (palisade_image_upscale_request){.factor = 2.5}) == PALISADE_DONE);
  const palisade_image *image = palisade_test_image(call, 0);
  PALISADE_EXPECT(image->width == 75 && image->height == 50);
  PALISADE_EXPECT(strstr(image->data, "width=\"75\" height=\"50\" viewBox=\"0 0 30 20\"><svg width=\"30\""));
  PALISADE_EXPECT(enlarge(call, drawing, (palisade_image_upscale_request){.width = 90, .height = 60}) == PALISADE_DONE);
  PALISADE_EXPECT(palisade_test_image(call, 1)->width == 90);
  PALISADE_EXPECT(enlarge(call, drawing, (palisade_image_upscale_request){.factor = 1e30f}) == PALISADE_DONE);
  PALISADE_EXPECT(palisade_test_image(call, 2)->width == UINT32_MAX);
  palisade_test_end(call);

  /* What has no size is refused. */
  const char *const refused[] = {"", "<svg></svg>", "<svg width=\"30\"><a height=\"20\"/></svg>", "<svg width=\"30\" height=\"9%\"></svg>"};
  for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
    call = palisade_test_call("vector");
    PALISADE_EXPECT(enlarge(call, refused[i], (palisade_image_upscale_request){.factor = 2}) == PALISADE_FAILED);
    palisade_test_end(call);
  }
}
