// Names of headings across cells.

import assert from "node:assert/strict";
import { test } from "node:test";
import { countHeadings, unique } from "./headings";

test("names are free, whatever names there are", () => {
  const taken = new Map<string, number>();
  const names = ["results", "results", "results-1", "results", "other"].map((name) => unique(name, taken));
  assert.deepEqual(names, ["results", "results-1", "results-1-1", "results-2", "other"]);
  assert.equal(new Set(names).size, names.length);
});

test("headings are counted in HTML", () => {
  assert.equal(countHeadings('<h1 id="a">A</h1><p>h2</p><h6>x</h6><header></header><hr>'), 2);
  assert.equal(countHeadings("text"), 0);
});
