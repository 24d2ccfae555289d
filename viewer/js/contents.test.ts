// What the contents list makes of headings, and which of them it takes for the current one.

import assert from "node:assert/strict";
import { test } from "node:test";
import { type Section, lastAbove, nest } from "./contents";

const headings = (...levels: number[]) => levels.map((level, index) => ({ level, text: String(index), id: `h${index}` }));

/** The tree as nested arrays of texts. */
const shape = (sections: Section[]): unknown[] => sections.map(({ heading, below }) => (below.length > 0 ? [heading.text, shape(below)] : heading.text));

test("headings nest by their levels", () => {
  assert.deepEqual(shape(nest(headings(1, 2, 3, 2, 1))), [["0", [["1", ["2"]], "3"]], "4"]);
});

test("levels that are left out make no empty entries", () => {
  assert.deepEqual(shape(nest(headings(2, 6, 4, 1, 3))), [["0", ["1", "2"]], ["3", ["4"]]]);
});

test("the current section is the last one above the line", () => {
  const tops = [-500, -20, 80, 300];
  const at = (line: number) => lastAbove(tops.length, (index) => tops[index] ?? 0, line);
  assert.deepEqual([-600, -500, 0, 90, 1000].map(at), [-1, 0, 1, 2, 3]);
  assert.equal(lastAbove(0, () => 0, 90), -1);
});
