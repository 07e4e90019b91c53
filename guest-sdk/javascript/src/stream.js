// Answers that come in pieces, as the host pulls them.

import { call, lowerFailure } from "./convert.js";
import { Failure } from "./failure.js";

export class Stream {
  #events;
  #lower;
  #first;
  #cancelled = false;

  // Makes the first piece at once, so that what refuses the request refuses the call.
  constructor(events, lower) {
    this.#events = events;
    this.#lower = lower;
    this.#first = this.#pull();
  }

  next() {
    const first = this.#first;
    this.#first = null;
    return first ?? this.#pull();
  }

  cancel() {
    this.#cancelled ||= this.#events !== null;
    this.#letGo();
  }

  #pull() {
    if (this.#cancelled) throw lowerFailure(new Failure("cancelled", "the call was cancelled"));
    if (this.#events === null) return null;
    try {
      const { done, value } = call(() => this.#events.next());
      if (!done) return this.#lower(value);
    } catch (failure) {
      this.#events = null;
      throw failure;
    }
    this.#events = null;
    return null;
  }

  #letGo() {
    const events = this.#events;
    this.#events = null;
    this.#first = null;
    events?.return?.();
  }
}
