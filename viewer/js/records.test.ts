// Lines of objects, and fields of which nothing is known.

import assert from "node:assert/strict";
import { test } from "node:test";
import { anything, lines, random } from "./garbage";
import { asMoment, asNumber, asRow, byKey, readRows } from "./records";

test("lines that are no object are left out and counted", () => {
  const { rows, skipped } = readRows('{"a":1}\r\n\n[1]\nnull\n"x"\n{"a":\n  {"b":2}  ');
  assert.deepEqual(rows, [{ a: 1 }, { b: 2 }]);
  assert.equal(skipped, 4);
});

test("of one key the last row counts, and stays where the first was", () => {
  const rows = byKey([{ id: "a", n: 1 }, { id: "b" }, { n: 3 }, { id: "a", n: 2 }], (row) => (typeof row.id === "string" ? row.id : undefined));
  assert.deepEqual(rows, [{ id: "a", n: 2 }, { id: "b" }, { n: 3 }]);
});

test("numbers and moments keep within what there is", () => {
  assert.equal(asNumber(1e300, -5, 5), 5);
  assert.equal(asNumber(Number.NaN), undefined);
  assert.equal(asNumber("7"), undefined);
  assert.equal(asMoment("1970-01-01T00:00:01Z"), 1000);
  assert.equal(asMoment("yesterday"), undefined);
  assert.equal(asMoment(9e15), undefined);
  assert.equal(asRow([]), undefined);
});

test("whatever the lines are, each is a row, or skipped, or empty", () => {
  for (let seed = 0; seed < 200; seed++) {
    const next = random(seed);
    const text = lines(next, 20, () => anything(next, ["a", "b", "__proto__"]));
    const { rows, skipped } = readRows(text);
    assert.equal(rows.length + skipped, text.split("\n").filter((line) => line.trim() !== "").length);
  }
});
