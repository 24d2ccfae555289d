// The headings of a notebook: one name for each, though two cells may have the same heading, and what its contents list says.

import type { Heading } from "../contents";

/** What the sanitiser puts before ids. */
const PREFIX = "user-content-";

const HEADINGS = "h1, h2, h3, h4, h5, h6";

/** A name that nobody has, in the way of GitHub: `-1`, `-2` behind it. */
export function unique(name: string, taken: Map<string, number>): string {
  let free = name;
  while (taken.has(free)) {
    const count = (taken.get(name) ?? 0) + 1;
    taken.set(name, count);
    free = `${name}-${count}`;
  }
  taken.set(free, 0);
  return free;
}

/** Renames the headings of one cell that others have, with their links to themselves. */
export function nameHeadings(text: HTMLElement, taken: Map<string, number>): void {
  for (const heading of text.querySelectorAll<HTMLElement>(HEADINGS)) {
    if (!heading.id.startsWith(PREFIX)) continue;
    const own = heading.id.slice(PREFIX.length);
    const name = unique(own, taken);
    heading.dataset["title"] = titleOf(heading);
    if (name === own) continue;
    heading.id = PREFIX + name;
    heading.querySelector(".anchor")?.setAttribute("href", `#${encodeURIComponent(name)}`);
  }
}

/** A heading's text without the sign that links to it; asked for before formulas are typeset, which doubles their text. */
function titleOf(heading: HTMLElement): string {
  const parts = [...heading.childNodes].filter((node) => !(node instanceof Element && node.classList.contains("anchor")));
  return parts.map((node) => node.textContent ?? "").join("").trim();
}

/** The headings of all cells, in order. */
export function headingsOf(column: HTMLElement): Heading[] {
  const found = column.querySelectorAll<HTMLElement>(".cell-text :is(h1, h2, h3, h4, h5, h6)[data-title]");
  return [...found].map((heading) => ({ level: Number(heading.localName.slice(1)), text: heading.dataset["title"] ?? "", id: heading.id }));
}

/** How many headings cells will have, before they are drawn. */
export const countHeadings = (html: string): number => html.match(/<h[1-6][\s>]/g)?.length ?? 0;
