// What the host offers to every provider.

import { host, TestHost, useHost } from "./host.js";
import { Failure } from "./failure.js";
import { decodeText, encodeText } from "./media.js";
import { storesByKind } from "./stores.js";

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

// What a status means with most upstreams.
const STATUS_KINDS = {
  400: "invalid-input", 401: "auth", 402: "insufficient-credit", 403: "auth", 404: "model-not-found", 408: "timeout", 413: "limit-exceeded",
  422: "invalid-input", 429: "rate-limited", 503: "overloaded", 504: "timeout", 529: "overloaded",
};

// More seconds than that nobody waits.
const DAY = 86400;

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
    const said = this.text().slice(0, 500).trim();
    const reason = `the upstream answered with status ${this.status}: ${said && !said.includes("<") ? said : "it does not say why"}`;
    const seconds = Number(this.headers["retry-after"] ?? NaN);
    throw new Failure(STATUS_KINDS[this.status] ?? "upstream", reason, {
      status: this.status, field: "request", reason, retryAfterMs: seconds >= 0 ? Math.min(seconds, DAY) * 1000 : null, limitScope: "key",
      // Whoever answers has the request.
      submitted: "yes",
    });
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
export function setInTest({ settings = {}, credentials: names = [], values = {}, answers = [], stores = {} } = {}) {
  const test = new TestHost();
  const known = { values: new Map(Object.entries(values)), stores: storesByKind(stores) };
  Object.assign(test, { settings, credentials: names, answers, ...known });
  useHost(test);
  return test.requests;
}
