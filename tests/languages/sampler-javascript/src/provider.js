// Serves every capability that the SDK knows, as plainly as can be: what the tests of the SDK call.

import { config, defineProvider, Failure, keyValue, Media, progress } from "@palisade/guest";

const params = { seed: { int: [0, 2 ** 53] }, mood: { choice: ["calm", "wild"] }, weight: { float: [0, 1] } };
const task = (id, inputSchema, outputSchema) => ({ id, summary: `${id}, for tests.`, inputSchema, outputSchema });

export default defineProvider({
  name: "sampler",
  version: "1.2.3",
  summary: "A bit of everything, for tests.",
  models: [{ id: "sampler", prices: [], params, outputTypes: ["image/svg+xml", "audio/wav"] }],

  chat(request) {
    if (request.prompt === "refuse") throw Failure.invalidInput("messages[0]", "it asks to be refused");
    return request.prompt === "break" ? breaking() : spelling(request);
  },

  embedding({ items, dimensions }) {
    return { vectors: items.map((item) => vector(item, dimensions ?? 4)) };
  },

  rerank({ query, documents, topN }) {
    const wanted = new Set(query.split(" "));
    const ranking = documents.map((text, index) => ({ index, score: text.split(" ").filter((word) => wanted.has(word)).length }));
    return { ranking: ranking.sort((left, right) => right.score - left.score).slice(0, topN ?? ranking.length) };
  },

  moderation({ items }) {
    const category = (flagged) => ({ name: "profanity", flagged, score: Number(flagged) });
    return { verdicts: items.map((item) => ({ categories: [category(item.includes("bad"))] })) };
  },

  textToImage({ n, size, seed }, options) {
    const warnings = options.warnings();
    if (size?.unit === "aspect") warnings.adjusted("size", "64x32");
    const { width, height } = size?.unit === "pixels" ? size : { width: 64, height: 32 };
    const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"/>`;
    const image = { content: Media.text("image/svg+xml", svg), width, height, seed };
    return { images: Array(n).fill(image), warnings };
  },

  textToSpeech({ text }) {
    const samples = new Uint8Array(200 * text.length).fill(7);
    return { mediaType: "audio/wav", audio: [wav(samples.length), samples] };
  },

  custom: {
    tasks: [
      task("double", { type: "number" }, { type: "number" }),
      task("fail", { type: "string" }, { type: "null" }),
      task("service", { type: "string" }, {}),
      task("echo", {}, {}),
    ],
    run({ task: id, input, media }) {
      if (id === "double") return { output: 2 * input };
      if (id === "echo") return { output: media.length, media };
      if (id === "fail") return { output: input.missing.more };
      return { output: service(input) };
    },
  },
});

function* spelling({ prompt, tools }) {
  yield { type: "reasoning", text: "letter by letter" };
  yield* prompt;
  if (tools.length) {
    yield { type: "tool-call", index: 0, id: "1", name: tools[0].name, arguments: '{"a":' };
    yield { type: "tool-call", index: 0, arguments: "1}" };
    yield { type: "finish", reason: "tool-calls", usage: { items: { "output-token": 7 } }, warnings: ["careful"] };
  }
}

function* breaking() {
  yield "so far";
  throw Failure.rateLimited("slow down", { retryAfterMs: 1500, limitScope: "model" });
}

function vector(item, size) {
  const bytes = item instanceof Media ? item.data : new TextEncoder().encode(item);
  const numbers = Array.from({ length: size }, (_, index) => 1 + (bytes[index % bytes.length] ?? 0));
  const length = Math.hypot(...numbers);
  return numbers.map((number) => number / length);
}

function wav(length) {
  const view = new DataView(new ArrayBuffer(44));
  new TextEncoder().encode("RIFF____WAVEfmt ").forEach((byte, at) => view.setUint8(at, byte));
  new TextEncoder().encode("data").forEach((byte, at) => view.setUint8(36 + at, byte));
  [[4, 36 + length], [16, 16], [24, 8000], [28, 16000], [40, length]].forEach(([at, value]) => view.setUint32(at, value, true));
  [[20, 1], [22, 1], [32, 2], [34, 16]].forEach(([at, value]) => view.setUint16(at, value, true));
  return new Uint8Array(view.buffer);
}

function service(name) {
  if (name === "print") {
    console.log("printed");
    console.warn("logged", { as: "JSON" });
    progress.report({ permille: 500, message: "half" });
  }
  if (name === "time") return [Date.now() / 1000, "", Math.random()];
  if (name === "config") return config.get("footer", "none");
  if (name === "key-value") keyValue.set("key", "value");
  return null;
}
