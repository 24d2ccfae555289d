// Terminal text: what cells print, and tracebacks. Long ones scroll in a place of their own until the reader asks for all.

import { button, element, preformatted } from "../elements";
import { t } from "../text";
import type { Span } from "./drawing";

/** Longer output is cut until the reader asks for the rest: some notebooks hold megabytes of progress messages. */
const CHARACTERS_SHOWN = 40_000;

/** From this many lines on it scrolls, as in JupyterLab. */
const LINES_SHOWN = 40;

/** `scrolled` is the author's choice, if they made one. */
export function terminal(look: string, spans: Span[], scrolled: boolean | null): HTMLElement {
  const className = `stream ${look}`.trimEnd();
  const [characters, lines] = measure(spans);
  const isCut = characters > CHARACTERS_SHOWN;
  if (!isCut && (lines <= LINES_SHOWN || scrolled === false)) return preformatted(className, ...pieces(spans));
  const block = preformatted(`${className} stream-long`, ...pieces(isCut ? cut(spans) : spans));
  block.setAttribute("role", "group");
  block.setAttribute("aria-label", t("notebook.output.long", { count: lines }));
  const more = button("button more", t("notebook.output.all", { count: lines }), () => {
    if (isCut) block.replaceChildren(...pieces(spans));
    block.classList.remove("stream-long");
    block.focus({ preventScroll: true });
    more.remove();
  });
  return element("div", "", block, more);
}

function measure(spans: Span[]): [characters: number, lines: number] {
  // A break at the very end begins no line.
  let [characters, lines] = [0, spans.at(-1)?.[0].endsWith("\n") ? 0 : 1];
  for (const [text] of spans) {
    characters += text.length;
    for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) lines += 1;
  }
  return [characters, lines];
}

function pieces(spans: Span[]): (Node | string)[] {
  return spans.map(([text, classes, properties]) => {
    if (classes === "") return text;
    const span = element("span", classes, text);
    for (const declaration of properties.split(";")) {
      const [name, value] = declaration.split(":");
      if (name && value) span.style.setProperty(name, value);
    }
    return span;
  });
}

/** The first spans, up to the limit. */
function cut(spans: Span[]): Span[] {
  const shown: Span[] = [];
  let left = CHARACTERS_SHOWN;
  for (const [text, classes, properties] of spans) {
    shown.push([text.slice(0, left), classes, properties]);
    left -= text.length;
    if (left <= 0) break;
  }
  return shown;
}
