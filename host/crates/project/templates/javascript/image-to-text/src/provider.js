// Says how large a picture is.

import { defineProvider, Failure } from "@palisade/guest";

const MOST_PIXELS = 100_000_000;

export default defineProvider({
  name: "my-provider",
  summary: "Says how large a picture is.",
  models: [{ id: "measure", prices: [], inputTypes: ["image/png"] }],

  imageToText({ image }) {
    const { width, height } = size(image.data);
    return { text: `${width} x ${height} pixels` };
  },
});

// Width and height, as the header of a PNG file has them.
function size(file) {
  const isPng = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a].every((byte, at) => file[at] === byte);
  if (!isPng || file.length < 24) throw Failure.invalidInput("image", "must be a PNG file");
  const header = new DataView(file.buffer, file.byteOffset, 24);
  const [width, height] = [header.getUint32(16), header.getUint32(20)];
  if (width * height > MOST_PIXELS) throw Failure.limitExceeded("image", `at most ${MOST_PIXELS} pixels`);
  return { width, height };
}
