import assert from "node:assert/strict";
import test from "node:test";

import provider from "../src/provider.ts";
import { typeset } from "../src/tex.ts";
import { typesetAll } from "../src/text.ts";

test("a formula becomes MathML", () => {
  const mathml = typeset("\\frac{a}{b}", false, {}, "tex");
  assert.match(mathml, /^<math .*<mfrac><mi>a<\/mi><mi>b<\/mi><\/mfrac>.*<\/math>$/);
  assert.match(typeset("x", true, {}, "tex"), /display="block"/);
});

test("macros stand for what they say", () => {
  assert.match(typeset("\\R", false, { "\\R": "\\mathbb{R}" }, "tex"), /mathvariant="double-struck"/);
});

test("what is wrong is refused with its field", () => {
  assert.throws(() => typeset("\\frac{a", false, {}, "tex"), { kind: "invalid-input", field: "tex", reason: /expected '}'/ });
  assert.throws(() => typesetAll("so $\\nope$", {}), { kind: "invalid-input", field: "text" });
  const request = { task: "formula", input: { tex: " " }, media: [] };
  assert.throws(() => provider.definition.custom.run(request), { kind: "invalid-input", field: "tex" });
});

test("a macro that calls itself ends", () => {
  assert.throws(() => typeset("\\a", false, { "\\a": "\\a\\a" }, "tex"), { kind: "invalid-input" });
});

test("nothing of a formula or a text is markup of its own", () => {
  assert.doesNotMatch(typeset("\\href{javascript:alert(1)}{x}", false, {}, "tex"), /href=/);
  assert.doesNotMatch(typeset("\\text{<script>}", false, {}, "tex"), /<script>/);
  assert.deepEqual(typesetAll("<b> & \\$5 \"x\"", {}), { html: "&lt;b&gt; &amp; $5 &quot;x&quot;", count: 0 });
});

test("formulas are found where they stand", () => {
  const { html, count } = typesetAll("Where $a$ is\n$$b$$ costs $5.", {});
  assert.equal(count, 2);
  assert.match(html, /^Where <math.*<\/math> is\n<math.*display="block".*<\/math> costs \$5\.$/);
});
