import assert from "node:assert/strict";
import test from "node:test";

import { CallOptions, Media } from "@palisade/guest";
import provider from "../src/provider.js";

function read(file) {
  const image = new Media("image/png", Uint8Array.from(file, (letter) => letter.charCodeAt(0)));
  return provider.definition.imageToText({ image }, new CallOptions()).text;
}

test("the size is that of the header", () => {
  assert.equal(read("\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\x02\x80\0\0\0\xa0"), "640 x 160 pixels");
});

test("what is no picture or too large is refused", () => {
  assert.throws(() => read("GIF89a"), { kind: "invalid-input", field: "image" });
  assert.throws(() => read("\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR" + "\x01".repeat(8)), { kind: "limit-exceeded", field: "image" });
});
