// Commands of MathJax: that KaTeX reads what becomes of them.

import assert from "node:assert/strict";
import katex from "katex";
import "katex/contrib/mhchem";
import { test } from "node:test";
import { definitions } from "./tex";
import { MACROS, mathjaxForms } from "./tex-forms";

const typeset = (tex: string) => katex.renderToString(definitions(tex), { displayMode: true, throwOnError: true, strict: "ignore", trust: false, macros: { ...MACROS } });

test("what people write for MathJax is typeset", () => {
  for (const tex of [
    "\\ce{CH4 + 2O2 -> CO2 + 2H2O}", "\\require{mhchem}\\ce{Hg^2+ ->[I-] HgI2}", "\\pu{123 kJ//mol}", "\\bbox[yellow,5px]{x^2}", "\\bbox[5px,border:2px solid red]{x}", "\\unicode{x263a}\\unicode[Arial]{9786}",
    "\\enclose{circle}{7}", "\\enclose{updiagonalstrike}[mathcolor=red]{x}", "\\require{physics}\\dv{f}{x} \\dv{x} \\dv[2]{f}{x} \\pdv{f}{x}", "\\bra{\\psi}\\ket{\\phi}\\abs{x}\\norm{\\vb{a}}\\comm{A}{B}", "\\qty(\\frac{a}{b})",
    "a \\over b", "{n \\choose k}", "{\\rm cm}", "\\eqalign{a &= b \\cr c &= d}", "\\matrix{1 & 2 \\cr 3 & \\frac{4}{5}}", "\\cases{1 & x>0 \\cr 0 & else}", "\\class{a}{x}\\href{https://x.example}{y}", "\\bbox[#ff0]{\\unicode{x3b1}}", "\\dd{x}\\grad f\\vspace{1em}",
  ]) assert.doesNotThrow(() => typeset(tex), tex);
});

test("forms are KaTeX's own", () => {
  for (const [tex, expected] of [
    ["\\dv[2]{f}{x}", "\\frac{\\mathrm{d}^{2} f}{\\mathrm{d} x^{2}}"],
    ["\\pdv{x} f", "\\frac{\\partial }{\\partial x} f"],
    ["\\unicode{x263a}", "\\text{☺}"],
    ["\\enclose{circle}{7}", "\\text{\\textcircled{7}}"],
    ["\\bbox[yellow,5px]{x^2}", "\\colorbox{yellow}{$x^2$}"],
    ["\\begin{matrix}a\\end{matrix} \\casesx{a}", "\\begin{matrix}a\\end{matrix} \\casesx{a}"],
  ] as const) assert.equal(mathjaxForms(tex), expected);
});

test("broken and hostile forms end soon", () => {
  const begun = performance.now();
  for (const tex of ["\\bbox[", "\\unicode{x}", "\\enclose{a}", "\\matrix{".repeat(2_000), "\\dv".repeat(5_000), "\\bbox{".repeat(3_000)]) mathjaxForms(tex);
  assert.ok(performance.now() - begun < 3_000);
});
