// Washes a drawing in the colour that the prompt names.

import { decodeText, defineProvider, Failure, Media } from "@palisade/guest";

export const SVG = "image/svg+xml";

export default defineProvider({
  name: "my-provider",
  summary: "Washes a drawing in the colour that the prompt names.",
  models: [{ id: "wash", prices: [], inputTypes: [SVG], outputTypes: [SVG] }],

  imageEdit({ prompt, images }) {
    const color = prompt.trim();
    if (!/^[a-z]+$/.test(color)) throw Failure.invalidInput("prompt", "must be the name of a colour");
    const drawing = decodeText(images[0].data);
    const end = drawing.lastIndexOf("</svg>");
    if (end < 0) throw Failure.invalidInput("images[0]", "must be an SVG file");
    const wash = `<rect width="100%" height="100%" fill="${color}" opacity="0.4"/>`;
    return { images: [{ content: Media.text(SVG, drawing.slice(0, end) + wash + drawing.slice(end)) }] };
  },
});
