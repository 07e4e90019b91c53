#include <palisade_test.h>

static palisade_result draw(palisade_call *call, palisade_dimensions size) {
  palisade_text_to_image_request request = {.prompt = "<fox>", .n = 2, .size = size};
  return palisade_text_to_image(call, &request);
}

int main(void) {
  /* The prompt is drawn, and nothing of it is markup. */
  palisade_call *call = palisade_test_call("letters");
  PALISADE_EXPECT(draw(call, (palisade_dimensions){.kind = PALISADE_AUTO}) == PALISADE_DONE);
  PALISADE_EXPECT(palisade_test_image(call, 1) && !palisade_test_image(call, 2));
  PALISADE_EXPECT(strstr(palisade_test_image(call, 0)->data, "&lt;fox&gt;"));
  palisade_test_end(call);

  /* Who is strict gets the size that was asked for, or none. */
  call = palisade_test_call("letters");
  call->strict = true;
  PALISADE_EXPECT(draw(call, (palisade_dimensions){PALISADE_ASPECT, 16, 9}) == PALISADE_FAILED);
  palisade_test_end(call);
}
