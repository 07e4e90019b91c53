/* Turns texts into vectors by the letters that they hold. */
#include <ctype.h>
#include <math.h>
#include <palisade.h>

#define LETTERS 26

const palisade_description palisade_provider = {
    .name = "my-provider",
    .summary = "Turns texts into vectors by the letters that they hold.",
    .models = PALISADE_LIST(palisade_model, {.id = "letters", .prices = PALISADE_FREE}),
};

/* How often each letter comes, as a vector of length 1. */
static palisade_result add_vector(palisade_call *call, const char *text) {
  float counts[LETTERS], sum = 0;
  for (int i = 0; i < LETTERS; i++) counts[i] = 1;
  for (; *text; text++) {
    int letter = tolower((unsigned char)*text) - 'a';
    if (letter >= 0 && letter < LETTERS) counts[letter]++;
  }
  for (int i = 0; i < LETTERS; i++) sum += counts[i] * counts[i];
  for (int i = 0; i < LETTERS; i++) counts[i] /= sqrtf(sum);
  return palisade_add_vector(call, counts, LETTERS);
}

palisade_result palisade_embedding(palisade_call *call, const palisade_embedding_request *request) {
  for (size_t i = 0; i < request->item_count; i++) {
    if (!request->items[i].text) return palisade_unsupported(call, "media");
    add_vector(call, request->items[i].text);
  }
  return PALISADE_DONE;
}
