// Draws the prompt in large letters.

import { defineProvider, Media } from "@palisade/guest";

export default defineProvider({
  name: "my-provider",
  summary: "Draws the prompt in large letters.",
  models: [{ id: "letters", prices: [], outputTypes: ["image/svg+xml"] }],

  textToImage({ prompt, n, size }, options) {
    const warnings = options.warnings();
    let { width, height } = size ?? { width: 640, height: 160 };
    if (size?.unit === "aspect") {
      [width, height] = [Math.max(1, Math.floor((160 * width) / height)), 160];
      warnings.adjusted("size", `${width}x${height}`);
    }
    const image = { content: Media.text("image/svg+xml", draw(prompt, width, height)), width, height };
    return { images: Array(n).fill(image), warnings };
  },
});

// A text in the middle of a picture of this size.
function draw(text, width, height) {
  const plain = text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
  const style = `x="50%" y="50%" text-anchor="middle" font-size="${Math.floor(height / 3)}"`;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"><text ${style}>${plain}</text></svg>`;
}
