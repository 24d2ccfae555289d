// The arithmetic of looking at a picture: which scale fits, which one comes next, and where to scroll so that what is under the
// pointer stays there. Pure; `stage.ts` calls it.

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** Further in there is nothing but squares; further out nothing. */
export const SCALE_MAX = 32;
const SCALE_MIN = 0.02;

/** The scale at which all of a picture is seen, never larger than it is. */
export function fitting(picture: Size, room: Size): number {
  const scale = Math.min(1, room.width / picture.width, room.height / picture.height);
  return Number.isFinite(scale) && scale > 0 ? scale : 1;
}

/** A scale that makes sense, and is not smaller than what fits into the room. */
export const within = (scale: number, fit: number): number => Math.min(SCALE_MAX, Math.max(Math.min(fit, SCALE_MAX), SCALE_MIN, scale));

/** The next scale by a button or a key: half as large again, and never past 100 % in one step. */
export function step(scale: number, into: boolean): number {
  const next = into ? scale * 1.5 : scale / 1.5;
  const passes = into ? scale < 0.999 && next > 1 : scale > 1.001 && next < 1;
  return passes ? 1 : next;
}

/**
 * Where to scroll to along one axis. `at` is a place in the room, seen from its beginning; a picture smaller than the room
 * stands in its middle.
 */
export function scrollAfter(at: number, scroll: number, room: number, length: number, before: number, after: number): number {
  const margin = (scale: number) => Math.max(0, (room - length * scale) / 2);
  const place = (scroll + at - margin(before)) / before;
  return Math.max(0, place * after + margin(after) - at);
}
