// Where things are on a board: bounds, the order in which they are read, lines between them, and what part of it a window shows.
// Pure; all numbers are the author's pixels unless a name says otherwise.

export interface Rect {
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

const centre = ({ x, y, w, h }: Rect): Point => ({ x: x + w / 2, y: y + h / 2 });

/** The upright rectangle around one that is turned about its centre. */
export function turned(rect: Rect & { rotate?: number }): Rect {
  const [sin, cos] = [Math.abs(Math.sin(rect.rotate ?? 0)), Math.abs(Math.cos(rect.rotate ?? 0))];
  const { x, y } = centre(rect);
  const [w, h] = [rect.w * cos + rect.h * sin, rect.w * sin + rect.h * cos];
  return { x: x - w / 2, y: y - h / 2, w, h };
}

/** The rectangle around all of them; nothing around none. */
export function around(rects: readonly Rect[]): Rect | undefined {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const { x, y, w, h } of rects) {
    [left, top] = [Math.min(left, x), Math.min(top, y)];
    [right, bottom] = [Math.max(right, x + w), Math.max(bottom, y + h)];
  }
  return rects.length === 0 ? undefined : { x: left, y: top, w: right - left, h: bottom - top };
}

const holds = (outer: Rect, { x, y }: Point): boolean => x >= outer.x && x <= outer.x + outer.w && y >= outer.y && y <= outer.y + outer.h;

/** Pieces that begin within so many pixels of height of one another stand in one row. */
const ROW = 60;

const byPlace = (a: Rect, b: Rect): number => Math.floor(a.y / ROW) - Math.floor(b.y / ROW) || a.x - b.x || a.y - b.y;

/** The order in which a person would read: row by row; what lies in a frame right after it, and what is grouped together. */
export function readingOrder<Piece extends Rect & { readonly group?: string }>(pieces: readonly Piece[], isFrame: (piece: Piece) => boolean): Piece[] {
  const frames = pieces.filter(isFrame).sort((a, b) => a.w * a.h - b.w * b.h);
  const within = new Map<Piece | undefined, Piece[]>();
  for (const piece of pieces) {
    const at = frames.indexOf(piece);
    // A frame lies only in a larger one, so that there is no circle.
    const home = frames.slice(at + 1).find((frame) => holds(frame, centre(piece)));
    within.set(home, [...(within.get(home) ?? []), piece]);
  }
  const ordered: Piece[] = [];
  const follow = (home: Piece | undefined) => {
    const siblings = (within.get(home) ?? []).sort(byPlace);
    const groups = new Map<string, Piece[]>();
    for (const piece of siblings) if (piece.group !== undefined) groups.set(piece.group, [...(groups.get(piece.group) ?? []), piece]);
    for (const piece of siblings) {
      const together = piece.group === undefined ? [piece] : (groups.get(piece.group) ?? []);
      // A group was read with its first piece.
      if (together[0] !== piece) continue;
      for (const one of together) {
        ordered.push(one);
        follow(one);
      }
    }
  };
  follow(undefined);
  return ordered;
}

const short = (value: number): string => String(Math.round(value * 10) / 10);

/** A stroke of a pen as the `d` of an SVG path: smooth, through the middles between its points. A single point is a dot. */
export function strokePath(path: readonly number[]): string {
  const [x, y] = path;
  if (x === undefined || y === undefined) return "";
  const pieces = [`M${short(x)} ${short(y)}`];
  if (path.length === 2) return `${pieces[0]}l0.1 0`;
  for (let at = 2; at + 3 < path.length; at += 2) {
    const [cx = 0, cy = 0, nx = 0, ny = 0] = path.slice(at, at + 4);
    pieces.push(`Q${short(cx)} ${short(cy)} ${short((cx + nx) / 2)} ${short((cy + ny) / 2)}`);
  }
  const [lx = 0, ly = 0] = path.slice(-2);
  return `${pieces.join("")}L${short(lx)} ${short(ly)}`;
}

export interface Arrow {
  /** The line, as the `d` of an SVG path. */
  readonly line: string;
  /** Its head, as the `points` of a polygon. */
  readonly head: string;
}

/** A line from the side of one rectangle to the facing side of another, leaving and arriving at right angles. */
export function arrow(from: Rect, to: Rect, width: number): Arrow {
  const [a, b] = [centre(from), centre(to)];
  const [dx, dy] = [b.x - a.x, b.y - a.y];
  const sideways = Math.abs(dx) - (from.w + to.w) / 2 > Math.abs(dy) - (from.h + to.h) / 2;
  const [sx, sy] = sideways ? [Math.sign(dx) || 1, 0] : [0, Math.sign(dy) || 1];
  const size = 7 + 2 * width;
  const begin = { x: a.x + (sx * from.w) / 2, y: a.y + (sy * from.h) / 2 };
  const tip = { x: b.x - (sx * to.w) / 2, y: b.y - (sy * to.h) / 2 };
  const end = { x: tip.x - sx * size * 0.8, y: tip.y - sy * size * 0.8 };
  const reach = Math.max(20, (sideways ? Math.abs(end.x - begin.x) : Math.abs(end.y - begin.y)) / 2);
  const control = (point: Point, sign: number) => `${short(point.x + sign * sx * reach)} ${short(point.y + sign * sy * reach)}`;
  const corner = (sign: number) => `${short(tip.x - sx * size + sign * sy * size * 0.5)},${short(tip.y - sy * size + sign * sx * size * 0.5)}`;
  return {
    line: `M${short(begin.x)} ${short(begin.y)}C${control(begin, 1)} ${control(end, -1)} ${short(end.x)} ${short(end.y)}`,
    head: `${short(tip.x)},${short(tip.y)} ${corner(1)} ${corner(-1)}`,
  };
}

/** What a window shows: a point of the board at its top left corner, and how large a pixel of the board is. */
export interface View extends Point {
  readonly zoom: number;
}

export interface Size {
  readonly w: number;
  readonly h: number;
}

export const ZOOM_LEAST = 0.05;
export const ZOOM_MOST = 8;

const clamp = (value: number, least: number, most: number): number => Math.min(most, Math.max(least, value));

/** Shows all of `bounds` with a margin, never larger than life. */
export function fit(bounds: Rect, window: Size): View {
  const margin = Math.min(32, Math.min(window.w, window.h) * 0.035);
  const room = { w: Math.max(1, window.w - 2 * margin), h: Math.max(1, window.h - 2 * margin) };
  const zoom = clamp(Math.min(room.w / Math.max(1, bounds.w), room.h / Math.max(1, bounds.h)), ZOOM_LEAST, 1);
  const middle = centre(bounds);
  return { x: middle.x - window.w / zoom / 2, y: middle.y - window.h / zoom / 2, zoom };
}

/** Zooms so that what is at `point` of the window stays there. */
export function zoomAt(view: View, point: Point, factor: number): View {
  const zoom = clamp(view.zoom * factor, ZOOM_LEAST, ZOOM_MOST);
  return { x: view.x + point.x / view.zoom - point.x / zoom, y: view.y + point.y / view.zoom - point.y / zoom, zoom };
}

/** Moves the view back so far that a quarter of the window, or all of a smaller board, stays in sight. */
export function keepInSight(view: View, bounds: Rect, window: Size): View {
  const [w, h] = [window.w / view.zoom, window.h / view.zoom];
  const [mx, my] = [Math.min(w / 4, bounds.w), Math.min(h / 4, bounds.h)];
  return {
    x: clamp(view.x, bounds.x + mx - w, bounds.x + bounds.w - mx),
    y: clamp(view.y, bounds.y + my - h, bounds.y + bounds.h - my),
    zoom: view.zoom,
  };
}
