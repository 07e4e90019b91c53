// Work that is a job, between the host and what an author defined. The host's token holds the ticket and what was found at first.

import {
  call, given, heeded, IMAGE, liftDimensions, liftImageRequest, liftMedia, liftOptions, lowerFailure, lowerMedia, lowerUsage, optional,
  reports, variant,
} from "./convert.js";
import { Failure } from "./failure.js";
import { decodeText, encodeText } from "./media.js";
import { seedRandom } from "./random.js";

const FILM = {
  lastFrame: "last-frame", references: "references", resolution: "resolution", seconds: "seconds", fps: "fps", audio: "audio", seed: "seed",
};

const liftFrame = (media) => (media ? liftMedia(media) : null);

const liftFilm = (raw) => ({
  ...raw,
  firstFrame: liftFrame(raw.firstFrame),
  lastFrame: liftFrame(raw.lastFrame),
  references: raw.references.map(liftMedia),
  size: liftDimensions(raw.size),
});

// An interface whose one function submits work and gives the token for it.
const submitting = (key, lift, fields) => (own) => ({
  submit: (raw, rawOptions) =>
    call(() => {
      const [request, options] = [lift(raw), liftOptions(rawOptions)];
      seedRandom(`${Date.now()} ${options.idempotencyKey}`);
      const ignored = heeded(own, options, given(request, fields)).map((warning) => warning.ignored);
      return encodeText(JSON.stringify({ ticket: own[key](request, options) ?? null, ignored }));
    }),
});

function read(token) {
  try {
    const { ticket, ignored } = JSON.parse(decodeText(token));
    return [ticket, ignored.map((name) => ({ ignored: name }))];
  } catch (error) {
    throw new Failure("internal", `the token cannot be read: ${error.message}`);
  }
}

const lowerProgress = ({ permille, queuePosition, etaMs, preview }) => ({
  permille: optional(permille),
  queuePosition: optional(queuePosition),
  etaMs: optional(etaMs),
  preview: preview ? lowerMedia(preview) : null,
});

const lowerOutput = ({ content, width, height, seconds, seed, revisedPrompt }) => ({
  content: lowerMedia(content),
  width: optional(width),
  height: optional(height),
  seconds: optional(seconds),
  seed: optional(seed),
  revisedPrompt: optional(revisedPrompt),
});

const STATES = {
  queued: lowerProgress,
  running: lowerProgress,
  succeeded: (state, warnings) => ({ outputs: state.outputs.map(lowerOutput), ...reports(state, {}, warnings) }),
  failed: ({ failure }) => lowerFailure(failure),
  cancelled: ({ usage }) => (usage ? lowerUsage(usage) : null),
  expired: () => undefined,
};

export const JOBS = {
  textToVideo: submitting("textToVideo", liftFilm, { firstFrame: "first-frame", ...FILM }),
  imageToVideo: submitting("imageToVideo", liftFilm, FILM),
  textToImageJob: submitting("textToImageJob", liftImageRequest, IMAGE),
  jobs: (own) => ({
    poll: (token) =>
      call(() => {
        const [ticket, warnings] = read(token);
        const state = own.jobs.poll(ticket);
        if (!(state?.state in STATES)) throw new TypeError(`${state?.state} is no state of a job`);
        return variant(state.state, STATES[state.state](state, warnings));
      }),
    cancel: (token) => call(() => own.jobs.cancel?.(read(token)[0]) ?? "unsupported"),
  }),
};
