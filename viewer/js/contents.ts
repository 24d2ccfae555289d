// A contents list made from headings: beside the text on a wide screen, folded above it on a narrow one, the section that is being
// read marked.
//
// It refuses HTML: an entry is the heading's text and nothing else (contents lists made of HTML let scripts in elsewhere). The
// renderers of documents and notebooks call it.

import { element } from "./elements";
import { loadStyle } from "./styles";
import { t } from "./text";

export interface Heading {
  /** 1 to 6. */
  readonly level: number;
  readonly text: string;
  /** The heading's own, with or without the sanitiser's prefix. */
  readonly id: string;
}

/** An entry and what stands below it. */
export interface Section {
  readonly heading: Heading;
  readonly below: Section[];
}

/** Fewer headings than this can be seen at a glance. */
const HEADINGS_MIN = 3;

/** A document with more than this was made by a machine; its later headings are left out. */
const HEADINGS_MAX = 1_000;

/** An entry longer than this is cut. */
const CHARACTERS_MAX = 200;

/** From this width on there is room beside the text; `contents.css` has the same number. */
const WIDE = "(min-width: 1100px)";

/** How far below the top of the window a heading counts as reached. */
const REACHED_PX = 90;

/** The ids that the sanitiser gives. */
const PREFIX = "user-content-";

/** Loads the list's style sheet; called beside whatever else a renderer waits for. */
export const loadContentsStyle = (): Promise<void> => loadStyle(ASSETS.styles.contents ?? "");

/** Headings as a tree; a level that is left out is none. */
export function nest(headings: readonly Heading[]): Section[] {
  const top: Section[] = [];
  const open: Section[] = [];
  for (const heading of headings) {
    while ((open.at(-1)?.heading.level ?? 0) >= heading.level) open.pop();
    const section: Section = { heading, below: [] };
    (open.at(-1)?.below ?? top).push(section);
    open.push(section);
  }
  return top;
}

/** The last of `count` places whose top is at most `line`, in document order; -1 when the first is further down. */
export function lastAbove(count: number, top: (index: number) => number, line: number): number {
  let [low, high] = [0, count];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (top(middle) <= line) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** The list; nothing when there is too little to list. It `follows` the reader where the headings are elements of the page. */
export function contents(headings: { level: number; text: string; id: string }[], { follows = true } = {}): HTMLElement | undefined {
  const listed = headings.filter(({ text, id }) => text.trim() !== "" && id !== "").slice(0, HEADINGS_MAX);
  if (listed.length < HEADINGS_MIN) return undefined;
  const links: HTMLAnchorElement[] = [];
  const list = listOf(nest(listed), links);
  const fold = element("details", "contents-fold", element("summary", "", t("contents.title")), list);
  const nav = element("nav", "contents", fold);
  nav.setAttribute("aria-label", t("contents.title"));
  follow(nav, fold, follows ? listed : [], links);
  return nav;
}

/** A list and the text that it belongs to, for the place where the text alone would have been. */
export function besideContents(list: HTMLElement, text: HTMLElement): HTMLElement {
  return element("div", "with-contents", list, text);
}

function listOf(sections: readonly Section[], links: HTMLAnchorElement[]): HTMLOListElement {
  const list = element("ol");
  for (const { heading, below } of sections) {
    const text = heading.text.trim().replace(/\s+/g, " ");
    const link = element("a", "", text.length > CHARACTERS_MAX ? `${text.slice(0, CHARACTERS_MAX)}…` : text);
    link.href = `#${encodeURIComponent(heading.id.replace(PREFIX, ""))}`;
    links.push(link);
    list.append(element("li", "", link, ...(below.length > 0 ? [listOf(below, links)] : [])));
  }
  return list;
}

/** Keeps the fold as the width asks, and marks where the reader is, until the list is taken out of the page. */
function follow(nav: HTMLElement, fold: HTMLDetailsElement, headings: readonly Heading[], links: readonly HTMLAnchorElement[]): void {
  const ended = new AbortController();
  const wide = matchMedia(WIDE);
  const arrange = () => (fold.open = wide.matches);
  arrange();
  wide.addEventListener("change", arrange, { signal: ended.signal });
  // On a narrow screen the list covers the way to where its link leads.
  fold.addEventListener("click", (event) => {
    if (!wide.matches && event.target instanceof HTMLAnchorElement) fold.open = false;
  });
  let [marked, pending, wasThere] = [-1, false, false];
  const mark = () => {
    pending = false;
    if (!nav.isConnected) {
      if (wasThere) ended.abort();
      return;
    }
    wasThere = true;
    if (headings.length === 0) return;
    // Above the first heading, the first section is what comes.
    const now = Math.max(0, lastAbove(headings.length, (index) => topOf(headings[index]?.id ?? ""), REACHED_PX));
    if (now === marked) return;
    links[marked]?.removeAttribute("aria-current");
    links[now]?.setAttribute("aria-current", "location");
    marked = now;
    reveal(nav, links[now]);
  };
  const soon = () => {
    if (!pending) requestAnimationFrame(mark);
    pending = true;
  };
  // Whatever scrolls, the window or a part of the page.
  document.addEventListener("scroll", soon, { capture: true, passive: true, signal: ended.signal });
  addEventListener("resize", soon, { passive: true, signal: ended.signal });
  soon();
}

/**
 * Where a heading is now; one that is not in the page yet comes later. What is far out of sight has no layout inside, and to ask
 * for one would make it: there, what holds the heading says where it is.
 */
function topOf(id: string): number {
  let place: Element | null = document.getElementById(id) ?? document.getElementById(PREFIX + id);
  // Safari has it since 17.4; those before lay out what they are asked for.
  while (place?.checkVisibility?.({ contentVisibilityAuto: true }) === false) place = place.parentElement;
  return place?.getBoundingClientRect().top ?? Infinity;
}

/** Scrolls the list, and never the page, to its marked entry. */
function reveal(nav: HTMLElement, link: HTMLAnchorElement | undefined): void {
  if (!link || nav.scrollHeight <= nav.clientHeight) return;
  const [frame, entry] = [nav.getBoundingClientRect(), link.getBoundingClientRect()];
  if (entry.top < frame.top || entry.bottom > frame.bottom) nav.scrollTop += entry.top - frame.top - frame.height / 3;
}
