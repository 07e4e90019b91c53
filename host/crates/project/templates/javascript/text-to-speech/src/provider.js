// Beeps once for every word.

import { defineProvider, encodeText } from "@palisade/guest";

export const RATE = 8000;

export default defineProvider({
  name: "my-provider",
  summary: "Beeps once for every word.",
  models: [{ id: "beeper", prices: [], outputTypes: ["audio/wav"] }],

  textToSpeech: ({ text }) => ({ mediaType: "audio/wav", audio: beeps(text.split(/\s+/).filter(Boolean).length) }),
});

// So many beeps of a fifth of a second, each followed by silence, as a WAV file in pieces.
function* beeps(count) {
  const length = RATE / 5;
  const beep = new Int16Array(2 * length);
  for (let at = 0; at < length; at++) beep[at] = 12000 * Math.sin((2 * Math.PI * 660 * at) / RATE);
  const bytes = count * beep.byteLength;
  const header = new DataView(new ArrayBuffer(44));
  const tag = (at, text) => encodeText(text).forEach((byte, index) => header.setUint8(at + index, byte));
  tag(0, "RIFF");
  header.setUint32(4, 36 + bytes, true);
  tag(8, "WAVEfmt ");
  [[16, 16], [24, RATE], [28, 2 * RATE], [40, bytes]].forEach(([at, value]) => header.setUint32(at, value, true));
  [[20, 1], [22, 1], [32, 2], [34, 16]].forEach(([at, value]) => header.setUint16(at, value, true));
  tag(36, "data");
  yield new Uint8Array(header.buffer);
  for (let beeped = 0; beeped < count; beeped++) yield new Uint8Array(beep.buffer);
}
