import assert from "node:assert/strict";
import test from "node:test";

import { CallOptions, decodeText, Media, Response, setInTest } from "@palisade/guest";
import provider from "../src/provider.js";

const { imageToVideo, jobs } = provider.definition;
const request = { firstFrame: Media.text("image/png", "fox"), prompt: "it runs", seconds: null };
const answer = (value) => new Response(200, {}, JSON.stringify(value));

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
  assert.deepEqual([requests[0].url, decodeText(requests[0].body)], ["https://films.example.com/v1/pictures", "fox"]);
  assert.deepEqual(JSON.parse(decodeText(requests[1].body)), { picture: "p1", prompt: "it runs", seconds: 5 });
  assert.deepEqual(jobs.poll(ticket), { state: "running", permille: 500 });
  const { outputs, usage } = jobs.poll(ticket);
  assert.deepEqual([decodeText(outputs[0].content.data), usage.items], ["film", { "video-second": 5 }]);
  assert.equal(requests.at(-1).url, "https://films.example.com/v1/films/7/file");
});

test("what fails is told", () => {
  setInTest({ answers: [answer({ id: "p1" }), new Response(429), answer({ state: "failed", reason: "no fox" })] });
  assert.throws(() => imageToVideo(request, new CallOptions()), { kind: "rate-limited" });
  assert.match(jobs.poll("7").failure.message, /no fox/);
});
