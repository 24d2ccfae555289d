// Labels of pages: which count, and which page a reader means by one.

import assert from "node:assert/strict";
import { test } from "node:test";
import { labelIn, labelsOf, pageNamed } from "./labels";

test("labels count when there is one for each page, and they are not its number", () => {
  assert.deepEqual(labelsOf(["i", "ii", "1", ""], 4), ["i", "ii", "1", "4"]);
  for (const none of [null, ["1", "2"], ["i"], ["", null]]) assert.equal(labelsOf(none, 2), undefined);
  assert.equal(labelsOf(["x".repeat(1_000), "2"], 2)?.[0]?.length, 40);
});

test("a page is found by its label first, then by its number", () => {
  const labels = ["i", "ii", "1", "2", "A-1"];
  assert.deepEqual(["ii", "II", "1", "5", " a-1 ", "6", "", "x", "0"].map((text) => pageNamed(labels, text, 5)), [2, 2, 3, 5, 5, undefined, undefined, undefined, undefined]);
  assert.deepEqual([pageNamed(undefined, "2", 5), pageNamed(undefined, "ii", 5)], [2, undefined]);
  assert.deepEqual(["page=ii", "page=2", "page=A%2D1", "page=%", "place", "page=2&zoom=50"].map(labelIn), ["ii", undefined, "A-1", "%", undefined, undefined]);
});
