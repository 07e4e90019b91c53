import assert from "node:assert/strict";
import test from "node:test";

import { CallOptions } from "@palisade/guest";
import provider, { LETTERS } from "../src/provider.js";

test("every text has a vector of length one", () => {
  const request = { items: ["a red fox", ""], dimensions: null, task: null };
  const { vectors } = provider.definition.embedding(request, new CallOptions());
  assert.equal(vectors.length, 2);
  for (const vector of vectors) {
    assert.equal(vector.length, LETTERS.length);
    assert.ok(Math.abs(Math.hypot(...vector) - 1) < 1e-9);
  }
});
