// One page of a board: its pieces in the order of reading, and the lines between them. Pieces may grow with their text; lines follow.
// `board.ts` and `slides.ts` call it.

import { element } from "../elements";
import { LINE_RATIO } from "./colours";
import { type Rect, around, arrow, readingOrder, turned } from "./geometry";
import type { Edge, Page, Piece } from "./model";
import { type Drawing, pieceElement, setInk, shape } from "./pieces";

/** More pieces than this would be felt by every movement. */
const PIECES_MAX = 3_000;

/** How long one slice of drawing may take before the page gets a turn. */
const SLICE_MS = 16;

export interface DrawnPage {
  /** Whose origin is the board's. */
  readonly sheet: HTMLElement;
  /** By the pieces' ids. */
  readonly places: ReadonlyMap<string, HTMLElement>;
  readonly order: readonly Piece[];
  readonly leftOut: number;
  /** Resolves when all is in the page. */
  readonly drawn: Promise<void>;
  /** Around all that is drawn, as it is now. */
  bounds(): Rect;
  destroy(): void;
}

export function drawPage(page: Page, drawing: Drawing): DrawnPage {
  const order = readingOrder(page.pieces.slice(0, PIECES_MAX), ({ content }) => content.kind === "frame");
  const sheet = element("div", "sheet");
  const lines = shape("svg", { class: "lines", "aria-hidden": "true", width: "1", height: "1" });
  sheet.append(lines);
  const places = new Map<string, HTMLElement>();
  const known = new Map(order.map((piece) => [piece.id, piece]));
  const edges = page.edges.filter(({ from, to }) => known.has(from) && known.has(to));
  const linked = new Set(edges.flatMap(({ from, to }) => [from, to]));

  // What a piece takes on the board now: as wide as its author made it, and at least as high.
  const rect = (piece: Piece): Rect => ({ ...piece, h: Math.max(piece.h, places.get(piece.id)?.offsetHeight ?? 0) });
  let waiting = 0;
  const connect = () => {
    waiting = 0;
    lines.replaceChildren(...edges.flatMap((edge) => edgeShapes(edge, rect, known)));
  };
  const grown = new ResizeObserver(() => (waiting ||= requestAnimationFrame(connect)));
  const add = (piece: Piece) => {
    const place = pieceElement(piece, drawing);
    places.set(piece.id, place);
    sheet.append(place);
    if (linked.has(piece.id)) grown.observe(place);
  };
  return {
    sheet,
    places,
    order,
    leftOut: page.pieces.length - order.length,
    drawn: addAll(order, add, drawing.signal),
    bounds: () => around(order.map((piece) => turned(rect(piece)))) ?? { x: 0, y: 0, w: 400, h: 300 },
    destroy() {
      grown.disconnect();
      cancelAnimationFrame(waiting);
    },
  };
}

async function addAll(pieces: readonly Piece[], add: (piece: Piece) => void, signal: AbortSignal): Promise<void> {
  let sliceEnd = performance.now() + SLICE_MS;
  for (const piece of pieces) {
    if (signal.aborted) return;
    add(piece);
    if (performance.now() > sliceEnd) {
      await new Promise((resolve) => setTimeout(resolve));
      sliceEnd = performance.now() + SLICE_MS;
    }
  }
}

function edgeShapes({ from, to, look }: Edge, rect: (piece: Piece) => Rect, known: ReadonlyMap<string, Piece>): SVGElement[] {
  const [a, b] = [known.get(from), known.get(to)];
  if (!a || !b) return [];
  const { line, head } = arrow(rect(a), rect(b), look.width);
  const group = shape("g", { class: "line" });
  setInk(group, look, LINE_RATIO);
  if (look.opacity < 1) group.style.setProperty("opacity", String(look.opacity));
  group.append(shape("path", { d: line, "stroke-width": String(look.width) }), shape("polygon", { points: head }));
  return [group];
}

/** What a piece is called in a list of them: its first line of words. */
export function titleOf({ content }: Piece): string {
  const text = "text" in content ? content.text : content.kind === "code" ? content.cell.code : content.kind === "frame" ? content.title : "";
  const line = text.slice(0, 2_000).split("\n").map((one) => one.slice(0, 200).replace(/^[\s#>*+\-[\]\dxX.)]+|[*_`$\\]|<[^>]*>/g, "").trim()).find((one) => one !== "");
  return (line ?? "").slice(0, 80);
}
