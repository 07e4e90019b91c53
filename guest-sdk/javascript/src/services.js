// What the host offers to every provider.

import { host, TestHost, useHost } from "./host.js";
import { Failure } from "./failure.js";
import { decodeText, encodeText } from "./media.js";

const at = (level) => (message) => host().log(level, String(message));

export const log = { trace: at("trace"), debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };

export const config = {
  get: (key, fallback = null) => host().setting(key) ?? fallback,
  keys: () => host().settingKeys(),
};

export const credentials = { has: (name) => host().hasCredential(name) };

export const progress = { report: ({ permille = null, message = null }) => host().report(permille, message) };

export const keyValue = {
  get: (key) => host().getValue(key),
  set: (key, value) => host().setValue(key, typeof value === "string" ? encodeText(value) : value),
  delete: (key) => host().deleteValue(key),
  keys: (prefix = "", after = null) => host().valueKeys(prefix, after),
};

const STATUS_KINDS = { 401: "auth", 403: "auth", 429: "rate-limited", 503: "overloaded" };

export class Response {
  #pieces;

  constructor(status, headers = {}, pieces = []) {
    this.status = status;
    this.headers = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
    const all = typeof pieces === "string" ? [encodeText(pieces)] : pieces instanceof Uint8Array ? [pieces] : pieces;
    this.#pieces = all[Symbol.iterator]();
  }

  get ok() {
    return this.status >= 200 && this.status < 300;
  }

  pieces() {
    return { [Symbol.iterator]: () => this.#pieces };
  }

  *lines() {
    let rest = [];
    for (const piece of this.pieces()) {
      let start = 0;
      for (let end = piece.indexOf(10); end >= 0; end = piece.indexOf(10, start)) {
        yield decodeText([...rest, ...piece.subarray(start, end)]).replace(/\r$/, "");
        rest = [];
        start = end + 1;
      }
      rest.push(...piece.subarray(start));
    }
    if (rest.length) yield decodeText(rest);
  }

  bytes() {
    const pieces = [...this.pieces()];
    const whole = new Uint8Array(pieces.reduce((length, piece) => length + piece.length, 0));
    let offset = 0;
    for (const piece of pieces) {
      whole.set(piece, offset);
      offset += piece.length;
    }
    return whole;
  }

  text() {
    return decodeText(this.bytes());
  }

  json() {
    try {
      return JSON.parse(this.text());
    } catch (error) {
      throw new Failure("bad-output", `the answer is no JSON: ${error.message}`, { submitted: "yes" });
    }
  }

  throwUnlessOk() {
    if (this.ok) return this;
    const text = `the upstream answered ${this.status}: ${this.text().slice(0, 500)}`;
    const kind = STATUS_KINDS[this.status] ?? "upstream";
    const seconds = Number(this.headers["retry-after"]);
    const details = { status: this.status, submitted: this.status >= 500 && this.status !== 503 ? "unknown" : "no" };
    if (kind === "rate-limited") Object.assign(details, { retryAfterMs: seconds >= 0 ? seconds * 1000 : null, limitScope: "key" });
    throw new Failure(kind, text, details);
  }
}

export const http = {
  send({ method = "GET", url, headers = {}, body = new Uint8Array(), json, credential = null, firstByteMs = null }) {
    if (json !== undefined) {
      body = JSON.stringify(json);
      headers = { "content-type": "application/json", ...headers };
    }
    if (typeof body === "string") body = encodeText(body);
    return host().send({ method: method.toLowerCase(), url, headers, body, credential, firstByteMs });
  },
  fetch: (url, maxBytes) => host().fetch(url, maxBytes),
};

// For tests, outside of a component: what there is of the host. Gives the list that requests will be in.
export function setInTest({ settings = {}, credentials: names = [], values = {}, answers = [] } = {}) {
  const test = new TestHost();
  Object.assign(test, { settings, credentials: names, answers, values: new Map(Object.entries(values)) });
  useHost(test);
  return test.requests;
}
