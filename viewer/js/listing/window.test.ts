// Whatever the reader scrolls to is drawn, and never much more.

import assert from "node:assert/strict";
import { test } from "node:test";
import { visible } from "./window";

test("the rows on the screen are drawn, at every place", () => {
  for (let above = -2000; above < 40_000; above += 137) {
    const [from, to] = visible(above, 900, 37, 1000);
    const first = Math.max(0, Math.floor(above / 37));
    const last = Math.min(999, Math.floor((above + 900) / 37));
    if (last >= 0 && first <= 999) assert.ok(from <= first && to > last, `${above}: ${first}–${last} in ${from}–${to}`);
    assert.ok(to - from <= 150, "three screens and two steps");
    assert.ok(from >= 0 && to <= 1000 && from <= to);
  }
});

test("a short list is drawn whole, and one that is far away not at all", () => {
  assert.deepEqual(visible(0, 900, 37, 20), [0, 20]);
  assert.deepEqual(visible(-1e6, 900, 37, 20), [0, 0]);
  assert.deepEqual(visible(1e6, 900, 37, 20), [20, 20]);
});
