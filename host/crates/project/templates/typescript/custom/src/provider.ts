// Counts the words of a text.

import { defineProvider } from "@palisade/guest";

const inputSchema = {
  type: "object",
  properties: { text: { type: "string" } },
  required: ["text"],
  additionalProperties: false,
};
const outputSchema = {
  type: "object",
  properties: { words: { type: "integer" }, longest: { type: "string" } },
  required: ["words", "longest"],
};

export default defineProvider({
  name: "my-provider",
  summary: "Counts the words of a text.",
  models: [{ id: "counter", prices: [] }],

  custom: {
    tasks: [{ id: "count", summary: "Counts words, and finds the longest.", inputSchema, outputSchema }],
    run({ input }) {
      const words: string[] = (input as { text: string }).text.split(/\s+/).filter(Boolean);
      const longest = words.reduce((best, word) => (word.length > best.length ? word : best), "");
      return { output: { words: words.length, longest } };
    },
  },
});
