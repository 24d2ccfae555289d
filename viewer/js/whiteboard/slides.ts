// Slides: pages of a board that are all of one size, one below the other, with small pictures of them to go by, and one at a time over
// the whole screen. What lies outside a slide is not shown, and neither are the speaker's notes. `bridge.ts` loads it.

import { colourAll } from "../computed";
import { loadDocuments } from "../documents";
import { button, element } from "../elements";
import type { FileInput, Mounted } from "../file";
import { loadStyles } from "../rich-text";
import { readText } from "../source";
import { t } from "../text";
import { type Page, readBoard } from "./model";
import { titleOf } from "./page";
import type { Drawing } from "./pieces";
import { present } from "./presenting";
import { slideElement } from "./slide";
import { skippedNote } from "./tools";

/** What a page is called: its first words. */
const nameOf = (page: Page, n: number): string => {
  const words = [...page.pieces].sort((a, b) => a.y - b.y).map(titleOf).find((title) => title !== "");
  return words === undefined ? t("slides.slide", { number: n + 1 }) : t("slides.named", { number: n + 1, title: words });
};

const numberOf = (fragment: string): number => Number(/^slide=(\d{1,6})$/.exec(fragment)?.[1] ?? 0);

export async function slides(host: HTMLElement, input: FileInput, signal: AbortSignal): Promise<Mounted> {
  const [documents, text] = await Promise.all([loadDocuments(), readText(input, signal), loadStyles("notebook", "board", "slides")]);
  const { pages, skipped } = readBoard(text);
  const mounted: Mounted[] = [];
  const drawing = (still: boolean): Drawing => ({ documents, links: input.links, macros: {}, signal, frameUrl: input.frameUrl, mounted, coloured: [], still });
  if (pages.every(({ pieces }) => pieces.length === 0)) {
    host.replaceChildren(element("p", "empty", t("slides.empty")), ...skippedNote(skipped));
    return { destroy() {} };
  }
  const sections = pages.map((page, n) => {
    const section = element("section", "slide-place");
    section.id = `slide-${n + 1}`;
    section.setAttribute("aria-label", nameOf(page, n));
    return section;
  });
  const go = (n: number) => sections[n]?.scrollIntoView({ block: "start" });
  const thumbs = thumbnails(pages, drawing(true), mounted, (n) => {
    go(n);
    input.onFragment(`slide=${n + 1}`);
  });
  const start = () => present(pages, drawing(false), Math.max(0, seen.current()), (n) => {
    go(n);
    input.onFragment(`slide=${n + 1}`);
  });
  const bar = element("div", "tools slides-tools", element("span", "tools-note", t("slides.count", { count: pages.length })), button("tool", t("slides.present"), start));
  const seen = follow(sections, thumbs.current);
  host.replaceChildren(bar, element("div", "slides", thumbs.place, element("div", "slides-column", ...sections, ...skippedNote(skipped))));
  mounted.push(seen);
  return {
    drawn: drawAll(pages, sections, drawing(false), mounted).then(() => go(numberOf(input.fragment) - 1)),
    showFragment: (fragment) => go(numberOf(fragment) - 1),
    destroy: () => mounted.forEach((one) => one.destroy()),
  };
}

async function drawAll(pages: readonly Page[], sections: readonly HTMLElement[], drawing: Drawing, mounted: Mounted[]): Promise<void> {
  for (const [n, page] of pages.entries()) {
    const made = slideElement(page, drawing);
    mounted.push(made);
    sections[n]?.append(made.box);
    await made.drawn;
    if (drawing.signal.aborted) return;
  }
  void colourAll(drawing.coloured, drawing.signal);
}

/** Small pictures in a column; each is drawn when it comes into sight, which on a phone it never does. */
function thumbnails(pages: readonly Page[], drawing: Drawing, mounted: Mounted[], go: (n: number) => void): { place: HTMLElement; current(n: number): void } {
  const buttons = pages.map((page, n) => {
    const made = button("thumb", String(n + 1), () => go(n));
    made.setAttribute("aria-label", nameOf(page, n));
    return made;
  });
  // The button lies over its picture, whose text is the slide's and no part of what the button is called.
  const items = buttons.map((one) => {
    const picture = element("span", "thumb-picture");
    picture.setAttribute("aria-hidden", "true");
    return element("li", "", one, picture);
  });
  const draw = new IntersectionObserver((entries) => {
    for (const { isIntersecting, target } of entries) {
      const page = pages[items.indexOf(target as HTMLLIElement)];
      if (!isIntersecting || !page) continue;
      draw.unobserve(target);
      const made = slideElement(page, drawing);
      mounted.push(made);
      made.box.inert = true;
      target.querySelector(".thumb-picture")?.append(made.box);
    }
  });
  for (const item of items) draw.observe(item);
  mounted.push({ destroy: () => draw.disconnect() });
  const place = element("nav", "thumbs", element("ol", "", ...items));
  place.setAttribute("aria-label", t("slides.all"));
  const current = (n: number) => {
    buttons.forEach((one, at) => (at === n ? one.setAttribute("aria-current", "true") : one.removeAttribute("aria-current")));
    // Only the column moves, never the page.
    const one = items[n];
    if (one && place.scrollHeight > place.clientHeight) place.scrollTop = one.offsetTop - place.clientHeight / 2 + one.offsetHeight / 2;
  };
  return { place, current };
}

/** Which slide is most in sight. */
function follow(sections: readonly HTMLElement[], changed: (n: number) => void): Mounted & { current(): number } {
  const share = new Map<Element, number>();
  let current = -1;
  const watch = new IntersectionObserver((entries) => {
    for (const { target, intersectionRatio } of entries) share.set(target, intersectionRatio);
    const most = sections.reduce((best, section, n) => ((share.get(section) ?? 0) > (share.get(sections[best] ?? section) ?? 0) ? n : best), 0);
    if (most !== current) changed((current = most));
  }, { threshold: [0, 0.25, 0.5, 0.75, 1] });
  for (const section of sections) watch.observe(section);
  return { current: () => current, destroy: () => watch.disconnect() };
}
