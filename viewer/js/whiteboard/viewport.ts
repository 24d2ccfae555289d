// The window through which a board is seen: dragging, touching, the wheel and the keys move it. A selection of text is left alone, and
// so is a page that scrolls when the board can go no further. `board.ts` calls it.

import { type Point, type Rect, type View, fit, keepInSight, zoomAt } from "./geometry";

export interface Viewport {
  /** Shows all of the board. */
  fit(): void;
  /** Zooms about the middle. */
  zoomBy(factor: number): void;
  /** Brings a part into the middle, at a size that can be read. */
  show(rect: Rect): void;
  view(): View;
  destroy(): void;
}

/** How far one press of a key goes, in pixels of the window. */
const STEP = 60;
const ZOOM_STEP = 1.25;
/** A pointer that moved less has clicked. */
const CLICK_PX = 4;
/** What is shown on request is at least as large. */
const READABLE_ZOOM = 0.8;

export function viewport(window: HTMLElement, bounds: () => Rect, changed: (view: View) => void): Viewport {
  let view: View = { x: 0, y: 0, zoom: 1 };
  let fitted = true;
  const size = () => ({ w: Math.max(1, window.clientWidth), h: Math.max(1, window.clientHeight) });

  /** False when the board is there already. */
  const go = (next: View): boolean => {
    const kept = keepInSight(next, bounds(), size());
    const moved = Math.abs(kept.x - view.x) + Math.abs(kept.y - view.y) > 0.01 || kept.zoom !== view.zoom;
    view = kept;
    changed(view);
    return moved;
  };
  const fitAll = () => {
    go(fit(bounds(), size()));
    fitted = true;
  };
  const byHand = (next: View): boolean => {
    fitted = false;
    return go(next);
  };
  const pan = (dx: number, dy: number) => byHand({ ...view, x: view.x + dx / view.zoom, y: view.y + dy / view.zoom });
  const zoomBy = (factor: number, at?: Point) => byHand(zoomAt(view, at ?? { x: size().w / 2, y: size().h / 2 }, factor));

  const ends = new AbortController();
  followPointers(window, { pan, zoomBy }, ends.signal);
  followWheel(window, { pan, zoomBy }, ends.signal);
  window.addEventListener("keydown", (event) => press(event, window, { pan, zoomBy, fit: fitAll }), { signal: ends.signal });
  // A window of another size: who saw all of the board still does.
  const resized = new ResizeObserver(() => (fitted ? fitAll() : go(view)));
  resized.observe(window);

  return {
    fit: fitAll,
    zoomBy: (factor) => void zoomBy(factor),
    show(rect) {
      const zoom = Math.max(view.zoom, Math.min(READABLE_ZOOM, fit(rect, size()).zoom));
      const { w, h } = size();
      byHand({ x: rect.x + rect.w / 2 - w / zoom / 2, y: rect.y + Math.min(rect.h, h / zoom) / 2 - h / zoom / 2, zoom });
    },
    view: () => view,
    destroy() {
      ends.abort();
      resized.disconnect();
    },
  };
}

interface Moves {
  pan(dx: number, dy: number): boolean;
  zoomBy(factor: number, at?: Point): boolean;
}

const within = (window: HTMLElement, { clientX, clientY }: { clientX: number; clientY: number }): Point => {
  const { left, top } = window.getBoundingClientRect();
  return { x: clientX - left, y: clientY - top };
};

/** Whether a press of the mouse is for what lies there: text to select, a link, something that scrolls. */
function isForContent(event: PointerEvent): boolean {
  if (event.pointerType !== "mouse" || event.button === 1) return false;
  const target = event.target instanceof Element ? event.target : undefined;
  return target?.closest(".piece:not(.piece-frame, .piece-pen) > *, a, summary, button") != null;
}

/** One pointer drags, two pinch. */
function followPointers(window: HTMLElement, { pan, zoomBy }: Moves, signal: AbortSignal): void {
  const held = new Map<number, Point>();
  let travelled = 0;
  window.addEventListener("pointerdown", (event) => {
    if (event.button > 1 || isForContent(event)) return;
    if (event.button === 1) event.preventDefault();
    held.set(event.pointerId, within(window, event));
    travelled = 0;
  }, { signal });
  window.addEventListener("pointermove", (event) => {
    const before = held.get(event.pointerId);
    if (!before) return;
    const now = within(window, event);
    const [dx, dy] = [before.x - now.x, before.y - now.y];
    travelled += Math.abs(dx) + Math.abs(dy);
    if (travelled > CLICK_PX && !window.hasPointerCapture(event.pointerId)) {
      window.setPointerCapture(event.pointerId);
      window.classList.add("dragging");
    }
    const other = [...held].find(([id]) => id !== event.pointerId)?.[1];
    held.set(event.pointerId, now);
    if (other) zoomBy(Math.hypot(now.x - other.x, now.y - other.y) / Math.max(1, Math.hypot(before.x - other.x, before.y - other.y)), { x: (now.x + other.x) / 2, y: (now.y + other.y) / 2 });
    pan(other ? dx / 2 : dx, other ? dy / 2 : dy);
  }, { signal });
  const release = (event: PointerEvent) => {
    held.delete(event.pointerId);
    if (held.size === 0) window.classList.remove("dragging");
  };
  for (const end of ["pointerup", "pointercancel", "lostpointercapture"] as const) window.addEventListener(end, release, { signal });
}

function followWheel(window: HTMLElement, { pan, zoomBy }: Moves, signal: AbortSignal): void {
  window.addEventListener("wheel", (event) => {
    const unit = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 20 : event.deltaMode === WheelEvent.DOM_DELTA_PAGE ? 400 : 1;
    const [dx, dy] = [event.deltaX * unit, event.deltaY * unit];
    if (event.ctrlKey || event.metaKey) {
      event.preventDefault();
      zoomBy(Math.exp(-Math.max(-60, Math.min(60, dy)) / 150), within(window, event));
      return;
    }
    // At the edge of the board the page goes on.
    if (event.shiftKey && dx === 0 ? pan(dy, 0) : pan(dx, dy)) event.preventDefault();
  }, { signal, passive: false });
}

function press(event: KeyboardEvent, window: HTMLElement, { pan, zoomBy, fit }: Moves & { fit(): void }): void {
  if (event.target !== window || event.ctrlKey || event.metaKey || event.altKey) return;
  const far = event.shiftKey ? 5 * STEP : STEP;
  const moves: Record<string, () => unknown> = {
    ArrowLeft: () => pan(-far, 0),
    ArrowRight: () => pan(far, 0),
    ArrowUp: () => pan(0, -far),
    ArrowDown: () => pan(0, far),
    PageUp: () => pan(0, -window.clientHeight * 0.8),
    PageDown: () => pan(0, window.clientHeight * 0.8),
    Home: fit,
    "0": fit,
    "+": () => zoomBy(ZOOM_STEP),
    "=": () => zoomBy(ZOOM_STEP),
    "-": () => zoomBy(1 / ZOOM_STEP),
    _: () => zoomBy(1 / ZOOM_STEP),
  };
  const move = Object.hasOwn(moves, event.key) ? moves[event.key] : undefined;
  if (!move) return;
  event.preventDefault();
  move();
}
