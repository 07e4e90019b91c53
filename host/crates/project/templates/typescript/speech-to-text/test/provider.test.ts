import assert from "node:assert/strict";
import test from "node:test";

import { encodeText, Media } from "@palisade/guest";
import provider from "../src/provider.ts";

function heard(file: Uint8Array) {
  const audio = new Media("audio/wav", file);
  return provider.definition.speechToText({ audio, language: null, prompt: null, timestamps: null, speakers: false });
}

function sound(samples: number[]) {
  const file = new DataView(new ArrayBuffer(44 + 2 * samples.length));
  const tag = (at: number, text: string) => encodeText(text).forEach((byte, index) => file.setUint8(at + index, byte));
  tag(0, "RIFF____WAVEfmt ");
  [[16, 16], [24, 8000], [28, 16000]].forEach(([at, value]) => file.setUint32(at, value, true));
  [[20, 1], [22, 1], [32, 2], [34, 16]].forEach(([at, value]) => file.setUint16(at, value, true));
  tag(36, "data____");
  samples.forEach((sample, index) => file.setInt16(44 + 2 * index, sample, true));
  return new Uint8Array(file.buffer);
}

test("every beep is a word", () => {
  const tone = Array.from({ length: 400 }, (_, at) => (at % 2 ? 9000 : -9000));
  const silence = Array(400).fill(0);
  const { text, seconds } = heard(sound([...tone, ...silence, ...tone]));
  assert.deepEqual([text, seconds], ["beep beep", 0.15]);
  assert.equal(heard(sound(silence)).text, "");
});

test("what is no sound is refused", () => {
  assert.throws(() => heard(encodeText("RIFF")), { kind: "invalid-input", field: "audio" });
});
