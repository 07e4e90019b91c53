import assert from "node:assert/strict";
import test from "node:test";

import { CallOptions, decodeText, Media } from "@palisade/guest";
import provider, { SVG } from "../src/provider.js";

const larger = (drawing, scale) =>
  provider.definition.imageUpscale({ image: Media.text(SVG, drawing), scale }, new CallOptions()).image;

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
