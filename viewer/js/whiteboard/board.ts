// A whiteboard: a surface without edges that is moved and zoomed, page by page, or the same as a list to read. Text stays text, so it
// can be selected, searched, read aloud and printed. `bridge.ts` loads it.

import { type Coloured, colourAll } from "../computed";
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

/** A page and its element, drawn when it is first shown. */
interface Leaf {
  readonly section: HTMLElement;
  drawn?: DrawnPage;
}

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
  const leaves: Leaf[] = read.pages.map((_, n) => {
    const section = element("section", "board-page");
    section.setAttribute("aria-label", t("board.page", { number: n + 1, count: read.pages.length }));
    section.hidden = true;
    return { section };
  });
  const window = element("div", "board-window", ...leaves.map(({ section }) => section));
  window.tabIndex = 0;
  window.setAttribute("role", "group");
  window.setAttribute("aria-label", t("board.surface"));
  const notes = element("div", "board-notes");
  let current = 0;

  const coloured = drawing.coloured;
  const draw = (n: number): DrawnPage | undefined => {
    const [leaf, page] = [leaves[n], read.pages[n]];
    if (!leaf || !page) return undefined;
    if (!leaf.drawn) {
      const drawn = (leaf.drawn = drawPage(page, drawing));
      leaf.section.replaceChildren(drawn.sheet);
      void drawn.drawn.then(() => colourAll(coloured.splice(0) as Coloured[], drawing.signal));
    }
    return leaf.drawn;
  };
  const shown = () => leaves[current]?.drawn;
  const place = (view: View) => {
    shown()?.sheet.style.setProperty("transform", `scale(${view.zoom}) translate(${-view.x}px, ${-view.y}px)`);
    for (const [name, value] of [["--zoom", view.zoom], ["--left", -view.x * view.zoom], ["--top", -view.y * view.zoom]] as const) window.style.setProperty(name, name === "--zoom" ? String(value) : `${value}px`);
    bar.zoom.textContent = t("board.zoom", { percent: number(Math.round(view.zoom * 100)) });
  };
  const seen: Viewport = viewport(window, () => shown()?.bounds() ?? { x: 0, y: 0, w: 1, h: 1 }, (view) => place(view));

  const turnTo = async (n: number): Promise<void> => {
    current = Math.max(0, Math.min(leaves.length - 1, n));
    leaves.forEach(({ section }, at) => (section.hidden = at !== current));
    const drawn = draw(current);
    if (!drawn) return;
    bar.turned(current);
    seen.fit();
    await drawn.drawn;
    if (drawing.signal.aborted) return;
    seen.fit();
    contents.replaceChildren(...contentsOf(drawn, (id) => seen.show(rectOf(drawn, id))));
    notes.replaceChildren(...notesOf(drawn, read.skipped));
  };
  const turnByHand = (n: number) => {
    void turnTo(n);
    input.onFragment(`page=${current + 1}`);
  };
  const contents = element("ol", "board-contents");
  const bar = toolbar(host, leaves.length, { seen, turn: (by) => turnByHand(current + by), contents });
  const showFragment = async (fragment: string) => {
    const { page, id } = placeOf(fragment);
    if (page !== undefined) return turnTo(page - 1);
    const at = read.pages.findIndex(({ pieces }) => pieces.some((piece) => piece.id === id));
    await turnTo(Math.max(0, at));
    const drawn = shown();
    if (at >= 0 && id !== undefined && drawn) seen.show(rectOf(drawn, id));
  };

  // Paper has no edges to move to: there everything is a list.
  const paper = matchMedia("print");
  const print = () => paper.matches && leaves.forEach((_, n) => draw(n));
  paper.addEventListener("change", print);
  host.replaceChildren(bar.place, contents, window, notes);
  contents.hidden = true;
  return {
    drawn: showFragment(input.fragment),
    showFragment: (fragment) => void showFragment(fragment),
    destroy() {
      paper.removeEventListener("change", print);
      seen.destroy();
      for (const { drawn } of leaves) drawn?.destroy();
    },
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
