// The formulas of a text.

import { type Macros, typeset } from "./tex.ts";

/** A formula in a line of its own, one within a line, or a dollar that is none. */
const FORMULA = /\\\$|\$\$([^$]+)\$\$|\$([^$\n]+)\$/g;

const MARKUP: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

/** A text as HTML that says the same: none of it is markup. */
export const escape = (text: string): string => text.replace(/[&<>"']/g, (character) => MARKUP[character] ?? character);

/** A text as HTML, with its formulas as MathML, and how many there are. */
export function typesetAll(text: string, macros: Macros): { html: string; count: number } {
  let [html, count, end] = ["", 0, 0];
  for (const found of text.matchAll(FORMULA)) {
    html += escape(text.slice(end, found.index));
    end = found.index + found[0].length;
    const tex = found[1] ?? found[2];
    if (tex === undefined) {
      html += "$";
      continue;
    }
    html += typeset(tex, found[1] !== undefined, macros, "text");
    count += 1;
  }
  return { html: html + escape(text.slice(end)), count };
}
