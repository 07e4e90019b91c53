// The services of the host, from the imports of a component.

import { attempt } from "./attempt.js";
import { storeOf } from "./component-stores.js";
import { Failure } from "./failure.js";
import { Media } from "./media.js";
import { Response } from "./services.js";

// What the host gives and takes of a blob, or of an answer, at one time.
const CHUNK = 1 << 20;

export class ComponentHost {
  #imports;

  constructor(imports) {
    this.#imports = imports;
  }

  log(level, message) {
    this.#imports.log.log(level, message);
  }
  setting(key) {
    return this.#imports.config.get(key) ?? null;
  }
  settingKeys() {
    return this.#imports.config.keys();
  }
  report(permille, message) {
    this.#imports.progress.report({ permille, message });
  }
  hasCredential(name) {
    return attempt(() => this.#imports.credentials.has(name), (error) => new Failure("auth", error.val));
  }
  getValue(key) {
    const value = attempt(() => this.#imports.keyValue.get(key), stored);
    return value == null ? null : Uint8Array.from(value);
  }
  setValue(key, value) {
    attempt(() => this.#imports.keyValue.set(key, value), stored);
  }
  deleteValue(key) {
    attempt(() => this.#imports.keyValue.delete(key), stored);
  }
  valueKeys(prefix, after) {
    return attempt(() => this.#imports.keyValue.keys(prefix, after), stored);
  }
  lentStores() {
    return this.#imports.stores.lent();
  }
  store(kind, name) {
    return storeOf(this.#imports, kind, name);
  }
  send({ method, url, headers, body, credential, firstByteMs }) {
    const lines = Object.entries(headers).map(([name, value]) => ({ name, value }));
    const sent = body.length ? { tag: "bytes", val: body } : { tag: "empty" };
    const request = { method, url, headers: lines, body: sent, credential, firstByteMs };
    const answer = attempt(() => this.#imports.http.send(request), reached);
    const named = Object.fromEntries(answer.headers().map(({ name, value }) => [name, value]));
    return new Response(answer.status(), named, pieces(answer));
  }
  fetch(url, maxBytes) {
    const blob = attempt(() => this.#imports.blobs.importUrl(url, maxBytes), kept);
    return new Media(blob.info().mediaType, () => this.readBlob(blob));
  }
  readBlob(blob) {
    const chunks = [];
    let length = 0;
    for (;;) {
      const chunk = attempt(() => blob.read(length, CHUNK), kept);
      if (!chunk.length) break;
      chunks.push(chunk);
      length += chunk.length;
    }
    const whole = new Uint8Array(length);
    let offset = 0;
    for (const chunk of chunks) {
      whole.set(chunk, offset);
      offset += chunk.length;
    }
    return whole;
  }
  writeBlob(mediaType, data) {
    const { BlobWriter } = this.#imports.blobs;
    const writer = new BlobWriter(mediaType);
    for (let start = 0; start < data.length; start += CHUNK) {
      attempt(() => writer.write(data.subarray(start, start + CHUNK)), kept);
    }
    return attempt(() => BlobWriter.finish(writer), kept);
  }
}

function* pieces(answer) {
  for (;;) {
    const chunk = attempt(() => answer.read(CHUNK), reached);
    if (!chunk.length) return;
    yield Uint8Array.from(chunk);
  }
}

const stored = ({ tag, val }) => new Failure("internal", `the value was not kept: ${tag}: ${val}`);

const kept = ({ tag, val }) => new Failure(tag === "denied" ? "auth" : "internal", `the bytes cannot be had: ${tag}: ${val ?? ""}`);

function reached({ tag, val }) {
  const submitted = "unknown";
  if (tag === "denied") return new Failure("auth", val);
  if (tag === "connect") return new Failure("overloaded", `no connection: ${val}`);
  if (tag === "rate-limited") {
    return Failure.rateLimited("the operator allows no more requests now", { retryAfterMs: val, limitScope: "operator" });
  }
  if (tag === "timeout") return new Failure("timeout", "the upstream took too long", { submitted });
  if (tag === "protocol") return new Failure("bad-output", `the answer broke off: ${val}`, { submitted });
  if (tag === "response-too-large") return new Failure("bad-output", `the answer has more than ${val} bytes`, { submitted });
  return new Failure("internal", `the request cannot be sent: ${tag}: ${val}`);
}
