import assert from "node:assert/strict";
import test from "node:test";

import { CallOptions } from "@palisade/guest";
import provider, { RATE } from "../src/provider.js";

test("every word is a beep", () => {
  const { mediaType, audio } = provider.definition.textToSpeech({ text: "a red fox" }, new CallOptions());
  const length = [...audio].reduce((sum, piece) => sum + piece.length, 0);
  assert.equal(mediaType, "audio/wav");
  assert.equal(length, 44 + 3 * 2 * 2 * (RATE / 5));
});
