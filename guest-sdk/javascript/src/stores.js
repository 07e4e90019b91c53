// The stores that the operator has lent to this provider, each by its name: vectors, values, files, messages, tables.

import { Failure } from "./failure.js";
import { host } from "./host.js";

// What a refusal is to the caller of the provider, who is not to blame for any other.
const KINDS = { "too-large": "limit-exceeded", unavailable: "overloaded" };

// A store did not do what it was asked. Where it is not caught, it is the failure of the call.
export class StoreError extends Failure {
  constructor(which, message, details = {}) {
    const kind = KINDS[which] ?? "internal";
    super(kind, message, kind === "limit-exceeded" ? { ...details, field: "store", reason: message } : details);
    this.name = "StoreError";
    this.case = which;
  }
}

class Lent {
  constructor(name) {
    this.name = name;
  }

  // Who answers for it now: it may have been named when the component was built.
  get asked() {
    const { kind } = this.constructor;
    const store = host().store(kind, this.name);
    if (store) return store;
    throw new StoreError("denied", `stores exist in the sandbox only: no ${kind} was set for \`${this.name}\`, call setInTest first`);
  }
}

class VectorStore extends Lent {
  static kind = "vector-store";

  upsert(points) {
    return this.asked.upsert(points);
  }
  query(vector, { topK = null, filter = null, exact = false, withVectors = false } = {}) {
    return this.asked.query(vector, { topK, filter, exact, withVectors });
  }
  get(id) {
    return this.asked.get(id);
  }
  getMany(ids) {
    return this.asked.getMany(ids);
  }
  delete(...ids) {
    return this.asked.delete(...ids);
  }
  deleteMatching(filter) {
    return this.asked.deleteMatching(filter);
  }
  count(filter = null) {
    return this.asked.count(filter);
  }
}

class KeyValueStore extends Lent {
  static kind = "key-value-store";

  get(key) {
    return this.asked.get(key);
  }
  getMany(keys) {
    return this.asked.getMany(keys);
  }
  set(key, value, { ttlMs = null, onlyIf = null } = {}) {
    return this.asked.set(key, value, { ttlMs, onlyIf });
  }
  setMany(entries) {
    return this.asked.setMany(entries);
  }
  delete(...keys) {
    return this.asked.delete(...keys);
  }
  keys(prefix = "", { after = null, limit = null } = {}) {
    return this.asked.keys(prefix, { after, limit });
  }
  increment(key, by = 1, { ttlMs = null } = {}) {
    return this.asked.increment(key, by, { ttlMs });
  }
}

class ObjectStore extends Lent {
  static kind = "object-store";

  put(key, content, { onlyIf = null } = {}) {
    return this.asked.put(key, content, { onlyIf });
  }
  get(key, { offset = 0, length = null } = {}) {
    return this.asked.get(key, { offset, length });
  }
  describe(key) {
    return this.asked.describe(key);
  }
  describeMany(keys) {
    return this.asked.describeMany(keys);
  }
  delete(...keys) {
    return this.asked.delete(...keys);
  }
  objects(prefix = "", { after = null, limit = null } = {}) {
    return this.asked.objects(prefix, { after, limit });
  }
}

class Queue extends Lent {
  static kind = "queue";

  send(body, { delayMs = 0, deduplicationKey = null } = {}) {
    return this.asked.send(body, { delayMs, deduplicationKey });
  }
  sendMany(messages) {
    return this.asked.sendMany(messages);
  }
  receive(limit = 1, { leaseMs = null } = {}) {
    return this.asked.receive(limit, { leaseMs });
  }
  acknowledge(...receipts) {
    return this.asked.acknowledge(...receipts);
  }
  release(receipts, { delayMs = 0 } = {}) {
    return this.asked.release([receipts].flat(), { delayMs });
  }
  extend(receipts, leaseMs) {
    return this.asked.extend([receipts].flat(), leaseMs);
  }
  count() {
    return this.asked.count();
  }
}

class Database extends Lent {
  static kind = "sql";

  query(sql, parameters = [], { limit = null } = {}) {
    return this.asked.query(sql, parameters, { limit });
  }
  execute(sql, parameters = []) {
    return this.asked.execute(sql, parameters);
  }
  executeMany(statements) {
    return this.asked.executeMany(statements);
  }
}

export const stores = {
  lent: () => host().lentStores(),
  vectors: (name) => new VectorStore(name),
  values: (name) => new KeyValueStore(name),
  objects: (name) => new ObjectStore(name),
  queue: (name) => new Queue(name),
  database: (name) => new Database(name),
};

const OF = { vectors: VectorStore, values: KeyValueStore, objects: ObjectStore, queues: Queue, databases: Database };

// The stores of a test as its host has them: by kind and then by name.
export const storesByKind = (named) =>
  Object.fromEntries(Object.entries(named).map(([kind, stores]) => [OF[kind]?.kind ?? kind, stores]));
