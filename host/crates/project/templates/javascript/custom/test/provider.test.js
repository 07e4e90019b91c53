import assert from "node:assert/strict";
import test from "node:test";

import { CallOptions } from "@palisade/guest";
import provider from "../src/provider.js";

const count = (text) => provider.definition.custom.run({ task: "count", input: { text }, media: [] }, new CallOptions()).output;

test("words are counted", () => {
  assert.deepEqual(count("a red fox"), { words: 3, longest: "red" });
});

test("nothing has no words", () => {
  assert.deepEqual(count(" "), { words: 0, longest: "" });
});
