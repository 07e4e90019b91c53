/* Finds profanity by a list of words. */
#include <palisade.h>
#include <string.h>

#define BETWEEN " \t\r\n.,;:!?"

static const char *const WORDS[] = {"damn", "heck"};

const palisade_description palisade_provider = {
    .name = "my-provider",
    .summary = "Finds profanity by a list of words.",
    .models = PALISADE_LIST(palisade_model, {.id = "words", .prices = PALISADE_FREE}),
};

/* Whether a text holds a word of the list. */
static bool is_profane(const char *text) {
  for (size_t length; *(text += strspn(text, BETWEEN)); text += length) {
    length = strcspn(text, BETWEEN);
    for (size_t i = 0; i < sizeof WORDS / sizeof *WORDS; i++)
      if (strlen(WORDS[i]) == length && !memcmp(text, WORDS[i], length)) return true;
  }
  return false;
}

palisade_result palisade_moderation(palisade_call *call, const palisade_moderation_request *request) {
  for (size_t i = 0; i < request->item_count; i++) {
    if (!request->items[i].text) return palisade_unsupported(call, "media");
    bool found = is_profane(request->items[i].text);
    palisade_add_category(call, i, "profanity", found, found);
  }
  return PALISADE_DONE;
}
