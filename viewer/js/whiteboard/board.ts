// A whiteboard: a surface without edges that is moved and zoomed, page by page, or the same as a list to read. Text stays text, so it
// can be selected, searched, read aloud and printed. `bridge.ts` loads it.

import { colourAll } from "../computed";
import { loadDocuments } from "../documents";
import { button, element } from "../elements";
import type { FileInput, Mounted } from "../file";
import { loadStyles } from "../rich-text";
import { readText } from "../source";
import { number, t } from "../text";
import type { View } from "./geometry";
import { type Board, readBoard } from "./model";
import { type DrawnPage, drawPage, titleOf } from "./page";
import type { Drawing } from "./pieces";
import { signed, skippedNote, toggle } from "./tools";
import { type Viewport, viewport } from "./viewport";

export async function board(host: HTMLElement, input: FileInput, signal: AbortSignal): Promise<Mounted> {
  const [documents, text] = await Promise.all([loadDocuments(), readText(input, signal), loadStyles("notebook", "board")]);
  const read = readBoard(text);
  const mounted: Mounted[] = [];
  const drawing: Drawing = { documents, links: input.links, macros: {}, signal, frameUrl: input.frameUrl, mounted, coloured: [], still: false };
  if (read.pages.every(({ pieces }) => pieces.length === 0)) {
    host.replaceChildren(element("p", "empty", t("board.empty")), ...skippedNote(read.skipped));
    return { destroy() {} };
  }
  const shown = surface(host, input, read, drawing);
  return {
    drawn: shown.drawn,
    showFragment: shown.showFragment,
    destroy() {
      shown.destroy();
      for (const one of mounted) one.destroy();
    },
  };
}

/** What a fragment points at: `page=2`, `id=1a2b3c4d`. */
function placeOf(fragment: string): { page?: number; id?: string } {
  const [, page] = /^page=(\d{1,6})$/.exec(fragment) ?? [];
  const [, id] = /^id=([\w-]{1,64})$/.exec(fragment) ?? [];
  return page !== undefined ? { page: Number(page) } : id !== undefined ? { id } : {};
}

interface Surface {
  drawn: Promise<void>;
  showFragment(fragment: string): void;
  destroy(): void;
}

function surface(host: HTMLElement, input: FileInput, read: Board, drawing: Drawing): Surface {
  const leaves = leavesOf(read, drawing);
  const window = windowOf(leaves.sections);
  const [contents, notes] = [element("ol", "board-contents"), element("div", "board-notes")];
  const seen: Viewport = viewport(window, () => leaves.shown()?.bounds() ?? { x: 0, y: 0, w: 1, h: 1 }, (view) => {
    place(window, leaves.shown(), view);
    bar.zoom.textContent = t("board.zoom", { percent: number(Math.round(view.zoom * 100)) });
  });
  const turnTo = async (n: number): Promise<void> => {
    const drawn = leaves.turnTo(n);
    bar.turned(leaves.current());
    seen.fit();
    await drawn.drawn;
    if (drawing.signal.aborted) return;
    const { w, h } = drawn.bounds();
    window.style.setProperty("--ratio", String(w / Math.max(1, h)));
    seen.fit();
    contents.replaceChildren(...contentsOf(drawn, (id) => seen.show(rectOf(drawn, id))));
    notes.replaceChildren(...notesOf(drawn, read.skipped));
  };
  const turn = (by: number) => {
    void turnTo(leaves.current() + by);
    input.onFragment(`page=${leaves.current() + 1}`);
  };
  const bar = toolbar(host, read.pages.length, { seen, turn, contents });
  const showFragment = async (fragment: string) => {
    const { page, id } = placeOf(fragment);
    const at = id === undefined ? (page ?? 1) - 1 : read.pages.findIndex(({ pieces }) => pieces.some((piece) => piece.id === id));
    await turnTo(Math.max(0, at));
    const drawn = leaves.shown();
    if (at >= 0 && id !== undefined && drawn) seen.show(rectOf(drawn, id));
  };
  // Paper has no edges to move to: there everything is a list.
  const paper = matchMedia("print");
  const print = () => paper.matches && leaves.drawAll();
  paper.addEventListener("change", print);
  contents.hidden = true;
  host.replaceChildren(bar.place, contents, window, notes);
  return {
    drawn: showFragment(input.fragment),
    showFragment: (fragment) => void showFragment(fragment),
    destroy() {
      paper.removeEventListener("change", print);
      seen.destroy();
      leaves.destroy();
    },
  };
}

/** The element that the board is seen through. */
function windowOf(sections: readonly HTMLElement[]): HTMLElement {
  const window = element("div", "board-window", ...sections);
  window.tabIndex = 0;
  window.setAttribute("role", "group");
  window.setAttribute("aria-label", t("board.surface"));
  return window;
}

/** Moves the page that is shown, and the dots behind it. */
function place(window: HTMLElement, page: DrawnPage | undefined, { x, y, zoom }: View): void {
  page?.sheet.style.setProperty("transform", `scale(${zoom}) translate(${-x}px, ${-y}px)`);
  window.style.setProperty("--zoom", String(zoom));
  window.style.setProperty("--left", `${-x * zoom}px`);
  window.style.setProperty("--top", `${-y * zoom}px`);
}

interface Leaves {
  readonly sections: HTMLElement[];
  current(): number;
  shown(): DrawnPage | undefined;
  /** Shows that page, or the nearest there is. */
  turnTo(n: number): DrawnPage;
  drawAll(): void;
  destroy(): void;
}

/** The pages, each drawn when it is first shown. */
function leavesOf({ pages }: Board, drawing: Drawing): Leaves {
  const sections = pages.map((_, n) => {
    const section = element("section", "board-page");
    section.setAttribute("aria-label", t("board.page", { number: n + 1, count: pages.length }));
    section.hidden = true;
    return section;
  });
  const drawn = new Map<number, DrawnPage>();
  let current = 0;
  const draw = (n: number): DrawnPage => {
    const known = drawn.get(n);
    if (known) return known;
    const made = drawPage(pages[n] ?? { pieces: [], edges: [] }, drawing);
    drawn.set(n, made);
    sections[n]?.replaceChildren(made.sheet);
    void made.drawn.then(() => colourAll(drawing.coloured.splice(0), drawing.signal));
    return made;
  };
  return {
    sections,
    current: () => current,
    shown: () => drawn.get(current),
    turnTo(n) {
      current = Math.max(0, Math.min(pages.length - 1, n));
      sections.forEach((section, at) => (section.hidden = at !== current));
      return draw(current);
    },
    drawAll: () => sections.forEach((_, n) => draw(n)),
    destroy: () => drawn.forEach((page) => page.destroy()),
  };
}

const rectOf = (drawn: DrawnPage, id: string) => drawn.order.find((piece) => piece.id === id) ?? drawn.bounds();

/** The pieces that have words, by their first ones, in the order of reading. */
function contentsOf(drawn: DrawnPage, go: (id: string) => void): HTMLElement[] {
  return drawn.order.flatMap((piece) => {
    const title = titleOf(piece);
    return title === "" ? [] : [element("li", "", button("board-entry", title, () => go(piece.id)))];
  });
}

/** What a picture shows and words do not, and what is not shown. */
function notesOf(drawn: DrawnPage, skipped: number): HTMLElement[] {
  const strokes = drawn.order.filter(({ content }) => content.kind === "pen").length;
  return [
    ...(strokes > 0 ? [element("p", "small board-strokes", t("board.strokes", { count: strokes }))] : []),
    ...(drawn.leftOut > 0 ? [element("p", "small", t("board.leftOut", { count: drawn.leftOut }))] : []),
    ...skippedNote(skipped),
  ];
}

interface Bar {
  place: HTMLElement;
  zoom: HTMLElement;
  turned(page: number): void;
}

function toolbar(host: HTMLElement, pages: number, { seen, turn, contents }: { seen: Viewport; turn(by: number): void; contents: HTMLElement }): Bar {
  const zoom = element("span", "tools-note board-zoom");
  const at = element("span", "tools-note");
  at.setAttribute("role", "status");
  const [back, on] = [signed("‹", t("board.back"), () => turn(-1)), signed("›", t("board.on"), () => turn(1))];
  const turning = pages > 1 ? [element("span", "tool-group", back, at, on)] : [];
  const place = element(
    "div",
    "tools",
    ...turning,
    element("span", "tool-group", signed("−", t("board.smaller"), () => seen.zoomBy(0.8)), zoom, signed("+", t("board.larger"), () => seen.zoomBy(1.25)), button("tool", t("board.fit"), () => seen.fit())),
    element("span", "tool-space"),
    toggle(t("board.contents"), (shown) => (contents.hidden = !shown)),
    toggle(t("board.list"), (listed) => host.classList.toggle("board-listed", listed)),
  );
  if (document.fullscreenEnabled) {
    place.append(button("tool", t("board.fullScreen"), () => void (document.fullscreenElement ? document.exitFullscreen() : host.requestFullscreen()).catch(() => {})));
  }
  return {
    place,
    zoom,
    turned(page) {
      at.textContent = t("board.page", { number: page + 1, count: pages });
      back.disabled = page === 0;
      on.disabled = page === pages - 1;
    },
  };
}
