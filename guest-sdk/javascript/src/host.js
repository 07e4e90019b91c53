// Who serves `log`, `config`, `credentials`, `http`, `keyValue`, `progress` and `stores`: the host, and in tests what a test has set.

import { Failure } from "./failure.js";

export class TestHost {
  settings = {};
  credentials = [];
  values = new Map();
  // By kind and then by name.
  stores = {};
  answers = [];
  requests = [];

  log(level, message) {
    if (typeof process !== "undefined") process.stderr.write(`${level}: ${message}\n`);
  }
  setting(key) {
    return this.settings[key] ?? null;
  }
  settingKeys() {
    return Object.keys(this.settings).sort();
  }
  report() {}
  hasCredential(name) {
    return this.credentials.includes(name);
  }
  getValue(key) {
    return this.values.get(key) ?? null;
  }
  setValue(key, value) {
    this.values.set(key, value);
  }
  deleteValue(key) {
    this.values.delete(key);
  }
  valueKeys(prefix, after) {
    return [...this.values.keys()].filter((key) => key.startsWith(prefix) && (after == null || key > after)).sort();
  }
  lentStores() {
    const lent = Object.entries(this.stores).flatMap(([kind, named]) => Object.keys(named).map((name) => ({ name, kind, readOnly: false })));
    return lent.sort((left, right) => (left.name < right.name ? -1 : 1));
  }
  store(kind, name) {
    return this.stores[kind]?.[name] ?? null;
  }
  send(request) {
    this.requests.push(request);
    const answer = this.answers.shift();
    if (!answer) throw new Failure("auth", `no answer was set for ${request.url}: call setInTest first`);
    return answer;
  }
  fetch(url) {
    throw new Failure("auth", `${url} cannot be fetched in a test`);
  }
}

let current = new TestHost();

export const host = () => current;
export const useHost = (other) => {
  current = other;
};
