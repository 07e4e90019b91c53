// Between the functions that the host calls and what an author defined. Only within a component: `palisade build` writes the module
// that hands over the imports of the host and exports what this gives.

import { chatEvents, chatRequest } from "./chat.js";
import {
  call, given, heeded, IMAGE, liftContent, liftDimensions, liftImageRequest, liftMedia, liftOptions, lowerImage, lowerMedia, lowerUsage,
  lowerWarnings, merged, optional, reports, variant,
} from "./convert.js";
import { host, useHost } from "./host.js";
import { ComponentHost } from "./component-host.js";
import { JOBS } from "./component-jobs.js";
import { Failure } from "./failure.js";
import { CallOptions } from "./options.js";
import { seedRandom } from "./random.js";
import { Stream } from "./stream.js";

const PIECE = 1 << 20;

// The exports of a component for a provider, with these imports of the host.
export function component(provider, imports) {
  const own = provider.definition;
  const services = new ComponentHost(imports);
  // Every exported function begins here.
  const entered = (work) =>
    (...values) => {
      if (host() !== services) useHost(services);
      return work(...values);
    };
  const exported = { catalog: catalog(provider), health: { check: () => call(() => own.checkHealth?.()) } };
  for (const key of provider.capabilities) exported[key] = (ADAPTERS[key] ?? JOBS[key])(own);
  for (const face of Object.values(exported)) {
    for (const [name, value] of Object.entries(face)) {
      if (!RESOURCES.includes(name)) face[name] = entered(value);
    }
  }
  return exported;
}

const RESOURCES = ["ChatStream", "AudioStream"];

function catalog(provider) {
  const own = provider.definition;
  return {
    describe: () => ({
      id: own.name,
      version: own.version ?? "0.1.0",
      summary: own.summary ?? "",
      credentialNames: own.credentialNames ?? [],
      hosts: own.hosts ?? [],
      configSchema: own.configSchema ? JSON.stringify(own.configSchema) : null,
      billsOnFailure: own.billsOnFailure ?? "never",
      idempotent: own.idempotent ?? false,
      cancellation: own.cancellation ?? "none",
      resumes: own.resumes ?? [],
    }),
    models(cursor) {
      const listed = call(() => own.listModels?.(cursor) ?? { models: own.models ?? [] });
      return [listed.models.map((model) => lowerModel(model, servedBy(provider.interfaces))), optional(listed.next)];
    },
  };
}

// The capabilities that interfaces serve: `text-to-image-job` serves `text-to-image`, and `jobs` none.
const servedBy = (interfaces) => [...new Set(interfaces.filter((name) => name !== "jobs").map((name) => name.replace(/-job$/, "")))];

function lowerModel(model, served) {
  const { id, params = {}, prices, quotas = [], ...more } = typeof model === "string" ? { id: model } : model;
  return {
    id,
    modelRef: optional(more.modelRef),
    capabilities: more.capabilities ?? served,
    inputTypes: more.inputTypes ?? [],
    outputTypes: more.outputTypes ?? [],
    params: Object.entries(params).map(([name, spec]) => ({ name, spec: lowerSpec(spec) })),
    prices: prices ? prices.map(lowerPrice) : null,
    quotas,
    maxConcurrency: optional(more.maxConcurrency),
    contextTokens: optional(more.contextTokens),
    maxOutputTokens: optional(more.maxOutputTokens),
    regions: more.regions ?? [],
    tags: more.tags ?? [],
    status: more.status ?? "live",
  };
}

const lowerPrice = ({ unit, picoUsd, when = [] }) => ({
  unit,
  picoUsd,
  when: when.map(({ param, op, value }) => ({ param, op, value: JSON.stringify(value) })),
});

function lowerSpec(spec) {
  if (spec.int) return variant("int-range", { min: spec.int[0], max: spec.int[1], step: optional(spec.step) });
  if (spec.float) return variant("float-range", { min: spec.float[0], max: spec.float[1], step: optional(spec.step) });
  if (spec.choice) return variant("choice", spec.choice);
  if (spec.text) return variant("text", spec.text);
  if (spec.schema) return variant("schema", JSON.stringify(spec.schema));
  return variant("flag");
}

// Has an author's function answer, and gives what the caller should know beside it.
function answer(own, work, request, raw, given = {}) {
  return call(() => {
    const options = liftOptions(raw);
    seedRandom(`${Date.now()} ${options.idempotencyKey}`);
    const warnings = heeded(own, options, given);
    return [work(request, options), warnings];
  });
}

const CHAT = {
  temperature: "temperature", topP: "top-p", maxOutputTokens: "max-output-tokens", stop: "stop", seed: "seed", responseSchema: "response-schema",
};
const EDIT = { negativePrompt: "negative-prompt", quality: "quality", seed: "seed", mask: "mask" };
const READ = { prompt: "prompt", task: "task", language: "language", maxOutputTokens: "max-output-tokens" };
const HEARD = { language: "language", prompt: "prompt", timestamps: "timestamps" };
const SPEECH = { voice: "voice", speed: "speed", language: "language", instructions: "instructions", seed: "seed" };

class ChatStream extends Stream {}

class AudioStream extends Stream {
  #mediaType;
  constructor(mediaType, events) {
    super(events, lowerAudioEvent);
    this.#mediaType = mediaType;
  }
  mediaType() {
    return this.#mediaType;
  }
}

const ADAPTERS = {
  chat: (own) => ({
    ChatStream,
    reply(raw, options) {
      const request = liftChat(raw);
      const tools = request.tools.length > 0 && request.toolChoice !== "none";
      const [reply, warnings] = answer(
        own,
        (...values) => {
          const listed = heeded(own, new CallOptions({ model: values[1].model }), { tools }).length === 0;
          if (!listed && request.toolChoice !== "auto") throw Failure.unsupported("tool-choice");
          return own.chat(...values);
        },
        request,
        options,
        { tools, ...given(request, CHAT) },
      );
      return new ChatStream(withWarnings(chatEvents(reply), warnings), lowerChatEvent);
    },
  }),
  embedding: (own) => ({
    embed({ items, dimensions, task }, options) {
      const request = { items: items.map(liftContent), dimensions, task };
      const parameters = given(request, { dimensions: "dimensions", task: "task" });
      const [response, warnings] = answer(own, (...values) => own.embedding(...values), request, options, parameters);
      return { vectors: response.vectors.map((vector) => [...vector]), ...reports(response, { request: 1 }, warnings) };
    },
  }),
  rerank: (own) => ({
    rerank(request, options) {
      const [response] = answer(own, (...values) => own.rerank(...values), { ...request }, options);
      return { ranking: response.ranking, ...reports(response, { request: 1 }) };
    },
  }),
  moderation: (own) => ({
    moderate({ items }, options) {
      const [response] = answer(own, (...values) => own.moderation(...values), { items: items.map(liftContent) }, options);
      const verdicts = response.verdicts.map(({ categories, flagged }) => ({
        flagged: flagged ?? categories.some((category) => category.flagged),
        categories,
      }));
      return { verdicts, ...reports(response, { request: 1 }) };
    },
  }),
  textToImage: (own) => ({
    generate(raw, options) {
      const request = liftImageRequest(raw);
      const [response, warnings] = answer(own, (...values) => own.textToImage(...values), request, options, given(request, IMAGE));
      return { images: response.images.map(lowerImage), ...reports(response, { image: response.images.length }, warnings) };
    },
  }),
  textToSpeech: (own) => ({
    AudioStream,
    synthesize(request, options) {
      const [response, warnings] = answer(own, (...values) => own.textToSpeech(...values), { ...request }, options, given(request, SPEECH));
      return new AudioStream(response.mediaType, withWarnings(audioEvents(response.audio), warnings));
    },
  }),
  imageToText: (own) => ({
    read(raw, options) {
      const request = { ...raw, image: liftMedia(raw.image) };
      const [response, warnings] = answer(own, (...values) => own.imageToText(...values), request, options, given(request, READ));
      const findings = (response.findings ?? []).map(({ text, kind, confidence, region }) => ({
        text, kind, confidence: optional(confidence), region: optional(region),
      }));
      return { text: response.text, findings, ...reports(response, { character: [...response.text].length }, warnings) };
    },
  }),
  speechToText: (own) => ({
    transcribe(raw, options) {
      const request = { ...raw, audio: liftMedia(raw.audio) };
      const parameters = { ...given(request, HEARD), speakers: request.speakers };
      const [response, warnings] = answer(own, (...values) => own.speechToText(...values), request, options, parameters);
      const { text, segments = [], language, seconds } = response;
      return {
        text,
        segments: segments.map(({ speaker, ...segment }) => ({ ...segment, speaker: optional(speaker) })),
        language: optional(language),
        seconds: optional(seconds),
        ...reports(response, { character: [...text].length }, warnings),
      };
    },
  }),
  imageEdit: (own) => ({
    edit(raw, options) {
      const { images, mask, size } = raw;
      const lifted = { images: images.map(liftMedia), mask: mask ? liftMedia(mask) : null, size: liftDimensions(size) };
      const request = { ...raw, ...lifted };
      const [response, warnings] = answer(own, (...values) => own.imageEdit(...values), request, options, given(request, EDIT));
      return { images: response.images.map(lowerImage), ...reports(response, { image: response.images.length }, warnings) };
    },
  }),
  imageUpscale: (own) => ({
    upscale(raw, options) {
      const request = { ...raw, image: liftMedia(raw.image), scale: liftScale(raw.scale) };
      const parameters = given(request, { prompt: "prompt", seed: "seed" });
      const [response, warnings] = answer(own, (...values) => own.imageUpscale(...values), request, options, parameters);
      return { image: lowerImage(response.image), ...reports(response, { image: 1 }, warnings) };
    },
  }),
  custom: (own) => ({
    tasks: () =>
      own.custom.tasks.map(({ id, summary, inputSchema, outputSchema }) => ({
        id, summary, inputSchema: JSON.stringify(inputSchema), outputSchema: JSON.stringify(outputSchema),
      })),
    run({ task, input, media }, options) {
      const request = { task, input: JSON.parse(input), media: media.map(liftMedia) };
      const [response] = answer(own, (...values) => own.custom.run(...values), request, options);
      const output = JSON.stringify(response.output ?? null);
      return { output, media: (response.media ?? []).map(lowerMedia), ...reports(response, { request: 1 }) };
    },
  }),
};

function* withWarnings(events, warnings) {
  for (const event of events) yield event?.type === "finish" ? { ...event, warnings: merged(warnings, event.warnings) } : event;
}

const liftScale = ({ tag, val }) => (tag === "factor" ? val : { width: val[0], height: val[1] });

function liftChat(raw) {
  return chatRequest({
    ...raw,
    messages: raw.messages.map(({ role, parts }) => ({ role, parts: parts.map(liftPart) })),
    tools: raw.tools.map((tool) => ({ ...tool, parameters: JSON.parse(tool.parameters) })),
    toolChoice: raw.toolChoice.tag === "named" ? { name: raw.toolChoice.val } : raw.toolChoice.tag,
    responseSchema: raw.responseSchema == null ? null : JSON.parse(raw.responseSchema),
  });
}

function liftPart({ tag, val }) {
  if (tag === "text") return val;
  if (tag === "media") return liftMedia(val);
  if (tag === "tool-call") return { type: tag, ...val, arguments: JSON.parse(val.arguments) };
  return { type: tag, ...val };
}

function lowerChatEvent(event) {
  if (typeof event === "string") return variant("text", event);
  const { type, ...fields } = event;
  if (type === "reasoning") return variant("reasoning", fields.text);
  if (type === "tool-call") {
    const { index, id, name } = fields;
    return variant("tool-call", { index, id: optional(id), name: optional(name), arguments: fields.arguments ?? "" });
  }
  const { reason, usage, warnings } = fields;
  return variant("finish", { reason: lowerReason(reason), usage: lowerUsage(usage), warnings: lowerWarnings(warnings) });
}

function lowerReason(reason) {
  if (reason === "content-policy") return variant(reason, null);
  return ["stop", "length", "tool-calls"].includes(reason) ? variant(reason) : variant("other", reason);
}

function* audioEvents(audio) {
  const pieces = audio instanceof Uint8Array ? cut(audio) : audio;
  for (const piece of pieces) {
    yield piece;
    if (piece?.type === "finish") return;
  }
  yield { type: "finish" };
}

function* cut(file) {
  for (let start = 0; start < file.length; start += PIECE) yield file.subarray(start, start + PIECE);
}

function lowerAudioEvent(event) {
  if (event?.type === "finish") return variant("finish", reports(event, { request: 1 }));
  return variant("audio", event);
}
