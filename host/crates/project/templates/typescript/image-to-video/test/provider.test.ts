import assert from "node:assert/strict";
import test from "node:test";

import { CallOptions, decodeText, type ImageToVideoRequest, Media, Response, setInTest } from "@palisade/guest";
import provider from "../src/provider.ts";

const { imageToVideo, jobs } = provider.definition;
const request: ImageToVideoRequest = {
  firstFrame: Media.text("image/png", "fox"), prompt: "it runs", lastFrame: null, references: [], size: null, resolution: null, seconds: null,
  fps: null, audio: null, n: 1, seed: null,
};
const answer = (value: object) => new Response(200, {}, JSON.stringify(value));

test("a film is submitted, and fetched when it is done", () => {
  const requests = setInTest({
    answers: [
      answer({ id: "p1" }),
      answer({ id: "7" }),
      answer({ state: "running", permille: 500 }),
      answer({ state: "done", seconds: 5 }),
      new Response(200, {}, "film"),
    ],
  });
  const ticket = imageToVideo(request, new CallOptions());
  assert.deepEqual([requests[0].url, decodeText(requests[0].body as Uint8Array)], ["https://films.example.com/v1/pictures", "fox"]);
  const wanted = { picture: "p1", prompt: "it runs", seconds: 5 };
  assert.deepEqual(JSON.parse(decodeText(requests[1].body as Uint8Array)), wanted);
  assert.deepEqual(jobs.poll(ticket), { state: "running", permille: 500 });
  const done = jobs.poll(ticket);
  assert.ok(done.state === "succeeded");
  assert.deepEqual([decodeText(done.outputs[0].content.data), done.usage?.items], ["film", { "video-second": 5 }]);
  assert.equal(requests.at(-1)?.url, "https://films.example.com/v1/films/7/file");
});

test("what fails is told", () => {
  setInTest({ answers: [answer({ id: "p1" }), new Response(429), answer({ state: "failed", reason: "no fox" })] });
  assert.throws(() => imageToVideo(request, new CallOptions()), { kind: "rate-limited" });
  const failed = jobs.poll("7");
  assert.ok(failed.state === "failed");
  assert.match(failed.failure.message, /no fox/);
});
