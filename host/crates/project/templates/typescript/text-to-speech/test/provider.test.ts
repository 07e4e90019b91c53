import assert from "node:assert/strict";
import test from "node:test";

import provider, { RATE } from "../src/provider.ts";

test("every word is a beep", () => {
  const request = { text: "a red fox", voice: null, speed: null, language: null, instructions: null, outputFormat: null, seed: null };
  const { mediaType, audio } = provider.definition.textToSpeech(request);
  const length = [...audio].reduce((sum, piece) => sum + piece.length, 0);
  assert.equal(mediaType, "audio/wav");
  assert.equal(length, 44 + 3 * 2 * 2 * (RATE / 5));
});
