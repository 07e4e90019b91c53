// The stores that are lent, from the imports of a component: for each kind who answers for one of it.

import { attempt } from "./attempt.js";
import { liftMedia, lowerMedia, optional, variant } from "./convert.js";
import { encodeText } from "./media.js";
import { StoreError } from "./stores.js";

const refused = ({ tag, val }) => new StoreError(tag, val);

const asked = (work) => attempt(work, refused);

const lowerBytes = (value) => (typeof value === "string" ? encodeText(value) : value);
const liftBytes = (value) => Uint8Array.from(value);
const lowerFilter = (filter) => (filter == null ? null : JSON.stringify(filter));
const orNone = (lift) => (raw) => (raw == null ? null : lift(raw));

const lowerCondition = (onlyIf, name) => {
  if (onlyIf == null) return null;
  return onlyIf === "absent" ? variant("absent") : variant(name, onlyIf[name]);
};

function vectors({ vectorStores }, store) {
  const getMany = (ids) =>
    asked(() => vectorStores.get(store, [...ids])).map(
      orNone(({ id, vector, payload }) => ({ id, vector: [...vector], payload: JSON.parse(payload ?? "{}") })),
    );
  return {
    upsert(points) {
      const raw = Array.from(points, ({ id, vector, payload }) => ({
        id, vector: [...vector], payload: payload == null ? null : JSON.stringify(payload),
      }));
      return asked(() => vectorStores.upsert(store, raw));
    },
    query(vector, { topK, filter, exact, withVectors }) {
      const search = { vector: [...vector], topK, filter: lowerFilter(filter), exact, withVectors };
      return asked(() => vectorStores.query(store, search)).map(({ id, score, payload, vector: found }) => ({
        id, score, payload: JSON.parse(payload), vector: found == null ? null : [...found],
      }));
    },
    get: (id) => getMany([id])[0],
    getMany,
    delete: (...ids) => asked(() => vectorStores.delete(store, ids)),
    deleteMatching: (filter) => asked(() => vectorStores.deleteMatching(store, JSON.stringify(filter))),
    count: (filter) => asked(() => vectorStores.count(store, lowerFilter(filter))),
  };
}

function values({ keyValueStores }, store) {
  const getMany = (keys) =>
    asked(() => keyValueStores.get(store, [...keys])).map(
      orNone(({ value, version, expiresInMs }) => ({ value: liftBytes(value), version, expiresInMs: optional(expiresInMs) })),
    );
  const setMany = (entries) => {
    const raw = Array.from(entries, ({ key, value, ttlMs, onlyIf }) => ({
      key, value: lowerBytes(value), ttlMs: optional(ttlMs), onlyIf: lowerCondition(onlyIf, "version"),
    }));
    return asked(() => keyValueStores.set(store, raw)).map(optional);
  };
  return {
    get: (key) => getMany([key])[0],
    getMany,
    set: (key, value, options) => setMany([{ key, value, ...options }])[0],
    setMany,
    delete: (...keys) => asked(() => keyValueStores.delete(store, keys)),
    keys: (prefix, { after, limit }) => asked(() => keyValueStores.keys(store, prefix, after, limit)),
    increment: (key, by, { ttlMs }) => asked(() => keyValueStores.increment(store, key, by, ttlMs)),
  };
}

function objects({ objectStores }, store) {
  const describeMany = (keys) => asked(() => objectStores.describe(store, [...keys])).map(optional);
  return {
    put(key, content, { onlyIf }) {
      const raw = lowerMedia(content);
      return optional(asked(() => objectStores.put(store, key, raw, lowerCondition(onlyIf, "etag"))));
    },
    get(key, { offset, length }) {
      const isWhole = !offset && length == null;
      const range = isWhole ? null : { offset, length: length ?? Number.MAX_SAFE_INTEGER - offset };
      const object = asked(() => objectStores.get(store, key, range));
      return object == null ? null : { content: liftMedia(object.content), description: object.description };
    },
    describe: (key) => describeMany([key])[0],
    describeMany,
    delete: (...keys) => asked(() => objectStores.delete(store, keys)),
    objects: (prefix, { after, limit }) => asked(() => objectStores.objects(store, prefix, after, limit)),
  };
}

function queue({ queues }, store) {
  const sendMany = (messages) => {
    const raw = Array.from(messages, ({ body, delayMs, deduplicationKey }) => ({
      body: lowerBytes(body), delayMs: delayMs ?? 0, deduplicationKey: optional(deduplicationKey),
    }));
    return asked(() => queues.send(store, raw));
  };
  return {
    send: (body, options) => sendMany([{ body, ...options }])[0],
    sendMany,
    receive: (limit, { leaseMs }) =>
      asked(() => queues.receive(store, limit, leaseMs)).map((message) => ({ ...message, body: liftBytes(message.body) })),
    acknowledge: (...receipts) => asked(() => queues.acknowledge(store, receipts)),
    release: (receipts, { delayMs }) => asked(() => queues.release(store, receipts, delayMs)),
    extend: (receipts, leaseMs) => asked(() => queues.extend(store, receipts, leaseMs)),
    count: () => asked(() => queues.count(store)),
  };
}

function database({ databases }, store) {
  const lowerStatement = ({ sql, parameters }) => ({ sql, parameters: Array.from(parameters ?? [], lowerValue) });
  const executeMany = (statements) => {
    const raw = Array.from(statements, lowerStatement);
    return asked(() => databases.execute(store, raw));
  };
  return {
    query(sql, parameters, { limit }) {
      const statement = lowerStatement({ sql, parameters });
      const { columns, rows, hasMore } = asked(() => databases.query(store, statement, limit));
      return { columns, rows: rows.map((row) => row.map(liftValue)), hasMore };
    },
    execute: (sql, parameters) => executeMany([{ sql, parameters }])[0],
    executeMany,
  };
}

function lowerValue(value) {
  if (value == null) return variant("null");
  if (typeof value === "string") return variant("text", value);
  if (typeof value === "boolean") return variant("integer", Number(value));
  if (typeof value === "number") return variant(Number.isSafeInteger(value) ? "integer" : "real", value);
  if (value instanceof Uint8Array) return variant("blob", value);
  // What the engine hands over of a whole number is exact up to 2^53.
  if (typeof value === "bigint" && Number.isSafeInteger(Number(value))) return variant("integer", Number(value));
  throw new StoreError("invalid", typeof value === "bigint" ? `${value} is beyond 2^53` : `a ${typeof value} is no value of SQL`);
}

function liftValue({ tag, val }) {
  if (tag === "null") return null;
  return tag === "blob" ? liftBytes(val) : val;
}

const KINDS = { "vector-store": vectors, "key-value-store": values, "object-store": objects, queue, sql: database };

export const storeOf = (imports, kind, name) => KINDS[kind](imports, name);
