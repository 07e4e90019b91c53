/* What the SDK makes of jobs: tokens, and what is told of a job; and of files. */
#include <palisade_test.h>
/* What the component calls of the SDK, beside what an author does. */
#include "src/call.h"

static palisade_call *submitted(bool warned) {
  palisade_call *call = palisade_test_call("slow");
  uint64_t seed = UINT64_C(1) << 63;
  palisade_text_to_image_request request = {.prompt = "two foxes", .n = 2, .size = {PALISADE_PIXELS, 30, 20}, .seed = &seed};
  if (warned) {
    palisade_heed(call, true, "quality");
    palisade_adjusted(call, "size", "%dx%d", 30, 20);
    palisade_note(call, "it is late");
  }
  PALISADE_EXPECT(palisade_text_to_image_job(call, &request) == PALISADE_DONE);
  return call;
}

/* A ticket, and warnings, come out of a token as they went in. */
static void tokens(void) {
  for (int warned = 0; warned < 2; warned++) {
    palisade_call *call = submitted(warned), *asked = palisade_test_call("");
    const char *ticket = palisade_test_kept(asked, call);
    PALISADE_EXPECT(!strcmp(ticket, palisade_test_ticket(call)));
    const palisade_warning *warnings = asked->outcome->warnings.items;
    PALISADE_EXPECT(asked->outcome->warnings.length == (warned ? 3 : 0));
    if (warned) {
      PALISADE_EXPECT(warnings[0].kind == WARNING_IGNORED && !strcmp(warnings[0].text, "quality"));
      PALISADE_EXPECT(warnings[1].kind == WARNING_ADJUSTED && !strcmp(warnings[1].used, "30x20"));
      PALISADE_EXPECT(warnings[2].kind == WARNING_NOTE && !strcmp(warnings[2].text, "it is late"));
    }
    palisade_test_end(call);
    PALISADE_EXPECT(palisade_poll(asked, ticket) == PALISADE_DONE);
    PALISADE_EXPECT(!strcmp(palisade_test_job(asked), "succeeded"));
    const palisade_image *image = palisade_test_image(asked, 1);
    PALISADE_EXPECT(image && !palisade_test_image(asked, 2));
    PALISADE_EXPECT(image->width == 30 && *image->seed == UINT64_C(1) << 63 && !strcmp(image->revised_prompt, "two foxes"));
    palisade_test_end(asked);
  }
}

/* Whatever else the host has is refused, and nothing beyond it is read. */
static void broken_tokens(void) {
  palisade_call *call = submitted(true);
  palisade_bytes token = palisade_token(call);
  const char *const broken[] = {"", "a", "a\0" "0", "a\0" "0\0b", "a\0" "0\0b\0", "a\0" "9\0b\0c\0", "a\0" "00\0b\0c\0"};
  const size_t sizes[] = {0, 1, 3, 5, 6, 8, 9};
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
    palisade_call *asked = palisade_test_call("");
    uint8_t *exact = malloc(sizes[i] + !sizes[i]);
    memcpy(exact, broken[i], sizes[i]);
    PALISADE_EXPECT(!palisade_read_token(asked, (palisade_bytes){exact, sizes[i]}));
    PALISADE_EXPECT(strstr(palisade_test_failure(asked), "the token cannot be read"));
    free(exact);
    palisade_test_end(asked);
  }
  /* Of a token that was cut something is left only where a warning ends. */
  size_t whole = 0;
  for (size_t size = 0; size <= token.size; size++) {
    palisade_call *asked = palisade_test_call("");
    uint8_t *exact = malloc(size + !size);
    memcpy(exact, token.data, size);
    whole += palisade_read_token(asked, (palisade_bytes){exact, size}) != NULL;
    free(exact);
    palisade_test_end(asked);
  }
  PALISADE_EXPECT(whole == 4);
  palisade_test_end(call);
}

/* What is told of a job is copied. */
static void states(void) {
  palisade_call *call = palisade_test_call("");
  PALISADE_EXPECT(!palisade_test_job(call));
  {
    uint32_t before = 3;
    char file[] = "fox";
    palisade_media preview = palisade_test_media("image/png", file, sizeof file);
    PALISADE_EXPECT(palisade_job_queued(call, (palisade_job_progress){.queue_position = &before, .preview = &preview}) == PALISADE_DONE);
    before = 4;
    file[0] = 'b';
  }
  const palisade_job_progress *progress = palisade_test_progress(call);
  PALISADE_EXPECT(!strcmp(palisade_test_job(call), "queued") && *progress->queue_position == 3 && !progress->permille && !progress->eta_ms);
  PALISADE_EXPECT(!strcmp(progress->preview->inline_data, "fox"));
  PALISADE_EXPECT(palisade_job_cancelled(call) == PALISADE_DONE && !strcmp(palisade_test_job(call), "cancelled"));
  PALISADE_EXPECT(palisade_job_expired(call) == PALISADE_DONE && !strcmp(palisade_test_job(call), "expired"));
  PALISADE_EXPECT(palisade_job_failed(call, palisade_content_policy(call, NULL)) == PALISADE_DONE);
  PALISADE_EXPECT(!strcmp(palisade_test_job(call), "failed") && !strcmp(palisade_test_failure(call), "the content was refused"));
  palisade_test_end(call);

  /* Who does not say why a job failed is told so. */
  call = palisade_test_call("");
  palisade_job_failed(call, PALISADE_FAILED);
  PALISADE_EXPECT(strstr(palisade_test_failure(call), "palisade_job_failed"));
  palisade_test_end(call);
}

static void cancelling(void) {
  palisade_call *call = palisade_test_call("");
  PALISADE_EXPECT(!strcmp(palisade_test_cancelled(call), "cancelled"));
  PALISADE_EXPECT(palisade_too_late(call) == PALISADE_DONE && !strcmp(palisade_test_cancelled(call), "too-late"));
  PALISADE_EXPECT(palisade_cannot_cancel(call) == PALISADE_DONE && !strcmp(palisade_test_cancelled(call), "unsupported"));
  palisade_test_end(call);
}

/* What is read of a file can be taken for a text. */
static void files(void) {
  palisade_call *call = palisade_test_call("");
  palisade_media file = palisade_test_media("image/svg+xml", "<svg/> and more", 6);
  palisade_bytes bytes;
  PALISADE_EXPECT(palisade_read(call, &file, &bytes) == PALISADE_DONE && bytes.size == 6 && !strcmp((const char *)bytes.data, "<svg/>"));
  palisade_test_end(call);
}

int main(void) {
  tokens();
  broken_tokens();
  states();
  cancelling();
  files();
}
