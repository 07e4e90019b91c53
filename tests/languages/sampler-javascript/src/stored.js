// What the stores that are lent give and take, a function for each kind.

import { decodeText, Media, StoreError, stores } from "@palisade/guest";

const hex = (bytes) => [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");

function values() {
  const sessions = stores.values("sessions");
  const first = sessions.set("user/7", "red", { onlyIf: "absent" });
  const second = sessions.set("user/7", Uint8Array.of(0, 98, 108, 117, 101), { ttlMs: 60_000, onlyIf: { version: first } });
  const kept = sessions.get("user/7");
  sessions.setMany([{ key: "a", value: "1" }, { key: "b", value: "2", onlyIf: "absent" }]);
  const refused = ["absent", { version: first }].map((onlyIf) => sessions.set("user/7", "", { onlyIf }));
  return {
    kept: [hex(kept.value), kept.version === second && second !== first, 0 < kept.expiresInMs && kept.expiresInMs <= 60_000],
    refused,
    many: sessions.getMany(["a", "none", "b"]).map((each) => each && decodeText(each.value)),
    none: sessions.get("none"),
    sums: [sessions.increment("visits"), sessions.increment("visits", -3, { ttlMs: 60_000 })],
    keys: [sessions.keys(), sessions.keys("u"), sessions.keys("", { after: "a", limit: 1 })],
    deleted: sessions.delete("a", "b", "none"),
  };
}

function vectors() {
  const memory = stores.vectors("memory");
  const written = memory.upsert([
    { id: "fox", vector: [1, 0], payload: { kind: "animal", legs: 4 } },
    { id: "oak", vector: Float32Array.of(0, 1) },
  ]);
  const animals = [{ field: "kind", is: { equal: "animal" } }];
  const nearest = memory.query([0.9, 0.1], { topK: 1 });
  const found = memory.query([0, 1], { filter: animals, exact: true, withVectors: true });
  const oak = memory.get("oak");
  return {
    written,
    nearest: nearest.map(({ id, score, vector }) => [id, score > 0.9, vector]),
    found: found.map(({ id, payload, vector }) => [id, payload, vector]),
    read: [oak.id, oak.vector, oak.payload],
    many: memory.getMany(["none", "fox"]).map((each) => each && each.payload),
    counts: [memory.count(), memory.count(animals)],
    deleted: [memory.delete("oak", "none"), memory.deleteMatching(animals), memory.count()],
  };
}

function objects() {
  const pictures = stores.objects("pictures");
  const put = pictures.put("a/fox.txt", Media.text("text/plain", "red fox"));
  const large = Uint8Array.from({ length: 3 << 20 }, (_, index) => index & 255);
  pictures.put("large", new Media("application/octet-stream", large));
  const [whole, rest] = [pictures.get("a/fox.txt"), pictures.get("a/fox.txt", { offset: 4 })];
  const part = pictures.get("large", { offset: 255, length: 3 });
  const { etag } = pictures.put("a/fox.txt", whole.content, { onlyIf: { etag: put.etag } });
  const again = pictures.get("large").content.data;
  return {
    put: [put.key, put.bytes, put.mediaType, put.modifiedMs > 0],
    refused: pictures.put("large", whole.content, { onlyIf: "absent" }),
    none: [pictures.get("none"), pictures.describe("none")],
    written: etag === put.etag && etag === whole.description.etag,
    read: [[whole, rest].map(({ content }) => decodeText(content.data)), whole.content.mediaType, [...part.content.data]],
    large: [again.length === large.length && again.every((byte, index) => byte === large[index]), pictures.describe("large").bytes],
    many: pictures.describeMany(["none", "a/fox.txt"]).map((each) => each && each.mediaType),
    listed: [pictures.objects().map(({ key }) => key), pictures.objects("a/", { limit: 1 }).map(({ key }) => key)],
    deleted: pictures.delete("large", "none"),
  };
}

function queue() {
  const work = stores.queue("work");
  const first = work.send("draw", { deduplicationKey: "once" });
  const again = work.send("draw", { deduplicationKey: "once" });
  work.sendMany([{ body: "write" }, { body: Uint8Array.of(0), delayMs: 60_000 }]);
  const [one, other] = work.receive(2, { leaseMs: 60_000 });
  const { ready, delayed, leased, dead } = work.count();
  return {
    sent: [first === again && again === one.id, decodeText(one.body), decodeText(other.body), one.attempts],
    counts: [ready, delayed, leased, dead],
    extended: work.extend(one.receipt, 60_000),
    settled: [work.acknowledge(one.receipt, "other"), work.release([other.receipt])],
    again: work.receive().map(({ body, attempts }) => [decodeText(body), attempts]),
    none: work.receive(),
  };
}

function database() {
  const notes = stores.database("notes");
  notes.execute("create table n (id integer primary key, text text, x real, b blob)");
  const insert = "insert into n (text, x, b) values (?1, ?2, ?3)";
  const changed = notes.execute(insert, ["röd", 0.5, Uint8Array.of(0, 1)]);
  const many = notes.executeMany([{ sql: insert, parameters: ["oak", null, null] }, { sql: "update n set x = 2" }]);
  const found = notes.query("select id, text, x, b from n where id = ?1", [1]);
  const [[id, text, x, b]] = found.rows;
  const large = [2 ** 53 - 1, 1 - 2 ** 53];
  const page = notes.query("select * from n", [], { limit: 1 });
  return {
    changed: [changed, many],
    refused: [
      why(() => notes.executeMany([{ sql: "delete from n" }, { sql: "insert into none values (1)" }])),
      why(() => notes.query("delete from n")),
      why(() => notes.query("select ?1", [2n ** 53n])),
    ],
    found: [found.columns, [id, text, x, hex(b)], found.hasMore],
    large: notes.query("select ?1, ?2", large.map(BigInt)).rows[0].every((number, index) => number === large[index]),
    values: notes.query("select ?1, ?2, ?3, ?4", [true, null, 7, "7"]).rows,
    page: page.hasMore ? [page.rows.length] : [],
  };
}

// Why it was not done.
function why(ask) {
  try {
    return ask();
  } catch (error) {
    if (error instanceof StoreError) return error.case;
    throw error;
  }
}

// What is not lent, which a provider may go without.
function refused() {
  try {
    return stores.values("nobody").get("key");
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    return [error.case, error.message];
  }
}

// More than there is room for, which is not caught.
const fill = () => ["k", "l"].map((key) => stores.values("sessions").set(key, new Uint8Array(60_000)));

const lent = () => stores.lent().map(({ name, kind, readOnly }) => [name, kind, readOnly]);

const uncaught = () => stores.values("nobody").get("key");

export const stored = { values, vectors, objects, queue, database, lent, refused, fill, uncaught };
