import assert from "node:assert/strict";
import test from "node:test";

import { chatRequest } from "@palisade/guest";
import provider from "../src/provider.ts";

test("whoever speaks is greeted", () => {
  const reply = provider.definition.chat(chatRequest("World"));
  assert.deepEqual([...reply], ["Hello, ", "World!"]);
});
