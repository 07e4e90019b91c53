// Serves every capability that the SDK knows, as plainly as can be: what the tests of the SDK call.

import { config, credentials, decodeText, defineProvider, Failure, http, keyValue, Media, progress } from "@palisade/guest";

import { stored } from "./stored.js";

const params = { seed: { int: [0, 2 ** 53] }, mood: { choice: ["calm", "wild"] }, weight: { float: [0, 1] } };
const asJobs = ["image-to-video", "text-to-video"];
const atOnce = [
  "chat", "custom", "embedding", "image-edit", "image-to-text", "image-upscale", "moderation", "rerank", "speech-to-text", "text-to-image",
  "text-to-speech",
];
const film = Uint8Array.from("\0\0\0\x18ftypmp42\0\0\0\0mp42isom", (letter) => letter.charCodeAt(0));
const task = (id, inputSchema, outputSchema) => ({ id, summary: `${id}, for tests.`, inputSchema, outputSchema });

export default defineProvider({
  name: "sampler",
  version: "1.2.3",
  summary: "A bit of everything, for tests.",
  hosts: ["127.0.0.1"],
  credentialNames: ["key"],
  models: [
    {
      id: "sampler",
      prices: [],
      params,
      inputTypes: ["*/*"],
      outputTypes: ["image/svg+xml", "audio/wav", "video/mp4"],
      capabilities: atOnce,
    },
    { id: "slow", prices: [], params: { seconds: { float: [1, 9] } }, capabilities: asJobs },
  ],

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

  imageToText({ image }) {
    const size = `${image.data.length} bytes`;
    const finding = { text: size, kind: "size", confidence: 0.5, region: { x: 1, y: 2, width: 3, height: 4 } };
    return { text: `${image.mediaType}, ${size}`, findings: [finding] };
  },

  speechToText() {
    const segments = [{ text: "so", start: 0, end: 0.5, speaker: "a" }, { text: "far", start: 1, end: 2 }];
    return { text: "so far", segments, language: "en", seconds: 2, usage: { items: { "audio-second": 2 } }, warnings: ["faint"] };
  },

  imageEdit({ prompt, images, mask, n }) {
    const seed = images.length + (mask ? 1 : 0);
    return { images: images.slice(0, n).map((content) => ({ content, seed, revisedPrompt: prompt.toUpperCase() })) };
  },

  imageUpscale({ image, scale, seed }) {
    const { width, height } = scale.width ? scale : { width: 10 * scale, height: 20 * scale };
    return { image: { content: image, width, height, seed } };
  },

  textToVideo({ prompt, seconds }, { idempotencyKey: key }) {
    if (prompt === "refuse") throw Failure.invalidInput("prompt", "it asks to be refused");
    return { prompt, seconds, key };
  },

  imageToVideo: ({ prompt, firstFrame, seconds }) => ({ prompt: prompt ?? `${firstFrame.data.length} bytes`, seconds }),

  jobs: {
    poll({ prompt, seconds }) {
      if (prompt === "wait") {
        const preview = Media.text("image/svg+xml", '<svg xmlns="http://www.w3.org/2000/svg"/>');
        return { state: "running", permille: 500, etaMs: 1000, preview };
      }
      if (prompt === "queue") return { state: "queued", queuePosition: 3 };
      if (prompt === "fail") {
        const failure = Failure.rateLimited("slow down", { retryAfterMs: 1500, limitScope: "model" });
        return { state: "failed", failure };
      }
      if (prompt === "stop") return { state: "cancelled", usage: { items: { "video-second": 1 } } };
      if (prompt === "expire") return { state: "expired" };
      const output = { content: new Media("video/mp4", film), width: 64, height: 32, seconds, revisedPrompt: prompt };
      return { state: "succeeded", outputs: [output], usage: { items: { "video-second": seconds ?? 1 } }, warnings: ["grainy"] };
    },
    cancel: ({ prompt }) => (prompt === "wait" ? "cancelled" : "too-late"),
  },

  custom: {
    tasks: [
      task("double", { type: "number" }, { type: "number" }),
      task("fail", { type: "string" }, { type: "null" }),
      task("service", { type: "string" }, {}),
      task("echo", {}, {}),
      task("reach", { type: "object" }, {}),
      task("stores", { enum: Object.keys(stored) }, {}),
    ],
    run({ task: id, input, media }) {
      if (id === "double") return { output: 2 * input };
      if (id === "echo") return { output: media.length, media };
      if (id === "fail") return { output: input.missing.more };
      if (id === "reach") return { output: reach(input) };
      if (id === "stores") return { output: stored[input]() };
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

// What the host's small services give and take, by their names.
function reach({ has, keep, fetch, url, method, headers, json, credential, throws, lines }) {
  if (has) return credentials.has(has);
  if (keep) {
    const before = decodeText(keyValue.get("count") ?? [48]);
    keyValue.set("count", String(Number(before) + 1));
    keyValue.set("other", "x");
    keyValue.delete("other");
    return [before, keyValue.keys("c"), keyValue.keys("o")];
  }
  if (fetch) {
    const { mediaType, data } = http.fetch(fetch, 1 << 20);
    return [mediaType, data.length];
  }
  const answer = http.send({ method, url, headers, json, credential });
  if (throws) answer.throwUnlessOk();
  if (lines) return [...answer.lines()];
  return [answer.status, answer.headers["x-colour"] ?? null, answer.text()];
}
