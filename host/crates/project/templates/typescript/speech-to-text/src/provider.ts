// Writes a word for every beep.

import { decodeText, defineProvider, Failure } from "@palisade/guest";

// What is louder than this is no silence.
const LOUD = 1000;

export default defineProvider({
  name: "my-provider",
  summary: "Writes a word for every beep.",
  models: [{ id: "beeps", prices: [], inputTypes: ["audio/wav"] }],

  speechToText({ audio }) {
    const { rate, samples } = read(audio.data);
    const text = Array(beeps(samples, rate / 50)).fill("beep").join(" ");
    return { text, seconds: samples.length / rate };
  },
});

// The rate and the samples of a WAV file with one channel of 16 bits.
function read(file: Uint8Array) {
  const header = new DataView(file.buffer, file.byteOffset, file.length);
  const tag = (at: number) => decodeText(file.subarray(at, at + 4));
  const known = file.length >= 44 && tag(0) === "RIFF" && tag(8) === "WAVE" && tag(36) === "data";
  if (!known || header.getUint16(20, true) !== 1 || header.getUint16(22, true) !== 1 || header.getUint16(34, true) !== 16) {
    throw Failure.invalidInput("audio", "must be a WAV file with one channel of 16-bit samples");
  }
  const samples = Array.from({ length: (file.length - 44) >> 1 }, (_, index) => header.getInt16(44 + 2 * index, true));
  return { rate: header.getUint32(24, true), samples };
}

// How often it is loud after so many samples of silence.
function beeps(samples: number[], pause: number) {
  let count = 0;
  let silent = pause;
  for (const sample of samples) {
    if (Math.abs(sample) > LOUD) {
      if (silent >= pause) count++;
      silent = 0;
    } else {
      silent++;
    }
  }
  return count;
}
