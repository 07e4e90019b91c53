import assert from "node:assert/strict";
import test from "node:test";

import { CallOptions } from "@palisade/guest";
import provider from "../src/provider.js";

test("the document with the most words of the query is first", () => {
  const request = { query: "red fox", documents: ["a grey wolf", "a red fox", "a red hen"], topN: 2 };
  const { ranking } = provider.definition.rerank(request, new CallOptions());
  assert.deepEqual(ranking.map(({ index }) => index), [1, 2]);
});
