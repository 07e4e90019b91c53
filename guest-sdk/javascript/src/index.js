// Write a Palisade provider in JavaScript. The types, with what each means, are in index.d.ts.

export { chatEvents, chatRequest } from "./chat.js";
export { Failure } from "./failure.js";
export { decodeText, encodeText, Media } from "./media.js";
export { CallOptions } from "./options.js";
export { defineProvider } from "./provider.js";
export { config, credentials, http, keyValue, log, progress, Response, setInTest } from "./services.js";
export { StoreError, stores } from "./stores.js";
