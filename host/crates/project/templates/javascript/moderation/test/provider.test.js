import assert from "node:assert/strict";
import test from "node:test";

import { CallOptions } from "@palisade/guest";
import provider from "../src/provider.js";

test("a word of the list is flagged", () => {
  const request = { items: ["a red fox", "what the heck"] };
  const { verdicts } = provider.definition.moderation(request, new CallOptions());
  assert.deepEqual(verdicts.map(({ categories }) => categories[0].flagged), [false, true]);
});
