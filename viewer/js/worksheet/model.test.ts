// Worksheets as they are found, and any garbage.

import assert from "node:assert/strict";
import { test } from "node:test";
import { anything, object, random } from "../garbage";
import { languageOf, readOutputs, readWorksheet } from "./model";

const ID = "5eb63087-9306-44bd-8d96-ce0a74839ee3";
const [C, O] = ["\ufe20", "\ufe21"];
const cell = (source: string, messages: object[] = [], flags = "") => `${C}${ID}${flags}${C}\n${source}\n${messages.length === 0 ? "" : `${O}${ID}${O}${messages.map((message) => JSON.stringify(message)).join(O)}${O}\n`}`;

test("cells with flags, code and messages", () => {
  const { cells, skipped } = readWorksheet(cell("%md\n# Title", [{ done: true, md: "# Title" }], "i") + cell("x = 1\nx", [{ stdout: "1\n" }], "os") + cell("\n\n"));
  assert.equal(skipped, 0);
  assert.deepEqual(cells, [
    { id: ID, source: "%md\n# Title", language: "markdown", hideSource: true, hideOutput: false, outputs: [{ kind: "markdown", text: "# Title" }] },
    { id: ID, source: "x = 1\nx", language: "sage", hideSource: false, hideOutput: true, outputs: [{ kind: "stream", name: "stdout", text: "1\n" }] },
  ]);
});

test("what belongs together is put together, and what was taken back is gone", () => {
  const out = (...messages: object[]) => readOutputs(messages as never);
  assert.deepEqual(out({ stdout: "a" }, { stdout: "b", stderr: "!" }, { stdout: "c" }), [
    { kind: "stream", name: "stdout", text: "ab" },
    { kind: "stream", name: "stderr", text: "!" },
    { kind: "stream", name: "stdout", text: "c" },
  ]);
  assert.deepEqual(out({ html: "<b>" }, { clear: true }, { md: "x" }, { md: "y" }, { delete_last: true }), [{ kind: "markdown", text: "x" }]);
});

test("scripts and what has nothing to show are left out", () => {
  assert.deepEqual(readOutputs([{ javascript: { code: "alert(1)" } }, { done: true }, { once: false }, { hide: "input" }, { error: "x" }, { file: { filename: "a.png", show: false } }]), []);
});

test("what is kept elsewhere has its name alone", () => {
  assert.deepEqual(readOutputs([{ html: '<img src="/blobs//tmp/plot.png?uuid=1" smc-image-scaling="0.5" />' }, { file: { filename: "/tmp/x/3d.sage3d", uuid: "1" } }]), [
    { kind: "file", name: "plot.png" },
    { kind: "file", name: "3d.sage3d" },
  ]);
});

test("the language is what the cell says, what was made usual, or Sage", () => {
  assert.equal(languageOf("%time\n%r\nx <- 1", "sage"), "r");
  assert.equal(languageOf("%toString\nx", "sage"), "sage");
  assert.equal(languageOf("x = 1\n%md", "sage"), "sage");
  const { cells } = readWorksheet(cell("1") + cell("%default_mode r") + cell("x <- 1") + cell("%md\ny"));
  assert.deepEqual(cells.map(({ language }) => language), ["sage", "r", "r", "markdown"]);
});

test("a file without markers is one cell, and messages that are no JSON are counted", () => {
  assert.deepEqual(readWorksheet("1+1\n2+2\n").cells.map(({ source }) => source), ["1+1\n2+2"]);
  const { cells, skipped } = readWorksheet(`${C}${ID}${C}\r\nx${O}${ID}${O}{"stdout":"1"}${O}{broken${O}[]${O}\r\nlost code`);
  assert.deepEqual(cells.map(({ source }) => source), ["x", "lost code"]);
  assert.equal(skipped, 2);
});

test("any garbage is a worksheet", () => {
  const FIELDS = ["stdout", "stderr", "md", "html", "tex", "code", "file", "raw_input", "clear", "delete_last", "interact", "d3", "filename", "source"];
  for (let seed = 0; seed < 300; seed++) {
    const next = random(seed);
    const pieces = Array.from({ length: 30 }, () => [C, O, "\n", ID, "i", "%md", JSON.stringify(object(next, FIELDS)), JSON.stringify(anything(next, FIELDS)), "{", "x = 1"][Math.floor(next() * 10)]);
    for (const { outputs, source } of readWorksheet(pieces.join("")).cells) {
      assert.ok(source !== "" || outputs.length > 0);
      for (const output of outputs) assert.ok(typeof output.kind === "string");
    }
  }
});
