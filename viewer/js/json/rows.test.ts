// What stands below what in the JSON tree.

import assert from "node:assert/strict";
import { test } from "node:test";
import { LIST_MAX, type Row, below, matches, rangeSize, rootRow, shown } from "./rows";
import { rootOf, valueAt } from "./scan";

const open = (value: unknown) => {
  const text = JSON.stringify(value);
  return { text, root: rootRow(rootOf(text, false)) };
};

/** All rows that hold a value, however deep their ranges are. */
function all(text: string, row: Row): Row[] {
  return below(text, row).flatMap((one) => (one.range ? all(text, one) : [one]));
}

test("few entries are rows with names and paths", () => {
  const { text, root } = open({ a: [1, 2], "b c": null });
  const [a, b] = below(text, root);
  assert.deepEqual([a?.name, a?.path, b?.path, b?.isKey], ["a", "$.a", '$["b c"]', true]);
  assert.deepEqual(below(text, a as Row).map(({ name, path }) => [name, path]), [["0", "$.a[0]"], ["1", "$.a[1]"]]);
});

test("many entries are in ranges, none of which is long or lost", () => {
  for (const count of [100, 101, 10_000, 10_001, 25_000]) {
    const { text, root } = open(Array.from({ length: count }, (_, n) => n));
    const first = below(text, root);
    assert.ok(first.length <= LIST_MAX, `${count}: ${first.length}`);
    const rows = all(text, root);
    assert.deepEqual(rows.map(({ path }) => path), Array.from({ length: count }, (_, n) => `$[${n}]`));
    assert.deepEqual(rows.map(({ value }) => text.slice(value.start, value.end)), Array.from({ length: count }, (_, n) => String(n)));
    // Ranges meet, so that every place of the text is in one of them.
    for (const row of first) assert.ok(row.end > row.start);
  }
  assert.deepEqual([1, 100, 101, 10_000, 10_001].map(rangeSize), [1, 1, 100, 100, 10_000]);
});

test("long strings are cut until they are opened", () => {
  const text = JSON.stringify("x".repeat(1000));
  assert.equal(shown(text, valueAt(text, 0), false).isCut, true);
  assert.deepEqual(shown(text, valueAt(text, 0), true), { text, isCut: false });
});

test("a search finds words as they are written, in any case, up to its end", () => {
  const text = JSON.stringify({ Name: 'say "hi"', name: ".*" });
  assert.equal(matches(text, "NAME", 10).length, 2);
  assert.equal(matches(text, 'say "hi"', 10).length, 1);
  assert.equal(matches(text, ".*", 10).length, 1);
  assert.equal(matches(text, "", 10).length, 0);
  assert.equal(matches("aaaa", "a", 3).length, 3);
});
