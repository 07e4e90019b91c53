// Why a call fails: the decision that the host takes on it, and a sentence for people.

export class Failure extends Error {
  constructor(kind, message, details = {}) {
    super(message);
    this.name = "Failure";
    this.kind = kind;
    const { submitted = "no", upstreamId = null, usage = null, ...own } = details;
    Object.assign(this, { submitted, upstreamId, usage }, own);
  }

  static invalidInput(field, reason, details) {
    return new Failure("invalid-input", `${field}: ${reason}`, { ...details, field, reason });
  }

  static limitExceeded(field, reason, details) {
    return new Failure("limit-exceeded", `${field}: ${reason}`, { ...details, field, reason });
  }

  static unsupported(...features) {
    return new Failure("unsupported", `not supported: ${features.join(", ")}`, { features });
  }

  static rateLimited(message, { retryAfterMs = null, limitScope = "key", ...details } = {}) {
    return new Failure("rate-limited", message, { ...details, retryAfterMs, limitScope });
  }
}
