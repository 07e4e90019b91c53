/* Greets whoever speaks to it. */
#include <palisade.h>

const palisade_description palisade_provider = {
    .name = "hello-c",
    .summary = "Greets whoever speaks to it.",
    .models = PALISADE_LIST(palisade_model, {.id = "greeter", .prices = PALISADE_FREE}),
};

palisade_result palisade_chat(palisade_call *call, const palisade_chat_request *request) {
  palisade_say(call, "Hello, ");
  return palisade_say(call, "%s!", palisade_prompt(request));
}
