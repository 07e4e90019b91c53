// Reaches upstreams by the `fetch` of its engine, which is `wasi:http` underneath. Nothing here is of the SDK. The prompt says what for:
// `POST https://example.com/ body`.

import * as config from "palisade:provider/config@0.1.1";

export const catalog = {
  describe: () => ({
    id: "fetcher", version: "0.1.0", summary: "", credentialNames: ["key"], hosts: ["127.0.0.1"], configSchema: undefined,
    billsOnFailure: "never", idempotent: false, cancellation: "none", resumes: [],
  }),
  models: () => [
    [{ id: "fetcher", capabilities: ["chat"], inputTypes: [], outputTypes: [], params: [], quotas: [], regions: [], tags: [], status: "live" }],
    undefined,
  ],
};
export const health = { check() {} };

class ChatStream {
  constructor(text) {
    const usage = { items: [{ unit: "request", quantity: 1 }] };
    this.events = [{ tag: "text", val: text }, { tag: "finish", val: { reason: { tag: "stop" }, usage, warnings: [] } }];
  }
  next() {
    return this.events.shift();
  }
  cancel() {}
}

async function told(prompt) {
  const [method, url, body] = prompt.split(" ");
  const credential = config.get("credential");
  const headers = credential ? { "palisade-credential": credential } : {};
  try {
    const answer = await fetch(url, { method, body, headers });
    return `${answer.status}\n${await answer.text()}`;
  } catch (error) {
    return `${error}`;
  }
}

export const chat = {
  ChatStream,
  async reply({ messages }) {
    return new ChatStream(await told(messages.at(-1).parts[0].val));
  },
};
