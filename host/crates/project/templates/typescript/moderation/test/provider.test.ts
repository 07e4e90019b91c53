import assert from "node:assert/strict";
import test from "node:test";

import provider from "../src/provider.ts";

test("a word of the list is flagged", () => {
  const request = { items: ["a red fox", "what the heck"] };
  const { verdicts } = provider.definition.moderation(request);
  assert.deepEqual(verdicts.map(({ categories }) => categories[0].flagged), [false, true]);
});
