/* Orders documents by how many words they share with the query. */
#include <palisade.h>
#include <string.h>

#define SPACE " \t\r\n"

const palisade_description palisade_provider = {
    .name = "my-provider",
    .summary = "Orders documents by how many words they share with the query.",
    .models = PALISADE_LIST(palisade_model, {.id = "overlap", .prices = PALISADE_FREE}),
};

/* The next word of a text, whose length is 0 at the end. */
static size_t next_word(const char **text) {
  *text += strspn(*text, SPACE);
  return strcspn(*text, SPACE);
}

static bool has_word(const char *text, const char *word, size_t length) {
  for (size_t found; (found = next_word(&text)); text += found)
    if (found == length && !memcmp(text, word, length)) return true;
  return false;
}

palisade_result palisade_rerank(palisade_call *call, const palisade_rerank_request *request) {
  for (size_t i = 0; i < request->document_count; i++) {
    double score = 0;
    const char *word = request->query;
    for (size_t length; (length = next_word(&word)); word += length) score += has_word(request->documents[i], word, length);
    palisade_add_score(call, i, score);
  }
  return PALISADE_DONE;
}
