// The columns of a folder: what is read out of them, and when a folder is a gallery.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Entries, type Folder } from "./entries";

const folder = (names: string, kinds: string, targets = ""): Folder => ({
  names: () => names,
  kinds: () => kinds,
  targets: () => targets,
  counts: () => Float64Array.of(3),
  sizes: () => new Float64Array(names.split("/").length),
  times: () => new Float64Array(names.split("/").length),
  order: (order) => Uint32Array.from(names.split("/"), (_, n) => n)[order.startsWith("-") ? "reverse" : "slice"](),
  gallery: () => false,
  page: () => undefined,
  picture: () => undefined,
  free() {},
});

test("labels and targets", () => {
  const entries = new Entries(folder("src/B.md/a.txt/here/there", "folder/markdown/text/link/link", "x/y\0../z"));
  assert.equal(entries.length, 5);
  assert.deepEqual([0, 1, 2].map((place) => entries.label(place)), ["3 files", "Markdown", "text"]);
  assert.deepEqual([2, 3, 4].map((place) => entries.target(place)), [undefined, "x/y", "../z"]);
  assert.equal(new Entries(folder("a", "text")).target(0), undefined);
});

test("a filter keeps the order and does not mind case", () => {
  const entries = new Entries(folder("src/B.md/bar.txt", "folder/markdown/text"));
  assert.deepEqual([...entries.arranged("name", "b")], [1, 2]);
  assert.deepEqual([...entries.arranged("-name", "B")], [2, 1]);
  assert.deepEqual([...entries.arranged("name", "nothing")], []);
});
