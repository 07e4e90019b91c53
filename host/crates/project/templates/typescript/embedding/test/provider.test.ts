import assert from "node:assert/strict";
import test from "node:test";

import provider, { LETTERS } from "../src/provider.ts";

test("every text has a vector of length one", () => {
  const request = { items: ["a red fox", ""], dimensions: null, task: null };
  const { vectors } = provider.definition.embedding(request);
  assert.equal(vectors.length, 2);
  for (const vector of vectors as number[][]) {
    assert.equal(vector.length, LETTERS.length);
    assert.ok(Math.abs(Math.hypot(...vector) - 1) < 1e-9);
  }
});
