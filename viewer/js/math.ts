// Typesets TeX with KaTeX. It refuses commands that could load, link or style (`trust: false`) and caps expansion; what
// KaTeX cannot read stays visible as its source. `markup.ts` calls it.

import katex from "katex";
import { loadStyle } from "./styles";

/** Longer formulas are machine output that would hold the page for seconds. */
const CHARACTERS_MAX = 20_000;

/** How long one slice of work may take before the page gets a turn. */
const SLICE_MS = 12;

/** Typesets every element in place; its text is the TeX, its class says whether it is displayed. */
export async function typeset(
  elements: Iterable<HTMLElement>,
  macros: Record<string, string>,
  signal: AbortSignal,
): Promise<void> {
  await loadStyle(ASSETS.katexStyle);
  let sliceEnd = performance.now() + SLICE_MS;
  for (const element of elements) {
    if (signal.aborted) return;
    one(element, macros);
    if (performance.now() > sliceEnd) {
      await new Promise((resolve) => setTimeout(resolve));
      sliceEnd = performance.now() + SLICE_MS;
    }
  }
}

function one(element: HTMLElement, macros: Record<string, string>): void {
  const tex = element.textContent.trim();
  if (tex.length > CHARACTERS_MAX) return;
  try {
    katex.render(tex, element, {
      displayMode: element.classList.contains("math-display"),
      throwOnError: false,
      errorColor: "var(--danger)",
      strict: "ignore",
      trust: false,
      maxExpand: 1000,
      maxSize: 40,
      macros,
      globalGroup: true,
    });
  } catch {
    // Not a parse error but a broken input, such as a macro that loops: the source says what was meant.
    element.textContent = tex;
    element.classList.add("math-failed");
  }
}
