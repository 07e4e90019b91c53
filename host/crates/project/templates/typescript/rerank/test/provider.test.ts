import assert from "node:assert/strict";
import test from "node:test";

import provider from "../src/provider.ts";

test("the document with the most words of the query is first", () => {
  const request = { query: "red fox", documents: ["a grey wolf", "a red fox", "a red hen"], topN: 2 };
  const { ranking } = provider.definition.rerank(request);
  assert.deepEqual(ranking.map(({ index }) => index), [1, 2]);
});
