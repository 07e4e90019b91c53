#include <palisade_test.h>

/* Whoever speaks is greeted. */
int main(void) {
  palisade_call *call = palisade_test_call("greeter");
  palisade_chat_request request = palisade_test_prompt(call, "World");
  PALISADE_EXPECT(!strcmp(palisade_test_reply(call, &request), "Hello, World!"));
  palisade_test_end(call);
}
