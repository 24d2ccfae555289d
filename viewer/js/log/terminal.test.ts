// What a terminal writes, read as it would show it.

import assert from "node:assert/strict";
import { test } from "node:test";
import { lookOf } from "./style";
import { type Line, Terminal } from "./terminal";

const textOf = (line: Line) => line.map((span) => span.text).join("");

function linesOf(...parts: string[]): Line[] {
  const terminal = new Terminal();
  const lines = parts.flatMap((part) => terminal.write(part));
  return terminal.open.length > 0 ? [...lines, terminal.open] : lines;
}

const plain = (...parts: string[]) => linesOf(...parts).map(textOf).join("\n");

const styled = (text: string) => linesOf(text).flat().map(({ text, style }) => [text, lookOf(style).classes, ...lookOf(style).properties.flat()]);

test("colours become classes and properties", () => {
  assert.deepEqual(styled("a\x1b[31;1mred\x1b[0m \x1b[38;5;28;01mgreen\x1b[39m\x1b[48;2;1;2;3mdeep\x1b[m\x1b[7minv"), [
    ["a", ""],
    ["red", "ansi-bold ansi-fg-1"],
    [" ", ""],
    ["green", "ansi-bold ansi-fg-rgb", "--ansi-fg", "rgb(0 135 0)"],
    ["deep", "ansi-bold ansi-bg-rgb", "--ansi-bg", "rgb(1 2 3)"],
    ["inv", "ansi-inverse"],
  ]);
  assert.deepEqual(styled("\x1b[4mu\x1b[24;91;7mi\x1b[27;100mb\x1b[38;5;255mg"), [
    ["u", "ansi-underline"],
    ["i", "ansi-bg-9"],
    ["b", "ansi-fg-9 ansi-bg-8"],
    ["g", "ansi-fg-rgb ansi-bg-8", "--ansi-fg", "rgb(238 238 238)"],
  ]);
  assert.deepEqual(styled("\x1b[4:3ma\x1b[4:0mb\x1b[38:5:1mc\x1b[>4;1md"), [["a", "ansi-underline"], ["b", ""], ["cd", "ansi-fg-1"]]);
});

test("carriage returns and backspaces overwrite", () => {
  for (const [text, shown] of [["10%\r20%\r100%\ndone", "100%\ndone"], ["long line\rshort", "shortline"], ["long line\r\x1b[Kx", "x"], ["abc\x1b[2K\rx", "x  "], ["a\r\nb", "a\nb"], ["\x1b[1ma\r\nb", "a\nb"], ["ab\bc", "ac"], ["\b\bé😀\b!", "é!"]] as const) {
    assert.equal(plain(text), shown, JSON.stringify(text));
  }
});

test("other sequences vanish", () => {
  assert.equal(plain("\x1b]8;;http://x\x07link\x1b]8;;\x1b\\ end\x1b[2J\x1b(Bx\x00\x9f\x1b[?25l\x1b[3"), "link endx");
  assert.equal(plain("a\x1b[31\tb\x1b\nc"), "a\tb\nc");
});

test("a text in parts is the same text", () => {
  const text = "one\r\n\x1b[38;2;9;8;7mtwo\x1b[0m\r\x1b[Kx\n\x1b]0;a title\x07three\x1b(B\b\n\x1b[7mfour";
  const whole = linesOf(text);
  for (let size = 1; size < text.length; size += 1) {
    const parts = text.match(new RegExp(`[^]{1,${size}}`, "g")) ?? [];
    // `Decoding` never ends a part within a line's end.
    assert.deepEqual(linesOf(...parts).map(textOf), whole.map(textOf), String(size));
  }
});

test("the open line is there before its end, and an ended text has none", () => {
  const terminal = new Terminal();
  assert.equal(terminal.write("a\nb").length, 1);
  assert.equal(textOf(terminal.open), "b");
  assert.deepEqual(terminal.write("c\n").map(textOf), ["bc"]);
  assert.deepEqual(terminal.open, []);
});
