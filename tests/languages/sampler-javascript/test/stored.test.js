// What the sampler does with stores, outside of a component.

import assert from "node:assert/strict";
import { test } from "node:test";

import { encodeText, setInTest, StoreError, stores } from "@palisade/guest";

import { stored } from "../src/stored.js";

test("nothing is lent unless a test says so", () => {
  setInTest();
  assert.deepEqual(stored.lent(), []);
  assert.equal(stored.refused()[0], "denied");
  const every = [
    () => stores.vectors("a").query([1]),
    () => stores.values("a").increment("n"),
    () => stores.objects("a").get("k"),
    () => stores.queue("a").count(),
    () => stores.database("a").query("select 1"),
  ];
  for (const ask of every) assert.throws(ask, { name: "StoreError", case: "denied", message: /in the sandbox only.*`a`, call setInTest/ });
});

test("who was set answers for a store of its kind and name", () => {
  const asked = [];
  const memory = { query: (...wanted) => asked.push(wanted) && [{ id: "fox", score: 0.9, payload: {}, vector: null }] };
  const sessions = { get: (key) => (key === "k" ? { value: encodeText("1"), version: 1, expiresInMs: null } : null) };
  setInTest({ stores: { vectors: { memory }, values: { sessions } } });
  assert.deepEqual(stored.lent(), [["memory", "vector-store", false], ["sessions", "key-value-store", false]]);
  assert.equal(stores.values("sessions").get("k").version, 1);
  assert.equal(stores.values("sessions").get("none"), null);
  assert.equal(stores.vectors("memory").query([1], { topK: 3 })[0].id, "fox");
  assert.deepEqual(asked, [[[1], { topK: 3, filter: null, exact: false, withVectors: false }]]);
  assert.throws(() => stores.queue("sessions").count(), StoreError);
});

test("a fake may refuse", () => {
  const execute = () => {
    throw new StoreError("unavailable", "busy");
  };
  setInTest({ stores: { databases: { notes: { execute } } } });
  assert.throws(stored.database, { name: "StoreError", case: "unavailable", kind: "overloaded" });
});

test("a caller learns whether to come again", () => {
  const kinds = { denied: "internal", invalid: "internal", "too-large": "limit-exceeded", unavailable: "overloaded", io: "internal" };
  for (const [which, kind] of Object.entries(kinds)) assert.equal(new StoreError(which, "why").kind, kind);
});
