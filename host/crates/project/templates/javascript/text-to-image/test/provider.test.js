import assert from "node:assert/strict";
import test from "node:test";

import { CallOptions, decodeText } from "@palisade/guest";
import provider from "../src/provider.js";

const generate = (request, options) => provider.definition.textToImage({ n: 1, size: null, ...request }, new CallOptions(options));

test("the prompt is drawn and nothing of it is markup", () => {
  const { images } = generate({ prompt: "<fox>", n: 2 });
  assert.equal(images.length, 2);
  assert.match(decodeText(images[0].content.data), /&lt;fox>/);
});

test("who is strict gets the size that was asked for or none", () => {
  const size = { unit: "aspect", width: 16, height: 9 };
  assert.throws(() => generate({ prompt: "fox", size }, { strict: true }), { kind: "limit-exceeded" });
});
