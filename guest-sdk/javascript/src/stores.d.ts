import { Failure, type FailureDetails, type Media } from "./index.js";

/**
 * The stores that the operator has lent to this provider, each by its name. What one did not do is a `StoreError`.
 *
 * ```js
 * const memory = stores.vectors("memory");
 * const near = memory.query([0.9, 0.1], { topK: 3, filter: [{ field: "kind", is: { equal: "animal" } }] });
 * memory.upsert([{ id: "fox", vector: [0.9, 0.1], payload: { kind: "animal" } }]);
 * ```
 */
export const stores: {
  /** Those that are lent, by name, in ascending order. */
  lent(): LentStore[];
  vectors(name: string): VectorStore;
  values(name: string): KeyValueStore;
  objects(name: string): ObjectStore;
  queue(name: string): Queue;
  database(name: string): Database;
};

/** A store that is lent. */
export interface LentStore {
  name: string;
  /** `vector-store`, `key-value-store`, `object-store`, `queue` or `sql`; others may come. */
  kind: string;
  /** Whether nothing can be changed in it. */
  readOnly: boolean;
}

/**
 * A store did not do what it was asked. What is denied, invalid or too large is not done at all. Where it is not caught, the call fails:
 * as one that is too large, as one that may work later, or as the provider's own mistake.
 */
export class StoreError extends Failure {
  constructor(which: StoreError["case"], message: string, details?: FailureDetails);
  /**
   * `denied`: no such store is lent, or none to be written to. `invalid`: no store can do this. `too-large`: there is no room for it, or
   * it is more than is told at a time. `unavailable`: later it may work. `io`: the host could not read or write it.
   */
  readonly case: "denied" | "invalid" | "too-large" | "unavailable" | "io";
}

/**
 * Conditions, all of which hold. What can be said of a field: `equal`, `not-equal`, `one-of` (a list), `contains`, `less`, `at-most`,
 * `greater`, `at-least`, `exists` (true or false).
 */
export type Filter = { field: string; is: Record<string, unknown> }[];

/** A vector with what belongs to it. */
export interface Point {
  id: string;
  vector: Iterable<number>;
  /** What else is known of it: anything that is JSON. */
  payload?: Record<string, any>;
}

/** A point that was found. */
export interface Found {
  id: string;
  /** How near it is, higher is nearer; comparable within one store. */
  score: number;
  payload: Record<string, any>;
  /** Its vector, where it was asked for. */
  vector: number[] | null;
}

/** Vectors, found by what is near to them. */
export interface VectorStore {
  /** Writes points, in the place of those of the same ids, all of them in one go. Gives how many. */
  upsert(points: Iterable<Point>): number;
  /** The `topK` points that are nearest, 10 by default, nearest first. `exact` looks at every point, rather than those that an index leads to. */
  query(vector: Iterable<number>, options?: { topK?: number; filter?: Filter; exact?: boolean; withVectors?: boolean }): Found[];
  get(id: string): (Point & { vector: number[]; payload: Record<string, any> }) | null;
  /** For each id its own, null where there is none. */
  getMany(ids: Iterable<string>): ReturnType<VectorStore["get"]>[];
  /** Forgets points. Gives how many there were. */
  delete(...ids: string[]): number;
  /** Forgets the points of which this holds; all where it is empty. Gives how many there were. */
  deleteMatching(filter: Filter): number;
  /** How many there are of which this holds; all of them without a filter. */
  count(filter?: Filter | null): number;
}

/** How a value is kept. */
export interface KeepOptions {
  /** Milliseconds until it is forgotten, at least 1; unless said, it is kept. */
  ttlMs?: number | null;
  /** It is written only where there is none, or where the one that is there is of this version. */
  onlyIf?: "absent" | { version: number } | null;
}

/** A value that is kept. */
export interface Kept {
  value: Uint8Array;
  /** Another one with each change, never 0. */
  version: number;
  /** Milliseconds until it is forgotten; null when it is kept. */
  expiresInMs: number | null;
}

/** Values under keys. A key has 1 to 1024 bytes, and a value at most 16 MiB. */
export interface KeyValueStore {
  get(key: string): Kept | null;
  /** For each key its own, null where there is none. */
  getMany(keys: Iterable<string>): (Kept | null)[];
  /** Gives the version that was written, null where the condition did not hold. */
  set(key: string, value: Uint8Array | string, options?: KeepOptions): number | null;
  /** Writes values, all of them in one go. */
  setMany(entries: Iterable<{ key: string; value: Uint8Array | string } & KeepOptions>): (number | null)[];
  /** Forgets values. Gives how many there were. */
  delete(...keys: string[]): number;
  /** Those that begin with `prefix`, in ascending order, at most `limit`, 1000 by default; after `after`, the last of the page before. */
  keys(prefix?: string, options?: { after?: string | null; limit?: number }): string[];
  /**
   * Adds to a number, which is 0 where there is none, by 1 unless said, and gives the sum. It is kept as a decimal text. Where it is new,
   * it is forgotten after `ttlMs`. Exact up to 2^53.
   */
  increment(key: string, by?: number, options?: { ttlMs?: number }): number;
}

/** What is known of an object. */
export interface Description {
  key: string;
  bytes: number;
  mediaType: string;
  /** Another one with each content. */
  etag: string;
  /** When it was written, in milliseconds since 1970. */
  modifiedMs: number;
}

/** Files under keys. A key has 1 to 1024 bytes, and parts that are separated by `/`, of which none is empty, `.` or `..`. */
export interface ObjectStore {
  /** Writes an object, in the place of the one before. Gives what was written, null where the condition did not hold. */
  put(key: string, content: Media, options?: { onlyIf?: "absent" | { etag: string } | null }): Description | null;
  /** An object, or `length` bytes of it from `offset`. What is beyond its end is not there. The bytes count against the memory limit. */
  get(key: string, options?: { offset?: number; length?: number | null }): { content: Media; description: Description } | null;
  describe(key: string): Description | null;
  /** Of each key, null where there is none. */
  describeMany(keys: Iterable<string>): (Description | null)[];
  /** Forgets objects. Gives how many there were. */
  delete(...keys: string[]): number;
  /** Those whose keys begin with `prefix`, in ascending order, at most `limit`, 1000 by default; after `after`, the last key of the page before. */
  objects(prefix?: string, options?: { after?: string | null; limit?: number }): Description[];
}

/** How a message is added. */
export interface SendOptions {
  /** Milliseconds until it can be taken. */
  delayMs?: number;
  /** Where a message that waits, or that somebody has, was sent with the same, none is added. */
  deduplicationKey?: string | null;
}

/** Messages that wait until somebody has done what they ask for. */
export interface Queue {
  /** Adds a message, of at most 16 MiB. Gives its id, that of the one that is there where it is there already. */
  send(body: Uint8Array | string, options?: SendOptions): string;
  /** Adds messages, all of them in one go. */
  sendMany(messages: Iterable<{ body: Uint8Array | string } & SendOptions>): string[];
  /**
   * Takes the messages that have waited longest, at most `limit`, 1 by default. Nobody else gets them for `leaseMs`, 30 000 by default.
   * `attempts` is how many times each was taken.
   */
  receive(limit?: number, options?: { leaseMs?: number }): { id: string; body: Uint8Array; receipt: string; attempts: number }[];
  /** Says that messages are done with: they are forgotten. Gives for each receipt whether it still was this one's, as those below do. */
  acknowledge(...receipts: string[]): boolean[];
  /** Gives messages back, for others to take after `delayMs`. */
  release(receipts: string | string[], options?: { delayMs?: number }): boolean[];
  /** Takes messages for `leaseMs` from now. */
  extend(receipts: string | string[], leaseMs: number): boolean[];
  /** How many can be taken now, can be taken later, are with somebody, and were given out too often. */
  count(): { ready: number; delayed: number; leased: number; dead: number };
}

/** A value of a row. A whole number is exact up to 2^53. */
export type SqlValue = null | number | string | Uint8Array;

/** The value of a parameter. A number that is whole is given as such, any other as a real one. */
export type SqlParameter = SqlValue | bigint | boolean;

/** Tables, asked and changed in SQL, with `?1`, `?2` and so on where parameters go. */
export interface Database {
  /** Asks for at most `limit` rows, 1000 by default. Nothing is changed: a statement that would change something is refused. */
  query(sql: string, parameters?: SqlParameter[], options?: { limit?: number }): { columns: string[]; rows: SqlValue[][]; hasMore: boolean };
  /** Gives how many rows the statement has changed. */
  execute(sql: string, parameters?: SqlParameter[]): number;
  /** Changes, all or nothing: where a statement fails, those before it did not happen. Gives for each how many rows it has changed. */
  executeMany(statements: Iterable<{ sql: string; parameters?: SqlParameter[] }>): number[];
}
