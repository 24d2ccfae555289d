// JSON read as places: everything that JSON.parse takes, in its own order, and faults where they are.

import assert from "node:assert/strict";
import { test } from "node:test";
import { type Fault, type Value, check, entries, rootOf, said, step } from "./scan";

function fault(text: string, lines = false): Fault | undefined {
  const steps = check(text, lines);
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value ?? undefined;
  }
}

/** What the places say, as JSON.parse would have it. */
function build(text: string, value: Value): unknown {
  const inside = [...entries(text, value)];
  assert.equal(inside.length, value.count, text.slice(value.start, value.end));
  if (value.kind === "object") return Object.fromEntries(inside.map((entry) => [said(entry.key ?? ""), build(text, entry.value)]));
  if (value.kind === "array" || value.kind === "lines") return inside.map((entry) => build(text, entry.value));
  return JSON.parse(text.slice(value.start, value.end));
}

/** Values without end, the same on each run. */
function random(seed: number): () => number {
  return () => (seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648) / 2_147_483_648;
}

function make(next: () => number, depth: number): unknown {
  const kind = Math.floor(next() * (depth > 4 ? 4 : 6));
  const size = Math.floor(next() * 5);
  const word = () => ["a", "\"", "\\", "{}[],:", "é\u2028😀", "// no", "/* no */", ""][Math.floor(next() * 8)] ?? "";
  if (kind === 0) return word();
  if (kind === 1) return (next() - 0.5) * 10 ** Math.floor(next() * 20);
  if (kind === 2) return next() < 0.5;
  if (kind === 3) return null;
  if (kind === 4) return Array.from({ length: size }, () => make(next, depth + 1));
  return Object.fromEntries(Array.from({ length: size }, () => [word(), make(next, depth + 1)]));
}

test("every value is found again, in either layout", () => {
  const next = random(7);
  for (let round = 0; round < 500; round += 1) {
    const value = make(next, 0);
    for (const indent of [0, 2]) {
      const text = JSON.stringify(value, null, indent);
      assert.equal(fault(text), undefined, text);
      assert.deepEqual(build(text, rootOf(text, false)), JSON.parse(text));
    }
  }
});

test("faults are named by line and column", () => {
  for (const [text, line, column] of [
    ['{\n  "a": 1\n  "b": 2\n}', 3, 3], ["", 1, 1], ["[1,", 1, 4], ["[1 2]", 1, 4], ["{a: 1}", 1, 2], ['{"a" 1}', 1, 2], ["[1]]", 1, 4], ['"a\nb"', 1, 1], ['["\\x"]', 1, 2], ["[01]", 1, 3], ["nul", 1, 1], ["[}", 1, 2], ['{"a":1]', 1, 7], ["[1}", 1, 3],
  ] as const) {
    const found = fault(text);
    assert.deepEqual([found?.line, found?.column], [line, column], text);
    assert.throws(() => JSON.parse(text), text);
  }
});

test("comments, a last comma, and Python's numbers are taken", () => {
  const text = '// note\n{"a": [1, 2, /* } */ ], "b": NaN, "c": -Infinity,}';
  assert.equal(fault(text), undefined);
  const root = rootOf(text, false);
  assert.equal(root.count, 3);
  const [a] = entries(text, root);
  assert.equal(a?.value.count, 2);
});

test("JSON Lines are entries one after another", () => {
  const text = '{"a":1}\n\n[2]\n"three"\n';
  assert.equal(fault(text, true), undefined);
  assert.deepEqual(build(text, rootOf(text, true)), [{ a: 1 }, [2], "three"]);
  assert.equal(fault('{"a":1}\n{"a":', true)?.line, 2);
});

test("depth and length end nothing", () => {
  const deep = "[".repeat(200_000) + "]".repeat(200_000);
  assert.equal(fault(deep), undefined);
  assert.equal(rootOf(deep, false).count, 1);
  const long = JSON.stringify("x\\".repeat(500_000));
  assert.equal(fault(long), undefined);
  assert.equal(rootOf(long, false).end, long.length);
});

test("paths are written as JavaScript and jq read them", () => {
  assert.equal(step({ key: '"name"', index: 0 }), ".name");
  assert.equal(step({ key: '"a \\"b"', index: 0 }), '["a \\"b"]');
  assert.equal(step({ key: undefined, index: 3 }), "[3]");
});

test("records behind separators are lines like others (RFC 7464)", () => {
  const text = '\u001e{"a":1}\n\u001e{"a":2}\n';
  const check_ = check(text, true);
  let step = check_.next();
  while (!step.done) step = check_.next();
  assert.equal(step.value, undefined);
  assert.equal(rootOf(text, true).count, 2);
});
