// Lines and areas across the 180th meridian: longitudes that jump from one side to the other go on past 180 instead, so that
// nothing is drawn all the way around the Earth, and what lies on both sides is brought together. Pure; `features.ts` and
// `chart.ts` call it.

import type { Point, Shape } from "./features";

/** Longitudes without jumps: each point is less than half a turn from the one before. */
export function unwrapped(line: readonly Point[]): Point[] {
  let turn = 0;
  let before = Number.NaN;
  return line.map(([x, y]) => {
    const jump = x - before;
    if (jump > 180) turn -= 360;
    else if (jump < -180) turn += 360;
    before = x;
    return [x + turn, y] as const;
  });
}

/** A ring without jumps; one that goes around a pole has that pole in it. */
export function unwrappedRing(ring: readonly Point[]): Point[] {
  const line = unwrapped(ring);
  const [first, last] = [line[0], line.at(-1)];
  if (!first || !last) return line;
  // From its last point to its first may be a jump as well, when nobody closed it.
  const around = Math.round((last[0] - first[0]) / 360);
  if (around === 0) return line;
  const pole = ring.reduce((sum, [, y]) => sum + y, 0) < 0 ? -90 : 90;
  const end = first[0] + 360 * around;
  return [...line, [end, first[1]], [end, pole], [first[0], pole]];
}

/** Four corners that say `all around the Earth` mean that; other rings that jump are across the meridian. */
const isBox = (ring: readonly Point[]) => ring.length <= 5 && new Set(ring.map(([x]) => x)).size === 2;

export function withoutJumps(shape: Shape): Shape {
  if (shape.kind === "line") return { kind: "line", line: unwrapped(shape.line) };
  if (shape.kind === "area") return { kind: "area", rings: aligned(shape.rings.map((ring) => (isBox(ring) ? ring : unwrappedRing(ring)))) };
  return shape;
}

/** Holes on the same turn as the outline around them. */
function aligned(rings: readonly (readonly Point[])[]): readonly (readonly Point[])[] {
  const [outline, ...holes] = rings;
  if (!outline) return rings;
  const [west, east] = span(outline);
  return [outline, ...holes.map((hole) => {
    const [left] = span(hole);
    return left < west ? moved(hole, 360) : left > east ? moved(hole, -360) : hole;
  })];
}

function span(line: readonly Point[]): [number, number] {
  let [west, east] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const [x] of line) [west, east] = [Math.min(west, x), Math.max(east, x)];
  return [west, east];
}

const moved = (line: readonly Point[], by: number): Point[] => line.map(([x, y]) => [x + by, y]);

export function movedShape(shape: Shape, by: number): Shape {
  if (by === 0) return shape;
  if (shape.kind === "point") return { kind: "point", at: [shape.at[0] + by, shape.at[1]] };
  return shape.kind === "line" ? { kind: "line", line: moved(shape.line, by) } : { kind: "area", rings: shape.rings.map((ring) => moved(ring, by)) };
}

const spanOf = (shape: Shape): [number, number] => (shape.kind === "point" ? [shape.at[0], shape.at[0]] : span(shape.kind === "line" ? shape.line : (shape.rings[0] ?? [])));

/**
 * From where to where the shapes are seen together most closely: behind the widest part of the Earth that has none of them. Nothing
 * when that is as they stand.
 */
export function meridianOf(shapes: readonly Shape[]): number | undefined {
  const spans = shapes.map(spanOf).sort(([a], [b]) => a - b);
  const first = spans[0];
  if (!first) return undefined;
  let [reached, widest, from] = [first[1], 0, first[0]];
  for (const [west, east] of spans) {
    if (west - reached > widest) [widest, from] = [west - reached, west];
    reached = Math.max(reached, east);
  }
  // What would be wider than half the Earth as it stands, and is narrower the other way around.
  return reached - first[0] > 180 && widest > 180 ? from : undefined;
}

/** The shape, a turn further east when it lies west of that meridian. */
export const eastOf = (shape: Shape, meridian: number): Shape => (spanOf(shape)[0] < meridian ? movedShape(shape, 360) : shape);
