import assert from "node:assert/strict";
import test from "node:test";

import { CallOptions, decodeText, Media } from "@palisade/guest";
import provider, { SVG } from "../src/provider.js";

function edited(prompt, drawing) {
  const request = { prompt, images: [Media.text(SVG, drawing)] };
  const { images } = provider.definition.imageEdit(request, new CallOptions());
  return decodeText(images[0].content.data);
}

test("the wash is over all of it", () => {
  assert.match(edited("tomato", "<svg><circle r='9'/></svg>\n"), /^<svg><circle r='9'\/><rect .*tomato.*\/><\/svg>\n$/);
});

test("what is no colour or no drawing is refused", () => {
  assert.throws(() => edited('"/>', "<svg></svg>"), { kind: "invalid-input", field: "prompt" });
  assert.throws(() => edited("tomato", "GIF89a"), { kind: "invalid-input", field: "images[0]" });
});
