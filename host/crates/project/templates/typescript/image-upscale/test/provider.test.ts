import assert from "node:assert/strict";
import test from "node:test";

import { decodeText, type ImageUpscaleRequest, Media } from "@palisade/guest";
import provider, { SVG } from "../src/provider.ts";

const plain = { prompt: null, seed: null, outputFormat: null };
const larger = (drawing: string, scale: ImageUpscaleRequest["scale"]) =>
  provider.definition.imageUpscale({ ...plain, image: Media.text(SVG, drawing), scale }).image;

test("a drawing grows as asked", () => {
  const drawing = '<svg width="30" height="20"><circle r="9"/></svg>';
  const { content, width, height } = larger(drawing, 2.5);
  assert.deepEqual([width, height], [75, 50]);
  assert.ok(decodeText(content.data).includes(`viewBox="0 0 30 20">${drawing}`));
  assert.equal(larger(drawing, { width: 90, height: 60 }).width, 90);
});

test("what has no size is refused", () => {
  assert.throws(() => larger("<svg></svg>", 2), { kind: "invalid-input", field: "image" });
});
