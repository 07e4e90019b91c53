#include <palisade_test.h>

/* The document with the most words of the query has the highest score. */
int main(void) {
  palisade_call *call = palisade_test_call("overlap");
  const char *documents[] = {"a grey wolf", "a red fox", "a red hen"};
  palisade_rerank_request request = {.query = "red fox", .documents = documents, .document_count = 3};
  PALISADE_EXPECT(palisade_rerank(call, &request) == PALISADE_DONE);
  PALISADE_EXPECT(palisade_test_score(call, 0) == 0 && palisade_test_score(call, 1) == 2 && palisade_test_score(call, 2) == 1);
  palisade_test_end(call);
}
