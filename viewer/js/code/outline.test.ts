import assert from "node:assert/strict";
import { test } from "node:test";
import { isLatex, latexOutline } from "./outline";

test("sections with their lines", () => {
  const text = String.raw`\documentclass{article}
% \section{Not this}
\section{Waves \& tides}\label{sec:waves}
\subsection*[short]{The {\em long} one}
100\% \section{After a percent}
\begin{verbatim}
\section{Shown as it is}
\end{verbatim}
\paragraph{}
\section{Open`;
  assert.deepEqual(
    latexOutline(text).map(({ level, text, id }) => [level, text, id]),
    [[2, "Waves & tides", "L3"], [3, "The long one", "L4"], [2, "After a percent", "L5"], [2, "Open", "L10"]],
  );
});

test("which files have one", () => {
  assert.ok(isLatex("paper.TEX") && isLatex("a.ltx"));
  assert.ok(!isLatex("tex") && !isLatex("a.text"));
  assert.deepEqual(latexOutline(""), []);
});

test("a long line without an end takes no time to speak of", () => {
  const heads = latexOutline(`${"\\section{".repeat(2_000)}`);
  assert.equal(heads.length, 0);
});
