// Fragments that point at lines.

import assert from "node:assert/strict";
import { test } from "node:test";
import { linesOf } from "./fragment";

test("lines, runs of lines, and what is neither", () => {
  for (const [fragment, from, to] of [["L10", 10, 10], ["L10-L20", 10, 20], ["L20-10", 10, 20], ["L3C1-L4C9", 3, 4], ["L0", 0, 0], ["L5-L0", 0, 0], ["", 0, 0], ["l10", 0, 0], ["L10x", 0, 0], ["L9999999999", 0, 0]] as const) {
    assert.deepEqual(linesOf(fragment), { from, to }, fragment);
  }
});
