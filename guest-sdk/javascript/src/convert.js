// What capabilities share, from the values of the interface to those of an author and back. Only within a component.

import { Failure } from "./failure.js";
import { host } from "./host.js";
import { Media } from "./media.js";
import { CallOptions } from "./options.js";

// What is larger goes to the host as a blob: what is inline counts against smaller limits.
const INLINE_MAX = 1 << 20;

export const variant = (tag, val) => (val === undefined ? { tag } : { tag, val });
const orNull = (value) => value ?? null;
export const optional = (value) => orNull(value);

// Warns of parameters that were given and that the model does not list; fails where the caller is strict.
export function heeded(own, options, given) {
  const listed = parameters(own, options.model);
  const warnings = options.warnings();
  for (const [name, isGiven] of Object.entries(given)) {
    if (isGiven && listed && !(name in listed)) warnings.ignored(name);
  }
  return warnings;
}

// The parameters that a model heeds; null where only the provider knows.
function parameters(own, id) {
  if (own.parameters) return own.parameters(id);
  const model = (own.models ?? []).find((model) => model === id || model.id === id);
  return model ? (model.params ?? {}) : null;
}

// The warnings of the SDK, but for what the provider has said something of, and then the provider's.
export function merged(unlisted, own = []) {
  const said = own.map((warning) => warning.ignored ?? warning.adjusted);
  return [...unlisted.filter(({ ignored }) => !said.includes(ignored)), ...own];
}

export function liftOptions({ model, idempotencyKey, deadlineMs, providerOptions, strict }) {
  const own = Object.fromEntries(providerOptions.map(({ key, json }) => [key, JSON.parse(json)]));
  return new CallOptions({ model, idempotencyKey, deadlineMs, strict, providerOptions: own });
}

export function liftMedia({ tag, val }) {
  if (tag === "inline") return new Media(val.mediaType, Uint8Array.from(val.data));
  return new Media(val.info().mediaType, () => host().readBlob(val));
}

export function lowerMedia(media) {
  const { mediaType, data } = media;
  if (data.length > INLINE_MAX) return variant("stored", host().writeBlob(mediaType, data));
  return variant("inline", { mediaType, data });
}

export const liftContent = ({ tag, val }) => (tag === "text" ? val : liftMedia(val));

export function liftDimensions({ tag, val }) {
  if (tag === "auto") return null;
  const [width, height] = val;
  return { unit: tag, width, height };
}

export const lowerImage = ({ content, width, height, seed, revisedPrompt }) => ({
  content: lowerMedia(content),
  width: orNull(width),
  height: orNull(height),
  seed: orNull(seed),
  revisedPrompt: orNull(revisedPrompt),
});

export function lowerUsage(usage) {
  const items = Object.entries(usage?.items ?? {}).map(([unit, quantity]) => ({ unit, quantity }));
  return { items, reportedPicoUsd: orNull(usage?.reportedPicoUsd) };
}

// What a request for pictures may have that a model may list, by the names of both.
export const IMAGE = {
  negativePrompt: "negative-prompt", resolution: "resolution", quality: "quality", seed: "seed", references: "references", mask: "mask",
};

export function liftImageRequest(raw) {
  const { size, references, mask } = raw;
  return { ...raw, size: liftDimensions(size), references: references.map(liftMedia), mask: mask ? liftMedia(mask) : null };
}

const has = (value) => value != null && value.length !== 0;

// Which of these fields a request has, by the names of parameters.
export const given = (request, fields) =>
  Object.fromEntries(Object.entries(fields).map(([field, name]) => [name, has(request[field])]));

// What usage and warnings a response has.
export const reports = (response, usage, warnings = []) => ({
  usage: lowerUsage(response.usage ?? { items: usage }),
  warnings: lowerWarnings(merged(warnings, response.warnings)),
});

export const lowerWarnings = (warnings = []) => warnings.map(lowerWarning);

function lowerWarning(warning) {
  if (typeof warning === "string") return variant("note", warning);
  if (warning.ignored) return variant("ignored-parameter", warning.ignored);
  return variant("adjusted-parameter", [warning.adjusted, warning.used]);
}

const KINDS = {
  "invalid-input": ({ field, reason }) => ({ field, reason }),
  "limit-exceeded": ({ field, reason }) => ({ field, reason }),
  unsupported: ({ features }) => features,
  "content-policy": ({ category }) => orNull(category),
  auth: () => undefined,
  "insufficient-credit": () => undefined,
  "model-not-found": () => undefined,
  "rate-limited": ({ retryAfterMs, limitScope }) => ({ retryAfterMs: orNull(retryAfterMs), limitScope: limitScope ?? "key" }),
  overloaded: ({ retryAfterMs }) => orNull(retryAfterMs),
  timeout: () => undefined,
  upstream: ({ status }) => status,
  "bad-output": ({ message }) => message,
  cancelled: () => undefined,
  internal: ({ message }) => message,
};

export function lowerFailure(failure) {
  const payload = KINDS[failure.kind] ?? KINDS.internal;
  const kind = variant(KINDS[failure.kind] ? failure.kind : "internal", payload(failure));
  const { message, submitted, upstreamId, usage } = failure;
  return { kind, message, submitted, upstreamId: orNull(upstreamId), usage: usage ? lowerUsage(usage) : null };
}

// Calls what an author wrote, and tells the host why it failed.
export function call(work) {
  try {
    return work();
  } catch (error) {
    if (error instanceof Failure) throw lowerFailure(error);
    if (!(error instanceof Error)) throw error;
    host().log("error", `${error.name}: ${error.message}\n${error.stack ?? ""}`.trim());
    throw lowerFailure(new Failure("internal", `${error.name}: ${error.message}`));
  }
}
