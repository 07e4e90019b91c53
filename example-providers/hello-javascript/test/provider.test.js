import assert from "node:assert/strict";
import test from "node:test";

import { CallOptions, chatRequest } from "@palisade/guest";
import provider from "../src/provider.js";

test("whoever speaks is greeted", () => {
  const reply = provider.definition.chat(chatRequest("World"), new CallOptions());
  assert.deepEqual([...reply], ["Hello, ", "World!"]);
});
