#include <palisade_test.h>

int main(void) {
  /* A film is submitted. */
  palisade_test_answer(200, "{\"id\": \"7\"}");
  palisade_call *call = palisade_test_call("film");
  palisade_video_request request = {.prompt = "a \"red\" fox", .n = 1};
  PALISADE_EXPECT(palisade_text_to_video(call, &request) == PALISADE_DONE);
  PALISADE_EXPECT(!strcmp(palisade_test_asked(0),
                          "POST https://films.example.com/v1/films {\"prompt\": \"a \\\"red\\\" fox\", \"seconds\": 5}"));

  /* It is asked after by its ticket, and fetched when it is done. */
  palisade_test_answer(200, "{\"state\": \"running\", \"permille\": 500}");
  palisade_call *asked = palisade_test_call("film");
  PALISADE_EXPECT(palisade_poll(asked, palisade_test_kept(asked, call)) == PALISADE_DONE);
  PALISADE_EXPECT(!strcmp(palisade_test_job(asked), "running") && *palisade_test_progress(asked)->permille == 500);
  palisade_test_end(asked);
  palisade_test_answer(200, "{\"state\": \"done\", \"seconds\": 5}");
  palisade_test_answer(200, "film");
  asked = palisade_test_call("film");
  PALISADE_EXPECT(palisade_poll(asked, palisade_test_kept(asked, call)) == PALISADE_DONE);
  PALISADE_EXPECT(!strcmp(palisade_test_job(asked), "succeeded") && palisade_test_video(asked, 0)->seconds == 5);
  PALISADE_EXPECT(palisade_test_video(asked, 0)->size == 4 && !memcmp(palisade_test_video(asked, 0)->data, "film", 4));
  PALISADE_EXPECT(!strcmp(palisade_test_asked(3), "GET https://films.example.com/v1/films/7/file "));
  palisade_test_end(asked);
  palisade_test_end(call);

  /* What fails is told. */
  palisade_test_answer(429, "slow down");
  call = palisade_test_call("film");
  PALISADE_EXPECT(palisade_text_to_video(call, &request) == PALISADE_FAILED);
  PALISADE_EXPECT(strstr(palisade_test_failure(call), "slow down"));
  palisade_test_end(call);
  palisade_test_answer(200, "{\"state\": \"failed\", \"reason\": \"no fox\"}");
  call = palisade_test_call("film");
  PALISADE_EXPECT(palisade_poll(call, "7") == PALISADE_DONE && !strcmp(palisade_test_job(call), "failed"));
  PALISADE_EXPECT(strstr(palisade_test_failure(call), "no fox"));
  palisade_test_end(call);
}
