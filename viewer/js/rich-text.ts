// Small Markdown texts of CoCalc's documents, many on one page: sanitised by `markup.ts`, with boxes that are ticked anywhere in a
// text and words after a hash set off. Boards, tasks, chats and worksheets call it.

import type { Documents } from "./documents";
import { element } from "./elements";
import { type Surroundings, fill } from "./markup";
import { loadStyle } from "./styles";
import { t } from "./text";

/** What pieces of one document share. */
export interface Around extends Surroundings {
  readonly documents: Documents;
}

/** Loads the sheets of such texts and of those who call; one that there is none of is not needed. */
export async function loadStyles(...names: string[]): Promise<void> {
  const sheets = ["rich-text", ...names].flatMap((name) => ASSETS.styles[name] ?? []);
  await Promise.all(sheets.map(loadStyle));
}

/** Where a box or a hash is only text. */
const AS_IT_IS = "a, pre, code, .math, .front-matter";

/** A box at the beginning or after white space, or a word after a hash. */
const MARK = /(^|\s)(?:\[([ xX])\](?=\s|$)|#(\p{L}[\p{L}\p{N}_-]{0,63}))/gu;

function tick(done: boolean): HTMLElement {
  const box = element("span", done ? "tick tick-done" : "tick");
  box.setAttribute("role", "img");
  box.setAttribute("aria-label", done ? t("cocalc.ticked") : t("cocalc.unticked"));
  return box;
}

/** Replaces a text by pieces, or leaves it when there is nothing to mark. */
function mark(node: Text): void {
  const text = node.data;
  const pieces: (Node | string)[] = [];
  let from = 0;
  for (const found of text.matchAll(MARK)) {
    const [whole, space = "", box, tag] = found;
    pieces.push(text.slice(from, found.index) + space, box === undefined ? element("span", "hashtag", `#${tag}`) : tick(box !== " "));
    from = found.index + whole.length;
  }
  if (pieces.length > 0) node.replaceWith(...pieces, text.slice(from));
}

/** Fills `host` with a text in Markdown. */
export function richText(host: HTMLElement, text: string, around: Around): void {
  fill(host, around.documents.markdown(text, ""), around);
  // The headings of many small texts have the same names; links to them would lead anywhere.
  for (const anchor of host.querySelectorAll(".anchor")) anchor.remove();
  for (const named of host.querySelectorAll("h1, h2, h3, h4, h5, h6")) named.removeAttribute("id");
  const walker = document.createTreeWalker(host, NodeFilter.SHOW_TEXT);
  const texts: Text[] = [];
  while (walker.nextNode()) if (walker.currentNode instanceof Text && /[[#]/.test(walker.currentNode.data)) texts.push(walker.currentNode);
  for (const node of texts) if (!node.parentElement?.closest(AS_IT_IS)) mark(node);
}

/** An element that holds a text in Markdown. */
export function richElement(className: string, text: string, around: Around): HTMLElement {
  const place = element("div", `prose ${className}`.trimEnd());
  richText(place, text, around);
  return place;
}
