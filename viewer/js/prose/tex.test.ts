// What becomes of authors' TeX before KaTeX reads it, and that KaTeX does read it.

import assert from "node:assert/strict";
import katex from "katex";
import { test } from "node:test";
import { Numbering, definitions, display, labelId, referenceOf, references } from "./tex";

/** Throws what KaTeX does not like. */
const typeset = (tex: string) => katex.renderToString(tex, { displayMode: true, throwOnError: true, strict: "ignore", trust: false });

test("definitions take names that KaTeX has, with and without braces", () => {
  for (const [tex, expected] of [
    ["\\newcommand{\\R}{\\mathbb{R}}", "\\gdef\\R{\\mathbb{R}}"],
    ["\\renewcommand*\\vec[1]{\\mathbf{#1}}", "\\gdef\\vec#1{\\mathbf{#1}}"],
    ["\\providecommand{\\pair} [2] {(#1,#2)}", "\\gdef\\pair#1#2{(#1,#2)}"],
    ["\\DeclareMathOperator*{\\argmin}{arg\\,min}", "\\gdef\\argmin{\\operatorname*{arg\\,min}}"],
    ["\\require{ams}x", "x"],
    ["a + b", "a + b"],
  ] as const) {
    assert.equal(definitions(tex), expected);
    typeset(definitions(tex));
  }
});

test("rows are numbered on through the document, but for those that say no", () => {
  const numbering = new Numbering();
  const first = display("\\begin{align} a &= b \\label{eq:a} \\\\ c &= d \\notag \\\\[2pt] e &= f \\label{eq:e} \\end{align}", numbering);
  assert.deepEqual(first.labels, ["eq:a", "eq:e"]);
  assert.deepEqual([...numbering.labels], [["eq:a", "1"], ["eq:e", "2"]]);
  const second = display("\\begin{equation}\\label{x} \\begin{split} a \\\\ b \\end{split} \\end{equation}", numbering);
  assert.match(second.tex, /\\tag\{3\}/);
  const own = display("y \\tag{A} \\label{own}", numbering);
  assert.equal(numbering.labels.get("own"), "A");
  const bare = display("z \\label{bare}", numbering);
  assert.equal(numbering.labels.get("bare"), "4");
  assert.equal(display("no number", numbering).tex, "no number");
  assert.doesNotMatch(display("\\begin{align*} a \\\\ b \\end{align*}", numbering).tex, /tag/);
  for (const { tex } of [first, second, own, bare]) typeset(tex);
});

test("environments that KaTeX lacks have its nearest ones", () => {
  const numbering = new Numbering();
  for (const tex of ["\\begin{eqnarray} a &=& b \\\\ &=& \\frac{c}{d} \\end{eqnarray}", "\\begin{multline} a \\\\ b \\end{multline}", "\\begin{flalign*} a &= b \\end{flalign*}", "\\begin{alignat}{2} a&=b&c&=d \\end{alignat}"]) {
    typeset(display(tex, numbering).tex);
  }
  assert.equal(numbering.next, 5);
});

test("references show numbers, and say which labels are not there yet", () => {
  const numbering = new Numbering();
  display("a \\label{eq:a}", numbering);
  const unknown: string[] = [];
  assert.equal(references("by \\eqref{eq:a} and \\ref{b}", numbering, (label) => unknown.push(label)), "by (\\text{1}) and \\text{???}");
  assert.deepEqual(unknown, ["b"]);
  assert.deepEqual(referenceOf(" \\eqref{eq:a} "), { label: "eq:a", inParentheses: true });
  assert.equal(referenceOf("x \\ref{a}"), undefined);
  assert.equal(labelId("eq:a_b\"><b>"), "eq-eq-a-b-b-");
});

test("broken and hostile TeX is neither hung upon nor thrown at", () => {
  const broken = ["\\begin{align}", "\\newcommand", "\\newcommand{\\x}[9", "\\label{", `${"{".repeat(50_000)}`, `\\begin{align}${"\\\\".repeat(50_000)}\\end{align}`, `\\DeclareMathOperator{\\x}${"{".repeat(20_000)}`, "\\begin{align}\\begin{align}\\end{align}"];
  const begun = performance.now();
  for (const tex of broken) references(display(tex, new Numbering()).tex, new Numbering(), () => {});
  assert.ok(performance.now() - begun < 5_000);
});
