// Turns formulas in the language of TeX into MathML: `tex` has one formula typeset, `text` finds those in a text.

import { type CustomRequest, defineProvider, Failure, type Task } from "@palisade/guest";

import { type Macros, typeset } from "./tex.ts";
import { typesetAll } from "./text.ts";

const macros = { type: "object", maxProperties: 100, additionalProperties: { type: "string", maxLength: 1000 } };

const input = (properties: object, required: string) => ({
  type: "object", properties, required: [required], additionalProperties: false,
});

const output = (properties: object) => ({ type: "object", properties, required: Object.keys(properties) });

const tasks: Task[] = [
  {
    id: "formula",
    summary: "Turns a formula in the language of TeX into MathML.",
    inputSchema: input({ tex: { type: "string", maxLength: 10_000 }, display: { type: "boolean" }, macros }, "tex"),
    outputSchema: output({ mathml: { type: "string" } }),
  },
  {
    id: "formulas",
    summary: "Turns a text with formulas between dollars into HTML.",
    inputSchema: input({ text: { type: "string", maxLength: 100_000 }, macros }, "text"),
    outputSchema: output({ html: { type: "string" }, count: { type: "integer" } }),
  },
];

interface Input {
  tex: string;
  text: string;
  display?: boolean;
  macros?: Macros;
}

export default defineProvider({
  name: "formula",
  version: "0.1.0",
  summary: "Turns formulas in the language of TeX into MathML.",
  models: [{ id: "formula", prices: [] }],

  custom: {
    tasks,
    run({ task, input }: CustomRequest) {
      const { tex, text, display = false, macros = {} } = input as Input;
      const [field, given] = task === "formula" ? ["tex", tex] : ["text", text];
      if (!given.trim()) throw Failure.invalidInput(field, "there is nothing in it");
      const output = task === "formula" ? { mathml: typeset(tex, display, macros, field) } : typesetAll(text, macros);
      return { output, usage: { items: { character: given.length } } };
    },
  },
});
