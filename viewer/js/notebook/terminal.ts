// Terminal text: what cells print, and tracebacks. Long ones scroll in a place of their own until the reader asks for all.

import { button, element, preformatted } from "../elements";
import { spanNode } from "../terminal/spans";
import type { Line } from "../terminal/style";
import { linesOf } from "../terminal/terminal";
import { t } from "../text";

/** Longer output is cut until the reader asks for the rest: some notebooks hold megabytes of progress messages. */
const CHARACTERS_SHOWN = 40_000;

/** From this many lines on it scrolls, as in JupyterLab. */
const LINES_SHOWN = 40;

/** `scrolled` is the author's choice, if they made one. */
export function terminal(look: string, text: string, scrolled: boolean | null): HTMLElement {
  const className = `stream ${look}`.trimEnd();
  const lines = linesOf(text);
  const first = cut(lines);
  const isCut = first.length < lines.length;
  if (!isCut && (lines.length <= LINES_SHOWN || scrolled === false)) return preformatted(className, ...nodes(lines));
  const block = preformatted(`${className} stream-long`, ...nodes(first));
  block.setAttribute("role", "group");
  block.setAttribute("aria-label", t("notebook.output.long", { count: lines.length }));
  const more = button("button more", t("notebook.output.all", { count: lines.length }), () => {
    if (isCut) block.replaceChildren(...nodes(lines));
    block.classList.remove("stream-long");
    block.focus({ preventScroll: true });
    more.remove();
  });
  return element("div", "", block, more);
}

/** Plain text of many lines becomes one node. */
function nodes(lines: readonly Line[]): (Node | string)[] {
  const all: (Node | string)[] = [];
  let text = "";
  for (const [number, line] of lines.entries()) {
    if (number > 0) text += "\n";
    for (const node of line.map(spanNode)) {
      if (typeof node === "string") {
        text += node;
        continue;
      }
      all.push(text, node);
      text = "";
    }
  }
  return [...all, text].filter((node) => node !== "");
}

/** The first lines, up to the limit; of one that is longer, its beginning. */
function cut(lines: readonly Line[]): readonly Line[] {
  let left = CHARACTERS_SHOWN;
  for (const [number, line] of lines.entries()) {
    left -= line.reduce((sum, { text }) => sum + text.length + 1, 0);
    if (left < 0) return lines.slice(0, Math.max(1, number));
  }
  return lines;
}
