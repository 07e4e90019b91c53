// What comes with every request.

import { Failure } from "./failure.js";

export class CallOptions {
  constructor(options = {}) {
    const plain = { model: "", idempotencyKey: "key", deadlineMs: 60_000, providerOptions: {}, strict: false };
    Object.assign(this, plain, options);
  }

  // A list for warnings that fails at the first one when the caller is strict.
  warnings() {
    const list = [];
    const { strict } = this;
    Object.defineProperty(list, "ignored", {
      value(parameter) {
        if (strict) throw Failure.unsupported(parameter);
        list.push({ ignored: parameter });
      },
    });
    Object.defineProperty(list, "adjusted", {
      value(parameter, used) {
        if (strict) throw Failure.limitExceeded(parameter, `the nearest that is possible is ${used}`);
        list.push({ adjusted: parameter, used: String(used) });
      },
    });
    return list;
  }
}
