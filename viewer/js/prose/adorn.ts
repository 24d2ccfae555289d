// What a sanitised document gets of the viewer's own: the words of its parts in the reader's language, buttons that copy its code,
// diagrams in frames, formulas that are written as code. `markup.ts` calls it, after the sanitiser and before the page sees it.
//
// Nothing here reads an author's attribute to decide what to do, but for the class names that the sanitiser lets through.

import { copyButton } from "../copy";
import { element } from "../elements";
import type { Mounted } from "../file";
import { t } from "../text";

/** A document with more diagrams than this shows the later ones as they are written. */
const DIAGRAMS_MAX = 40;
const DIAGRAM_CHARACTERS_MAX = 50_000;

const ALERTS: readonly (readonly [string, string])[] = [
  [".alert-note", "prose.note"],
  [".alert-tip", "prose.tip"],
  [".alert-important", "prose.important"],
  [".alert-warning", "prose.warning"],
  [".alert-caution", "prose.caution"],
];

/** The words that the documents module leaves out, because it knows no language. */
function name(root: DocumentFragment): void {
  for (const [alert, key] of ALERTS) {
    for (const title of root.querySelectorAll(`${alert} > .alert-title:first-child:not(.alert-own)`)) title.textContent = t(key);
  }
  for (const summary of root.querySelectorAll("details.front-matter > summary")) summary.textContent = t("prose.front-matter");
  const label = (selector: string, text: (found: Element) => string) => {
    for (const found of root.querySelectorAll(selector)) found.setAttribute("aria-label", text(found));
  };
  label("a.anchor", (anchor) => t("prose.anchor", { heading: wordsOf(anchor.parentElement) }));
  label("section.footnotes", () => t("prose.footnotes"));
  label(".footnote-ref > a", (link) => t("prose.footnote", { number: link.textContent ?? "" }));
  label(".footnotes a[href^='#fnref-']", () => t("prose.footnote-back"));
}

/** The text of a heading without the link to itself. */
function wordsOf(heading: Element | null): string {
  const words = [...(heading?.childNodes ?? [])].filter((node) => !(node instanceof Element && node.matches(".anchor")));
  return words.map((node) => node.textContent ?? "").join("").trim();
}

/** What the sanitiser puts before ids. */
const PREFIX = "user-content-";

/** What GitHub calls a heading; the same as `viewer/src/markdown/headings.rs` makes of it. */
export const slug = (text: string): string => text.trim().toLowerCase().replace(/[^\p{L}\p{Nd}\p{M}_\- ]/gu, "").replaceAll(" ", "-") || "section";

/** Headings that are written as HTML get the ids that those of Markdown have. */
function nameHeadings(root: DocumentFragment): void {
  for (const heading of root.querySelectorAll<HTMLElement>(":is(h1, h2, h3, h4, h5, h6):not([id])")) {
    const words = slug(wordsOf(heading));
    let name = words;
    for (let count = 1; root.querySelector(`#${CSS.escape(PREFIX + name)}`) && count < 1_000; count += 1) name = `${words}-${count}`;
    heading.id = PREFIX + name;
  }
}

/** Old documents name their places with `<a name>`; links find ids. */
function identify(root: DocumentFragment): void {
  for (const anchor of root.querySelectorAll("a[name]:not([id])")) anchor.id = anchor.getAttribute("name") ?? "";
}

/** A fence called `math` is a displayed formula, as on GitHub. */
function formulas(root: DocumentFragment): void {
  for (const code of root.querySelectorAll("pre > code.language-math")) {
    code.parentElement?.replaceWith(element("span", "math math-display", code.textContent ?? ""));
  }
}

/** Code with a button that copies it. */
function copiable(root: DocumentFragment): void {
  for (const code of root.querySelectorAll("pre > code:only-child")) {
    const block = code.parentElement;
    if (!block || block.closest(".front-matter")) continue;
    const place = element("div", "code-block");
    block.replaceWith(place);
    place.append(block, copyButton("tool copy", t("copy.do"), () => code.textContent ?? ""));
  }
}

/** Draws the diagrams of a document that is in the page, each in a frame of its own; the source stays below it. */
export async function diagrams(root: HTMLElement, frameUrl: string | undefined, mounted: Mounted[]): Promise<void> {
  const codes = [...root.querySelectorAll("pre > code.language-mermaid")].slice(0, DIAGRAMS_MAX);
  if (codes.length === 0 || frameUrl === undefined) return;
  const { frame } = await import("../frame");
  for (const code of codes) {
    const data = code.textContent ?? "";
    const block = code.closest(".code-block") ?? code.parentElement;
    if (!block || data.trim() === "" || data.length > DIAGRAM_CHARACTERS_MAX) continue;
    const place = element("div", "diagram");
    const source = element("details", "diagram-source", element("summary", "", t("prose.diagram-source")));
    block.replaceWith(place, source);
    source.append(block);
    mounted.push(frame(place, { url: frameUrl, form: "mermaid", data, title: t("prose.diagram") }));
  }
}

export function adorn(root: DocumentFragment): void {
  name(root);
  identify(root);
  nameHeadings(root);
  formulas(root);
  copiable(root);
}
