// Pages as the publish writes them are read; whatever else comes is refused in a word.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { type Page, PageError, inflate, readPage } from "./page";
import { page, stored } from "./written";

const lines = (read: Page): [string, string][] =>
  Array.from(read.kinds, (kind, at) => [read.text.slice(read.starts[at], read.starts[at + 1]), read.kindNames[kind] ?? ""]);

test("the page that the Rust side wrote", async () => {
  const golden = new Uint8Array(readFileSync("protocol/tests/golden/index-page.deflate"));
  const expected = readFileSync("protocol/tests/golden/index-page.txt", "utf8").trimEnd().split("\n").map((line) => line.split("\t"));
  assert.deepEqual(lines(readPage(await inflate(golden))), expected);
});

test("what is written is read back", () => {
  const cases: [string, string][][] = [
    [],
    [["a", "dir"], ["a/b.md", "markdown"], ["a-b.ipynb", "notebook"], ["c", "link"]],
    [["é/è", "text"], ["é/é", "text"], ["日本/📈.png", "image"], ["日本/📉.png", "image"], ["\ufeffbom", "text"]],
    [["n".repeat(250) + "/" + "m".repeat(250), "text"], ["n".repeat(250) + "/" + "m".repeat(249) + "o", "text"]],
    Array.from({ length: 5000 }, (_, n): [string, string] => [`folder-${n % 7}/file-${n}`, "text"]),
  ];
  for (const written of cases) {
    const read = readPage(page(written));
    assert.deepEqual(lines(read), written);
    for (const [at, [path]] of written.entries()) {
      assert.equal(read.text.slice(read.names[at], read.starts[at + 1]), path.slice(path.lastIndexOf("/") + 1));
    }
  }
});

test("lies are refused", async () => {
  const with_ = (...bytes: number[]) => readPage(Uint8Array.from([0x56, 0x50, 0x49, 0x31, 1, 1, 0x6b, ...bytes]));
  assert.deepEqual(lines(with_(0, 0, 1, 0x61)), [["a", "k"]]);
  const lies = [
    [1, 0, 1, 0x61], [0, 1, 1, 0x61], [0, 0, 2, 0x61], [0, 0, 1, 0xff], [0, 0x80, 0x80, 0x80, 0], [0, 0, 0], [0], [0, 0], [0x80],
    // Shares half a character.
    [0, 0, 2, 0xc3, 0xa9, 0, 1, 1, 0x61],
  ];
  for (const lie of lies) assert.throws(() => with_(...lie), PageError, lie.join());
  assert.throws(() => readPage(new TextEncoder().encode("VPI2")), PageError);
  assert.throws(() => readPage(new Uint8Array()), PageError);
  await assert.rejects(inflate(Uint8Array.of(255, 255, 255)), PageError);
  await assert.rejects(inflate(await stored(new Uint8Array(2_000_000))), PageError, "a bomb");
});

test("a short page of very long paths is refused before it fills the memory", () => {
  const long = "n".repeat(4000);
  const text = [...page([[long, "text"]])];
  for (let n = 0; n < 50_000; n += 1) text.push(0, 0xa0, 0x1f, 0);
  assert.throws(() => readPage(Uint8Array.from(text)), /too long/);
});

test("hostile bytes are read or refused, and nothing else", () => {
  let state = 1;
  const byte = () => (state = (Math.imul(state, 1103515245) + 12345) >>> 0) >>> 24;
  const good = page([["a/é.md", "markdown"], ["a/è.md", "markdown"], ["b", "dir"]]);
  for (let round = 0; round < 20_000; round += 1) {
    const bad = good.slice(0, round % 3 === 0 ? byte() % (good.length + 1) : undefined);
    bad[byte() % good.length] = byte();
    try {
      const read = readPage(bad);
      assert.equal(read.starts[read.kinds.length], read.text.length);
    } catch (error) {
      assert.ok(error instanceof PageError, String(error));
    }
  }
});
