/**
 * Write a Palisade provider in JavaScript or TypeScript: a definition of the provider, with a function for each capability that it
 * serves, as the default export of `src/provider.js` or `src/provider.ts`. `palisade build` makes a component of it.
 *
 * ```js
 * import { defineProvider } from "@palisade/guest";
 *
 * export default defineProvider({
 *   name: "hello",
 *   models: ["greeter"],
 *   chat: ({ prompt }) => `Hello, ${prompt}!`,
 * });
 * ```
 *
 * Nothing is asynchronous: functions give their results, and what comes in pieces is a generator. Within a component there are no
 * timers, no `fetch` and no modules of Node; `console` goes to the log of the host, and `Math.random` is good for no secret.
 */

import type { Database, KeyValueStore, ObjectStore, Queue, VectorStore } from "./stores.js";

/** Something counted for billing: how much of each unit (`input-token`, `output-token`, `image`, `character`, `request` ...). */
export interface Usage {
  items: Record<string, number>;
  /** What the upstream says that it cost, in pico-USD (10^-12 US dollar). */
  reportedPicoUsd?: number | null;
}

/** Something that the caller should know about a call that succeeded; a string is anything else, in a sentence. */
export type Warning = string | { ignored: string } | { adjusted: string; used: string };

/** A list of warnings that fails at the first one when the caller is strict. */
export interface Warnings extends Array<Warning> {
  /** The named parameter has no effect. */
  ignored(parameter: string): void;
  /** The named parameter is beyond a limit, and `used` is taken instead. */
  adjusted(parameter: string, used: unknown): void;
}

/** What comes with every request. The defaults are those of a plain call, for tests. */
export class CallOptions {
  constructor(options?: Partial<Omit<CallOptions, "warnings">>);
  /** Id of the model to use. */
  model: string;
  /** The same key means the same request: an upstream that supports it must not do (or bill) the work twice. */
  idempotencyKey: string;
  /** Milliseconds left until the host ends the call. */
  deadlineMs: number;
  /** The provider's own parameters. The host has checked them against the catalogue. */
  providerOptions: Record<string, unknown>;
  /** Whether to fail where a parameter would be ignored or adjusted. */
  strict: boolean;
  /** A list to collect warnings in. */
  warnings(): Warnings;
}

/** An encoded file: a picture, a sound, a document. */
export class Media {
  /** The bytes, or what reads them when they are asked for. */
  constructor(mediaType: string, data: Uint8Array | (() => Uint8Array));
  /** A file that is text. */
  static text(mediaType: string, text: string): Media;
  /** IANA media type, for example `image/png`. */
  mediaType: string;
  /** All the bytes. */
  readonly data: Uint8Array;
}

/** A text, or media of any type. */
export type Content = string | Media;

/** A size in pixels or as a ratio; null lets the provider choose. */
export type Dimensions = { unit: "pixels" | "aspect"; width: number; height: number } | null;

/** The decision that the host takes on a failure. */
export type FailureKind =
  | "invalid-input" | "limit-exceeded" | "unsupported" | "content-policy" | "auth" | "insufficient-credit" | "model-not-found"
  | "rate-limited" | "overloaded" | "timeout" | "upstream" | "bad-output" | "cancelled" | "internal";

/** What a failure may say beside its kind. */
export interface FailureDetails {
  /** Whether work that is paid for has been handed to an upstream. */
  submitted?: "no" | "yes" | "unknown";
  /** The upstream's id of the request. */
  upstreamId?: string | null;
  /** What is billed although the call failed. */
  usage?: Usage | null;
  /** Of `invalid-input` and `limit-exceeded`: the path of the field. */
  field?: string;
  /** Of `invalid-input` and `limit-exceeded`: what would be right. */
  reason?: string;
  /** Of `unsupported`: what is not available. */
  features?: string[];
  /** Of `content-policy`: the category. */
  category?: string | null;
  /** Of `rate-limited` and `overloaded`: milliseconds to wait. */
  retryAfterMs?: number | null;
  /** Of `rate-limited`: what the limit counts by, for example `key`. */
  limitScope?: string;
  /** Of `upstream`: the HTTP status. */
  status?: number;
}

/** A call that did not succeed. Throw one; any other error reaches the host as `internal`. */
export class Failure extends Error implements FailureDetails {
  constructor(kind: FailureKind, message: string, details?: FailureDetails);
  kind: FailureKind;
  submitted: "no" | "yes" | "unknown";
  upstreamId: string | null;
  usage: Usage | null;
  field?: string;
  reason?: string;
  features?: string[];
  category?: string | null;
  retryAfterMs?: number | null;
  limitScope?: string;
  status?: number;
  /** The request is wrong for every provider. */
  static invalidInput(field: string, reason: string, details?: FailureDetails): Failure;
  /** The request is right, but larger than this model takes. */
  static limitExceeded(field: string, reason: string, details?: FailureDetails): Failure;
  /** The named parameters or features are not available here. */
  static unsupported(...features: string[]): Failure;
  /** Too many requests. */
  static rateLimited(message: string, details?: FailureDetails): Failure;
}

/** The values that a parameter takes. */
export type ParamSpec =
  | { flag: true }
  | { int: [min: number, max: number]; step?: number }
  | { float: [min: number, max: number]; step?: number }
  | { choice: string[] }
  | { text: number }
  | { schema: object };

/** What one unit costs, in pico-USD; where several apply, the last one counts. */
export interface Price {
  unit: string;
  picoUsd: number;
  when?: { param: string; op: "=" | "!=" | "<" | "<=" | ">" | ">="; value: unknown }[];
}

/** A model that the provider serves. */
export interface Model {
  /** Unique within the provider: `[a-z0-9][a-z0-9._-]{0,63}`. */
  id: string;
  /** What it is called across providers. */
  modelRef?: string;
  /** The capabilities that it serves, by interface name; all that the provider has, unless said. */
  capabilities?: string[];
  inputTypes?: string[];
  /** Media types that it gives; the first is the default. */
  outputTypes?: string[];
  /** The parameters that it knows. One that is not listed is not supported. */
  params?: Record<string, ParamSpec>;
  /** What it costs: not said is unknown, an empty list is free. */
  prices?: Price[];
  quotas?: { unit: string; perMs: number; amount: number }[];
  maxConcurrency?: number;
  contextTokens?: number;
  maxOutputTokens?: number;
  regions?: string[];
  /** `explicit-only`: never chosen unless the model is named or one of its tags is asked for. */
  tags?: string[];
  status?: "live" | "staging" | "deprecated";
}

/** The model asks for a tool. */
export interface ToolCall {
  type: "tool-call";
  id: string;
  name: string;
  arguments: Record<string, unknown>;
}

/** What a tool answered. */
export interface ToolResult {
  type: "tool-result";
  id: string;
  content: string;
  isError: boolean;
}

/** A turn of a conversation. */
export interface Message {
  role: "system" | "user" | "assistant" | "tool";
  parts: (string | Media | ToolCall | ToolResult)[];
}

/** A conversation to answer. */
export interface ChatRequest {
  /** The text of the last message of the user. */
  prompt: string;
  /** The conversation, oldest first. */
  messages: Message[];
  tools: { name: string; description: string; parameters: Record<string, unknown> }[];
  toolChoice: "auto" | "none" | "required" | { name: string };
  temperature: number | null;
  topP: number | null;
  maxOutputTokens: number | null;
  stop: string[];
  /** Exact up to 2^53. */
  seed: number | null;
  responseSchema: object | null;
}

/** The end of an answer. What is not said: `stop`, the characters of the answer, no warnings. */
export interface ChatFinish {
  type: "finish";
  /** `stop`, `length`, `tool-calls`, `content-policy`, or another word. */
  reason?: string;
  usage?: Usage;
  warnings?: Warning[];
}

/** A piece of an answer; a string is more of its text. */
export type ChatEvent =
  | string
  | { type: "reasoning"; text: string }
  | { type: "tool-call"; index: number; id?: string; name?: string; arguments?: string }
  | ChatFinish;

/** A whole answer, or its pieces. Where no `finish` comes, the answer is complete at its end. */
export type ChatReply = string | Iterable<ChatEvent>;

/** What every response may say. */
export interface Reports {
  usage?: Usage;
  warnings?: Warning[];
}

export interface EmbeddingRequest {
  items: Content[];
  dimensions: number | null;
  task: string | null;
}

export interface RerankRequest {
  query: string;
  documents: string[];
  topN: number | null;
}

export interface Category {
  name: string;
  flagged: boolean;
  /** 0 to 1. */
  score: number;
}

export interface ImageRequest {
  prompt: string;
  negativePrompt: string | null;
  n: number;
  size: Dimensions;
  resolution: string | null;
  quality: string | null;
  seed: number | null;
  outputFormat: string | null;
  references: Media[];
  mask: Media | null;
}

export interface Image {
  content: Media;
  width?: number;
  height?: number;
  seed?: number;
  revisedPrompt?: string;
}

export interface SpeechRequest {
  text: string;
  voice: string | null;
  speed: number | null;
  language: string | null;
  instructions: string | null;
  outputFormat: string | null;
  seed: number | null;
}

/** A picture to read. */
export interface ImageToTextRequest {
  image: Media;
  /** A question or an instruction. */
  prompt: string | null;
  /** `caption`, `answer`, `ocr`, `codes` or a word of the model's own. */
  task: string | null;
  /** Language of the answer as a BCP 47 tag. */
  language: string | null;
  maxOutputTokens: number | null;
}

/** Something that was found in a picture. */
export interface Finding {
  /** What it says. */
  text: string;
  /** What it is, for example `line`, `qr-code` or `ean-13`. */
  kind: string;
  /** How sure the model is, 0 to 1. */
  confidence?: number;
  /** Where it is, in pixels from the upper left corner. */
  region?: { x: number; y: number; width: number; height: number };
}

/** A sound to write down. */
export interface SpeechToTextRequest {
  audio: Media;
  /** Language of the speech as a BCP 47 tag. */
  language: string | null;
  /** Words that are likely to come up. */
  prompt: string | null;
  /** `segment` or `word`; null for no times. */
  timestamps: string | null;
  /** Whether to tell speakers apart. */
  speakers: boolean;
}

/** A piece of speech, from `start` to `end` in seconds. */
export interface Segment {
  text: string;
  start: number;
  end: number;
  speaker?: string;
}

export interface ImageEditRequest {
  prompt: string;
  /** The pictures to change or combine, the main one first. */
  images: Media[];
  /** Where to change: white is changed, black is kept. */
  mask: Media | null;
  negativePrompt: string | null;
  n: number;
  size: Dimensions;
  quality: string | null;
  seed: number | null;
  outputFormat: string | null;
}

export interface ImageUpscaleRequest {
  image: Media;
  /** So many times as wide and as high, or the size in pixels. */
  scale: number | { width: number; height: number };
  prompt: string | null;
  seed: number | null;
  outputFormat: string | null;
}

/** A film to make. */
export interface VideoRequest {
  /** What the film shows. */
  prompt: string;
  /** The picture to begin with. */
  firstFrame: Media | null;
  /** The picture to end with. */
  lastFrame: Media | null;
  references: Media[];
  size: Dimensions;
  resolution: string | null;
  seconds: number | null;
  /** Pictures a second. */
  fps: number | null;
  /** Whether it has sound. */
  audio: boolean | null;
  n: number;
  seed: number | null;
}

/** A film to make from a picture. */
export type ImageToVideoRequest = Omit<VideoRequest, "prompt" | "firstFrame"> & { prompt: string | null; firstFrame: Media };

/** What finds submitted work again: anything that is JSON, at most 4 KiB with the warnings. It must not hold a secret. */
export type Ticket = any;

/** How far a job is. */
export interface JobProgress {
  /** Thousandths of the work done, 0 to 1000. */
  permille?: number;
  /** How many are before it. */
  queuePosition?: number;
  /** Milliseconds until it is likely done. */
  etaMs?: number;
  /** What it looks like so far. */
  preview?: Media;
}

/** One picture or film that was made. */
export interface Output extends Image {
  /** Length of a film. */
  seconds?: number;
}

/** Where a job is. */
export type JobState =
  | ({ state: "queued" | "running" } & JobProgress)
  | ({ state: "succeeded"; outputs: Output[] } & Reports)
  | { state: "failed"; failure: Failure }
  | { state: "cancelled"; usage?: Usage }
  | { state: "expired" };

/** A task of the provider's own, with JSON Schemas of at most 64 KiB, without references. */
export interface Task {
  id: string;
  summary: string;
  inputSchema: object;
  outputSchema: object;
}

export interface CustomRequest {
  task: string;
  /** The input. The host has checked it against the schema. */
  input: any;
  media: Media[];
}

/** A provider and what it serves: at least one capability. */
export interface Definition {
  /** What it calls itself: `[a-z0-9][a-z0-9._-]{0,63}`. */
  name: string;
  version?: string;
  /** One sentence for people. */
  summary?: string;
  models?: (string | Model)[];
  /** A page of models and where the next one begins, in the place of `models`. */
  listModels?(cursor: string | null): { models: (string | Model)[]; next?: string | null };
  credentialNames?: string[];
  hosts?: string[];
  configSchema?: object;
  billsOnFailure?: "never" | "always" | "unknown";
  idempotent?: boolean;
  cancellation?: "none" | "refunded" | "billed";
  resumes?: string[];
  /**
   * The parameters that a model heeds, in the place of those that `models` lists; null where the provider says itself what has no effect.
   * Any other that a request has is warned of, or refused where the caller is strict.
   */
  parameters?(model: string): Record<string, ParamSpec> | null;
  /** Throws what a call would get when none could be served now. Must be free of charge and quick. */
  checkHealth?(): void;

  /** Answers a conversation. A generator's pieces are each made when the host asks for it. */
  chat?(request: ChatRequest, options: CallOptions): ChatReply;
  /** A vector for each item, all of the same length. */
  embedding?(request: EmbeddingRequest, options: CallOptions): { vectors: Iterable<number>[] } & Reports;
  /** The best documents, best first. */
  rerank?(request: RerankRequest, options: CallOptions): { ranking: { index: number; score: number }[] } & Reports;
  /** A verdict for each item; flagged when a category is, unless said. */
  moderation?(
    request: { items: Content[] },
    options: CallOptions,
  ): { verdicts: { categories: Category[]; flagged?: boolean }[] } & Reports;
  textToImage?(request: ImageRequest, options: CallOptions): { images: Image[] } & Reports;
  /** A sound: the whole file, or its pieces. */
  textToSpeech?(
    request: SpeechRequest,
    options: CallOptions,
  ): { mediaType: string; audio: Uint8Array | Iterable<Uint8Array | ({ type: "finish" } & Reports)> };
  /** Reads a picture. That there is nothing to read is an empty text. */
  imageToText?(request: ImageToTextRequest, options: CallOptions): { text: string; findings?: Finding[] } & Reports;
  /** Writes down what is said. That nobody speaks is an empty text. */
  speechToText?(
    request: SpeechToTextRequest,
    options: CallOptions,
  ): { text: string; segments?: Segment[]; language?: string; seconds?: number } & Reports;
  /** Changes pictures. */
  imageEdit?(request: ImageEditRequest, options: CallOptions): { images: Image[] } & Reports;
  /** Enlarges a picture. */
  imageUpscale?(request: ImageUpscaleRequest, options: CallOptions): { image: Image } & Reports;
  /** Submits a film, once, and gives the ticket by which `jobs` finds it again. */
  textToVideo?(request: VideoRequest, options: CallOptions): Ticket;
  /** Submits a film that begins with a picture. */
  imageToVideo?(request: ImageToVideoRequest, options: CallOptions): Ticket;
  /** Submits pictures that take longer than a call. */
  textToImageJob?(request: ImageRequest, options: CallOptions): Ticket;
  /** Asks after what was submitted, maybe in another instance and after a restart. */
  jobs?: {
    /** Asks the upstream once, without waiting. Throws what may be otherwise when it is asked again. */
    poll(ticket: Ticket): JobState;
    /** Asks the upstream to stop it. Unless defined, it cannot. */
    cancel?(ticket: Ticket): "cancelled" | "too-late" | "unsupported";
  };
  custom?: {
    tasks: Task[];
    run(request: CustomRequest, options: CallOptions): { output: unknown; media?: Media[] } & Reports;
  };
}

/** A provider that was defined. */
export interface Provider<D extends Definition = Definition> {
  readonly definition: D;
  /** The names of the interfaces that it serves. */
  readonly interfaces: string[];
}

/** Defines a provider: the default export of its module. */
export function defineProvider<D extends Definition>(definition: D & Definition): Provider<D>;

/** For tests: a request for this message of a user, or with these fields, all else left to the model. */
export function chatRequest(request: string | (Partial<ChatRequest> & { messages: Message[] })): ChatRequest;

/** For tests: the pieces of an answer, up to exactly one `finish`. */
export function chatEvents(reply: ChatReply): Iterable<ChatEvent>;

/** A text as UTF-8. */
export function encodeText(text: string): Uint8Array;

/** UTF-8 as a text. */
export function decodeText(bytes: ArrayLike<number>): string;

/** Messages for the operator. */
export const log: Record<"trace" | "debug" | "info" | "warn" | "error", (message: unknown) => void>;

/** Settings that the operator gave to this provider. A value that is not a string is given as JSON. */
export const config: { get(key: string, fallback?: string | null): string | null; keys(): string[] };

/** Which secrets the operator has given. A provider never sees one: it names it in a request. */
export const credentials: { has(name: string): boolean };

/** How far a call is, in thousandths, and what is being done. */
export const progress: { report(update: { permille?: number | null; message?: string | null }): void };

/** Small values that this provider keeps between its calls. */
export const keyValue: {
  get(key: string): Uint8Array | null;
  set(key: string, value: Uint8Array | string): void;
  delete(key: string): void;
  keys(prefix?: string, after?: string | null): string[];
};

export * from "./stores.js";

/** What is sent to an absolute `https` address. */
export interface HttpRequest {
  method?: "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE";
  url: string;
  headers?: Record<string, string>;
  body?: Uint8Array | string;
  /** Sent as the body. */
  json?: unknown;
  /** Name of the credential that the host attaches. */
  credential?: string | null;
  /** Milliseconds that the upstream may take to answer. */
  firstByteMs?: number | null;
}

/** An answer whose headers have come. A status that is no success is an answer too. */
export class Response {
  constructor(status: number, headers?: Record<string, string>, pieces?: string | Uint8Array | Iterable<Uint8Array>);
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly ok: boolean;
  /** The body, as it comes. */
  pieces(): Iterable<Uint8Array>;
  /** The lines of the body, as they come, without their ends. */
  lines(): Iterable<string>;
  bytes(): Uint8Array;
  text(): string;
  json(): any;
  /** Throws the failure that the status means, or gives the answer back. */
  throwUnlessOk(): this;
}

/** A small client. A request leaves only where the operator has granted its address; redirects are not followed. */
export const http: {
  send(request: HttpRequest): Response;
  /** Has the host download a file that an upstream made, under the same grants. */
  fetch(url: string, maxBytes: number): Media;
};

/** For tests: what there is of the host. Gives the list that requests will be in. */
export function setInTest(host?: {
  settings?: Record<string, string>;
  credentials?: string[];
  values?: Record<string, Uint8Array>;
  answers?: Response[];
  /** Who answers for stores, by their names: objects with those functions of each that the provider calls. */
  stores?: {
    vectors?: Record<string, Partial<VectorStore>>;
    values?: Record<string, Partial<KeyValueStore>>;
    objects?: Record<string, Partial<ObjectStore>>;
    queues?: Record<string, Partial<Queue>>;
    databases?: Record<string, Partial<Database>>;
  };
}): HttpRequest[];
