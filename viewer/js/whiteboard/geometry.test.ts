// Places, orders and views.

import assert from "node:assert/strict";
import { test } from "node:test";
import { random } from "../garbage";
import { ZOOM_LEAST, ZOOM_MOST, around, arrow, fit, keepInSight, readingOrder, strokePath, turned, zoomAt } from "./geometry";

const close = (a: number, b: number) => assert.ok(Math.abs(a - b) < 1e-6 * Math.max(1, Math.abs(a)), `${a} is not ${b}`);

test("around all", () => {
  assert.deepEqual(around([{ x: -5, y: 0, w: 10, h: 1 }, { x: 0, y: -7, w: 1, h: 3 }]), { x: -5, y: -7, w: 10, h: 8 });
  assert.equal(around([]), undefined);
  const quarter = turned({ x: 0, y: 0, w: 100, h: 20, rotate: Math.PI / 2 });
  close(quarter.w, 20);
  close(quarter.y, -40);
});

test("people read row by row, and a frame with all that is in it", () => {
  const at = (id: string, x: number, y: number, w = 10, h = 10, frame = false) => ({ id, x, y, w, h, frame });
  const pieces = [at("below", 0, 500), at("right", 600, 5), at("inside2", 250, 150), at("frame", 200, 0, 300, 300, true), at("inside1", 210, 20), at("left", 0, 10), at("inner", 210, 200, 50, 50, true), at("deep", 220, 220)];
  assert.deepEqual(readingOrder(pieces, ({ frame }) => frame).map(({ id }) => id), ["left", "frame", "inside1", "inside2", "inner", "deep", "right", "below"]);
});

test("what is grouped is read together", () => {
  const at = (id: string, x: number, group?: string) => ({ id, x, y: 0, w: 10, h: 10, ...(group === undefined ? {} : { group }) });
  const order = readingOrder([at("a", 0, "g"), at("b", 20), at("c", 40, "g"), at("d", 60)], () => false);
  assert.deepEqual(order.map(({ id }) => id), ["a", "c", "b", "d"]);
});

test("every piece is read once, wherever frames lie", () => {
  for (let seed = 0; seed < 100; seed++) {
    const next = random(seed);
    const pieces = Array.from({ length: 30 }, () => ({ x: next() * 100, y: next() * 100, w: next() * 80, h: next() * 80, frame: next() < 0.4, ...(next() < 0.5 ? { group: String(Math.floor(next() * 3)) } : {}) }));
    pieces.push({ ...pieces[0]!, frame: true }, { ...pieces[0]!, frame: true });
    assert.deepEqual(new Set(readingOrder(pieces, ({ frame }) => frame)), new Set(pieces));
  }
});

test("strokes", () => {
  assert.equal(strokePath([]), "");
  assert.equal(strokePath([1]), "");
  assert.equal(strokePath([1, 2]), "M1 2l0.1 0");
  assert.equal(strokePath([0, 0, 10, 0, 10, 10]), "M0 0Q10 0 10 5L10 10");
});

test("arrows go from side to side", () => {
  const box = (x: number, y: number) => ({ x, y, w: 100, h: 50 });
  assert.match(arrow(box(0, 0), box(300, 0), 1).line, /^M100 25C.* 25$/);
  assert.match(arrow(box(0, 0), box(300, 0), 1).head, /^300,25 /);
  assert.match(arrow(box(0, 0), box(0, 300), 1).line, /^M50 50C/);
  assert.match(arrow(box(0, 300), box(0, 0), 1).head, /^50,50 /);
  assert.doesNotMatch(arrow(box(0, 0), box(0, 0), 1).line, /NaN/);
});

test("what is under the pointer stays there, and the way back leads back", () => {
  const next = random(3);
  for (let n = 0; n < 200; n++) {
    const view = { x: next() * 1000 - 500, y: next() * 1000, zoom: 0.2 + next() };
    const point = { x: next() * 800, y: next() * 600 };
    const closer = zoomAt(view, point, 1.5);
    close(view.x + point.x / view.zoom, closer.x + point.x / closer.zoom);
    const back = zoomAt(closer, point, 1 / 1.5);
    close(back.x, view.x);
    close(back.y, view.y);
    assert.ok(zoomAt(view, point, 1e9).zoom === ZOOM_MOST && zoomAt(view, point, 0).zoom === ZOOM_LEAST);
  }
});

test("a board fits its window, and never gets out of sight", () => {
  const bounds = { x: -1000, y: 50, w: 3000, h: 900 };
  const window = { w: 800, h: 600 };
  const whole = fit(bounds, window);
  assert.ok(whole.x <= bounds.x && whole.x + window.w / whole.zoom >= bounds.x + bounds.w);
  assert.equal(fit({ x: 0, y: 0, w: 10, h: 10 }, window).zoom, 1);
  for (const far of [1e9, -1e9]) {
    const view = keepInSight({ ...whole, x: far, y: far }, bounds, window);
    assert.ok(view.x < bounds.x + bounds.w && view.x + window.w / view.zoom > bounds.x);
  }
  assert.deepEqual(keepInSight(whole, bounds, window), whole);
});
