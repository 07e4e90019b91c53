import assert from "node:assert/strict";
import test from "node:test";

import provider from "../src/provider.ts";

const count = (text: string) => provider.definition.custom.run({ task: "count", input: { text }, media: [] }).output;

test("words are counted", () => {
  assert.deepEqual(count("a red fox"), { words: 3, longest: "red" });
});

test("nothing has no words", () => {
  assert.deepEqual(count(" "), { words: 0, longest: "" });
});
