import assert from "node:assert/strict";
import test from "node:test";

import { CallOptions, decodeText, type ImageRequest } from "@palisade/guest";
import provider from "../src/provider.ts";

const plain = {
  prompt: "", negativePrompt: null, n: 1, size: null, resolution: null, quality: null, seed: null, outputFormat: null, references: [], mask: null,
};

const generate = (request: Partial<ImageRequest>, options = {}) =>
  provider.definition.textToImage({ ...plain, ...request }, new CallOptions(options));

test("the prompt is drawn and nothing of it is markup", () => {
  const { images } = generate({ prompt: "<fox>", n: 2 });
  assert.equal(images.length, 2);
  assert.match(decodeText(images[0].content.data), /&lt;fox>/);
});

test("who is strict gets the size that was asked for or none", () => {
  const size: ImageRequest["size"] = { unit: "aspect", width: 16, height: 9 };
  assert.throws(() => generate({ prompt: "fox", size }, { strict: true }), { kind: "limit-exceeded" });
});
