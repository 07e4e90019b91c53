// Takes longer than a call to paint: `text-to-image` as a job.

import { defineProvider, Media } from "@palisade/guest";

export default defineProvider({
  name: "painter",
  models: [{ id: "slow", prices: [], params: { seed: { int: [0, 2 ** 53] } }, outputTypes: ["image/svg+xml"] }],

  textToImageJob: ({ prompt, n, size, seed }) => ({ prompt, n, seed, width: size.width, height: size.height }),

  jobs: {
    poll({ prompt, n, seed, width, height }) {
      const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"/>`;
      const output = { content: Media.text("image/svg+xml", svg), width, height, seed, revisedPrompt: prompt };
      return { state: "succeeded", outputs: Array(n).fill(output), usage: { items: { image: n } } };
    },
  },
});
