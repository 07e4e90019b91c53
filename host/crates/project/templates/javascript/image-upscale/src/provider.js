// Enlarges a drawing.

import { decodeText, defineProvider, Failure, Media } from "@palisade/guest";

export const SVG = "image/svg+xml";

export default defineProvider({
  name: "my-provider",
  summary: "Enlarges a drawing.",
  models: [{ id: "vector", prices: [], inputTypes: [SVG], outputTypes: [SVG] }],

  imageUpscale({ image, scale }) {
    const drawing = decodeText(image.data);
    const [width, height] = [side(drawing, "width"), side(drawing, "height")];
    const to = typeof scale === "number" ? { width: Math.round(width * scale), height: Math.round(height * scale) } : scale;
    // A drawing within a larger one grows with it.
    const start = `<svg xmlns="http://www.w3.org/2000/svg" width="${to.width}" height="${to.height}"`;
    const larger = `${start} viewBox="0 0 ${width} ${height}">${drawing}</svg>`;
    return { image: { content: Media.text(SVG, larger), ...to } };
  },
});

// The length of a side, where the drawing begins with it in pixels: `<svg ... width="64">`.
function side(drawing, name) {
  const head = drawing.match(/^<svg [^>]*>/);
  const value = head?.[0].match(new RegExp(`${name}="([0-9]+)"`));
  if (!value) throw Failure.invalidInput("image", "must be an SVG file with a width and a height in pixels");
  return Number(value[1]);
}
