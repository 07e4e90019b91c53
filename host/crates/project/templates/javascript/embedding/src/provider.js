// Turns texts into vectors by the letters that they hold.

import { defineProvider, Failure } from "@palisade/guest";

export const LETTERS = "abcdefghijklmnopqrstuvwxyz";

export default defineProvider({
  name: "my-provider",
  summary: "Turns texts into vectors by the letters that they hold.",
  models: [{ id: "letters", prices: [] }],

  embedding: ({ items }) => ({ vectors: items.map(vector) }),
});

// How often each letter comes, as a vector of length 1.
function vector(item) {
  if (typeof item !== "string") throw Failure.unsupported("media");
  const counts = [...LETTERS].map((letter) => item.toLowerCase().split(letter).length);
  const length = Math.hypot(...counts);
  return counts.map((count) => count / length);
}
