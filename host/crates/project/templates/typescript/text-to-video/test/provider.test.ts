import assert from "node:assert/strict";
import test from "node:test";

import { CallOptions, decodeText, Response, setInTest, type VideoRequest } from "@palisade/guest";
import provider from "../src/provider.ts";

const { textToVideo, jobs } = provider.definition;
const request: VideoRequest = {
  prompt: "a red fox", firstFrame: null, lastFrame: null, references: [], size: null, resolution: null, seconds: null, fps: null, audio: null,
  n: 1, seed: null,
};
const answer = (value: object) => new Response(200, {}, JSON.stringify(value));

test("a film is submitted, and fetched when it is done", () => {
  const requests = setInTest({
    answers: [
      answer({ id: "7" }),
      answer({ state: "running", permille: 500 }),
      answer({ state: "done", seconds: 5 }),
      new Response(200, {}, "film"),
    ],
  });
  const ticket = textToVideo(request, new CallOptions());
  assert.deepEqual(JSON.parse(decodeText(requests[0].body as Uint8Array)), { prompt: "a red fox", seconds: 5 });
  assert.deepEqual(jobs.poll(ticket), { state: "running", permille: 500 });
  const done = jobs.poll(ticket);
  assert.ok(done.state === "succeeded");
  assert.deepEqual([decodeText(done.outputs[0].content.data), done.usage?.items], ["film", { "video-second": 5 }]);
  assert.equal(requests.at(-1)?.url, "https://films.example.com/v1/films/7/file");
});

test("what fails is told", () => {
  setInTest({ answers: [new Response(429), answer({ state: "failed", reason: "no fox" })] });
  assert.throws(() => textToVideo(request, new CallOptions()), { kind: "rate-limited" });
  const failed = jobs.poll("7");
  assert.ok(failed.state === "failed");
  assert.match(failed.failure.message, /no fox/);
});
