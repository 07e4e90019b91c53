// Finds profanity by a list of words.

import { defineProvider, Failure } from "@palisade/guest";

const WORDS = new Set(["damn", "heck"]);

export default defineProvider({
  name: "my-provider",
  summary: "Finds profanity by a list of words.",
  models: [{ id: "words", prices: [] }],

  moderation: ({ items }) => ({ verdicts: items.map(verdict) }),
});

function verdict(item) {
  if (typeof item !== "string") throw Failure.unsupported("media");
  const flagged = item.toLowerCase().split(/\s+/).some((word) => WORDS.has(word));
  return { categories: [{ name: "profanity", flagged, score: Number(flagged) }] };
}
