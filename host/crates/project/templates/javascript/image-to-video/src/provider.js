// Has a server make films of pictures, which takes longer than a call.

import { defineProvider, Failure, http, Media } from "@palisade/guest";

const SERVER = "https://films.example.com/v1";
const credential = "api-key";

export default defineProvider({
  name: "my-provider",
  summary: "Has a server make films of pictures.",
  hosts: ["films.example.com"],
  credentialNames: [credential],
  models: [{ id: "film", params: { seconds: { float: [1, 10] } }, inputTypes: ["image/*"], outputTypes: ["video/mp4"] }],

  imageToVideo({ firstFrame, prompt, seconds }, { idempotencyKey }) {
    // The server takes the picture first, which costs nothing.
    const picture = { url: `${SERVER}/pictures`, headers: { "content-type": firstFrame.mediaType }, body: firstFrame.data };
    const { id } = http.send({ method: "POST", ...picture, credential }).throwUnlessOk().json();
    // The same key means the same film: nobody pays twice.
    const headers = { "idempotency-key": idempotencyKey };
    const json = { picture: id, prompt, seconds: seconds ?? 5 };
    return http.send({ method: "POST", url: `${SERVER}/films`, headers, json, credential }).throwUnlessOk().json().id;
  },

  jobs: {
    poll(ticket) {
      const { state, permille, seconds, reason } = get(`films/${ticket}`).json();
      if (state === "failed") return { state, failure: new Failure("internal", `the server failed: ${reason}`) };
      if (state !== "done") return { state: "running", permille };
      const content = new Media("video/mp4", get(`films/${ticket}/file`).bytes());
      return { state: "succeeded", outputs: [{ content, seconds }], usage: { items: { "video-second": seconds } } };
    },
  },
});

// What the server has at a path.
const get = (path) => http.send({ url: `${SERVER}/${path}`, credential }).throwUnlessOk();
