// Greets whoever speaks to it.

import { defineProvider } from "@palisade/guest";

export default defineProvider({
  name: "hello-typescript",
  summary: "Greets whoever speaks to it.",
  models: [{ id: "greeter", prices: [] }],

  *chat({ prompt }) {
    yield "Hello, ";
    yield `${prompt}!`;
  },
});
