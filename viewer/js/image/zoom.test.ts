// A picture's scale and place.

import assert from "node:assert/strict";
import { test } from "node:test";
import { SCALE_MAX, fitting, scrollAfter, step, within } from "./zoom";

test("a large picture is made to fit, a small one is left alone", () => {
  const room = { width: 1000, height: 500 };
  assert.equal(fitting({ width: 2000, height: 500 }, room), 0.5);
  assert.equal(fitting({ width: 500, height: 5000 }, room), 0.1);
  assert.equal(fitting({ width: 10, height: 10 }, room), 1);
  assert.equal(fitting({ width: 0, height: 0 }, room), 1);
  assert.equal(fitting({ width: 10, height: 10 }, { width: 0, height: 0 }), 1);
});

test("steps stop at 100 %", () => {
  assert.equal(step(0.8, true), 1);
  assert.equal(step(1, true), 1.5);
  assert.equal(step(1.2, false), 1);
  assert.ok(step(1, false) < 1);
});

test("a scale stays within reason", () => {
  assert.equal(within(1000, 1), SCALE_MAX);
  assert.equal(within(0.001, 0.3), 0.3);
  assert.equal(within(0.5, 0.3), 0.5);
  assert.equal(within(0, 0.0001), 0.02);
});

test("what is under the pointer stays there", () => {
  // 2,000 wide at 50 % fills a room of 1,000; its pixel 1,000 is at 500.
  const scroll = scrollAfter(500, 0, 1000, 2000, 0.5, 1);
  assert.equal(1000 * 1 - scroll, 500);
  // A picture in the middle of a large room: its left edge is at 450, its pixel 50 at 500.
  const small = scrollAfter(500, 0, 1000, 100, 1, 20);
  assert.equal(50 * 20 - small, 500);
  // Out again, nothing is scrolled.
  assert.equal(scrollAfter(500, small, 1000, 100, 20, 1), 0);
});
