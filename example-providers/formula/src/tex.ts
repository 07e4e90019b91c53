// One formula.

import { Failure } from "@palisade/guest";
import katex from "katex";

export type Macros = Record<string, string>;

/** A formula as MathML. What TeX does not know is refused, with its place in this field. */
export function typeset(tex: string, displayMode: boolean, macros: Macros, field: string): string {
  try {
    const options = { displayMode, macros: { ...macros }, maxExpand: 1000, output: "mathml", strict: "ignore", trust: false } as const;
    const html = katex.renderToString(tex, options);
    // Around it is only a `span` for styles that nobody has here.
    return html.slice(html.indexOf("<math"), html.lastIndexOf("</math>") + "</math>".length);
  } catch (error) {
    if (!(error instanceof katex.ParseError)) throw error;
    const reason = error.message.replace(/^KaTeX parse error: /, "");
    throw Failure.invalidInput(field, reason);
  }
}
