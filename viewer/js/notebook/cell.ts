// One cell: its number, which is a link to it, its source, its outputs, its tags. Everything is text until `markup.ts` has seen it.

import { button, element, folded, preformatted } from "../elements";
import { fill } from "../markup";
import { t } from "../text";
import type { CodeCell, DrawnCell, DrawnOutput, TextCell } from "./drawing";
import { nameHeadings } from "./headings";
import { outputElement } from "./output";
import type { Notebook } from "./shared";

/** How long a copy button says that it has copied. */
const COPIED_MS = 1_600;

export function cellElement(cell: DrawnCell, shared: Notebook): HTMLElement {
  const place = element("div", `cell cell-${cell.kind}`);
  place.id = cell.id;
  // Articles, not regions: a notebook has hundreds, and landmarks are for few.
  place.setAttribute("role", "article");
  place.setAttribute("aria-label", labelOf(cell));
  const marks = cell.kind === "raw" && cell.format ? [cell.format, ...cell.tags] : cell.tags;
  place.append(linkTo(cell), ...(marks.length > 0 ? [tagsOf(marks)] : []));
  if (cell.kind === "text") place.append(textOf(cell, shared));
  else if (cell.kind === "raw") place.append(foldedIf(cell.sourceHidden, t("notebook.source"), preformatted("plain", cell.source)));
  else place.append(...codeOf(cell, place, shared));
  return place;
}

function labelOf(cell: DrawnCell): string {
  if (cell.kind === "text") return t("notebook.cell.text");
  if (cell.kind === "raw") return cell.format ? t("notebook.cell.rawOf", { format: cell.format }) : t("notebook.cell.raw");
  return cell.count === null ? t("notebook.cell.code") : t("notebook.cell.run", { number: String(cell.count) });
}

/** The number in brackets, or a sign that shows when it is pointed at: a link to the cell. */
function linkTo(cell: DrawnCell): HTMLElement {
  const text = cell.kind === "code" ? `[${cell.count ?? " "}]` : cell.kind === "raw" ? t("notebook.raw") : "#";
  const link = element("a", cell.kind === "text" ? "prompt prompt-quiet" : "prompt", text);
  link.href = `#${cell.id}`;
  link.setAttribute("aria-label", t("notebook.cell.link", { cell: labelOf(cell) }));
  return link;
}

function tagsOf(tags: string[]): HTMLElement {
  const list = element("ul", "tags", ...tags.map((tag) => element("li", "", tag)));
  list.setAttribute("aria-label", t("notebook.tags"));
  return list;
}

function foldedIf(fold: boolean, summary: string, content: HTMLElement): HTMLElement {
  return fold ? folded("folded", summary, content) : content;
}

function textOf(cell: TextCell, shared: Notebook): HTMLElement {
  const text = element("div", "prose");
  fill(text, cell.html, shared, cell.attachments);
  nameHeadings(text, shared.headings);
  return foldedIf(cell.sourceHidden, t("notebook.text"), text);
}

function codeOf(cell: CodeCell, place: HTMLElement, shared: Notebook): HTMLElement[] {
  const parts = [sourceOf(cell, place, shared)];
  const shown = cell.outputs.map((output) => outputOf(output, cell, shared));
  if (cell.outputsLeftOut > 0) shown.push(element("p", "small", t("notebook.output.more", { count: cell.outputsLeftOut })));
  if (shown.length > 0) {
    const outputs = element("div", "outputs", ...shown);
    if (cell.scrolled === true) scroll(outputs);
    parts.push(foldedIf(cell.outputsHidden, t("notebook.output"), outputs));
  }
  return parts;
}

/** One output that cannot be drawn is not the end of the others. */
function outputOf(output: DrawnOutput, cell: CodeCell, shared: Notebook): HTMLElement {
  try {
    return outputElement(output, cell.scrolled, shared);
  } catch (error) {
    console.warn("An output could not be drawn", error);
    return element("div", "part-problem", element("p", "", t("notebook.output.failed")), preformatted("snippet", JSON.stringify(output, undefined, 1).slice(0, 20_000)));
  }
}

/** Outputs that their author let scroll, with a way to see them all. */
function scroll(outputs: HTMLElement): void {
  outputs.classList.add("outputs-scrolled");
  outputs.tabIndex = 0;
  outputs.setAttribute("role", "group");
  outputs.setAttribute("aria-label", t("notebook.output"));
  const more = button("button more", t("notebook.output.unfold"), () => {
    outputs.classList.remove("outputs-scrolled");
    more.remove();
  });
  outputs.prepend(more);
}

/** The code of a cell, folded when its author folded it. */
function sourceOf(cell: CodeCell, place: HTMLElement, shared: Notebook): HTMLElement {
  if (cell.source.trim() === "") return element("pre", "snippet snippet-empty");
  const code = element("code", "", cell.source);
  shared.colours.add(place, code, cell.source, cell.language);
  const block = element("div", "source", preformatted("snippet", code), copyButton(cell.source));
  return foldedIf(cell.sourceHidden, t("notebook.code"), block);
}

function copyButton(source: string): HTMLButtonElement {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const made = button("tool copy", t("notebook.copy"), () => {
    const say = (key: string) => {
      made.textContent = t(key);
      clearTimeout(timer);
      timer = setTimeout(() => (made.textContent = t("notebook.copy")), COPIED_MS);
    };
    // A page in another's frame may not be allowed to.
    navigator.clipboard.writeText(source).then(() => say("notebook.copied"), () => say("notebook.notCopied"));
  });
  made.setAttribute("aria-live", "polite");
  return made;
}

/** Between two cells, in pixels, as in `notebook.css`. */
export const CELL_GAP = 14;

/** About how high a cell will be, so that the page is about as long before all of it is laid out. */
export function heightOf(cell: DrawnCell): number {
  const lines = (text: string) => text.split("\n", 200).length;
  if (cell.kind === "text") return Math.min(2_000, 30 + cell.html.length / 3);
  const source = cell.sourceHidden ? 30 : 22 + 20 * lines(cell.source);
  if (cell.kind === "raw") return source;
  const heights = cell.outputs.map((output) => {
    if (output.kind === "terminal") return Math.min(400, 19 * lines(output.text));
    if (output.kind === "image" || output.kind === "page") return output.height ?? 320;
    return output.kind === "nothing" ? 0 : 150;
  });
  return Math.round(source + (cell.outputsHidden ? 30 : Math.min(6_000, heights.reduce((sum, height) => sum + height + 8, 0))));
}
