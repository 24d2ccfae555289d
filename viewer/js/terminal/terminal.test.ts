// What a terminal writes, read as it would show it.

import assert from "node:assert/strict";
import { test } from "node:test";
import { COLUMNS, ROWS } from "./screen";
import { type Line, lookOf } from "./style";
import { Terminal } from "./terminal";

const textOf = (line: Line) => line.map((span) => span.text).join("");

function linesOf(...parts: string[]): Line[] {
  const terminal = new Terminal();
  const lines = parts.flatMap((part) => terminal.write(part));
  return [...lines, ...terminal.open];
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
  for (const [text, shown] of [["10%\r20%\r100%\ndone", "100%\ndone"], ["long line\rshort", "shortline"], ["long line\r\x1b[Kx", "x"], ["abc\x1b[2K\rx", "x"], ["a\r\nb", "a\nb"], ["\x1b[1ma\r\nb", "a\nb"], ["ab\bc", "ac"], ["\b\bé😀\b!", "é!"]] as const) {
    assert.equal(plain(text), shown, JSON.stringify(text));
  }
});

test("other sequences vanish", () => {
  assert.equal(plain("\x1b]0;title\x07a\x1b]8;;http://x\x07link\x1b]8;;\x1b\\ end\x1b(Bx\x00\x9f\x1b[?25l\x1b[3 q\x1b[3"), "alink endx");
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

test("colons belong to their number, and the colour of a line beneath is none of the text's", () => {
  const look = (sequence: string) => styled(`\x1b[${sequence}mx`)[0]?.slice(1);
  assert.deepEqual(look("38:2::255:0:0"), ["ansi-fg-rgb", "--ansi-fg", "rgb(255 0 0)"]);
  assert.deepEqual(look("38:2:0:128:0"), ["ansi-fg-rgb", "--ansi-fg", "rgb(0 128 0)"]);
  assert.deepEqual(look("48:5:21;1"), ["ansi-bold ansi-bg-rgb", "--ansi-bg", "rgb(0 0 255)"]);
  assert.deepEqual(look("58:5:1;4"), ["ansi-underline"]);
  assert.deepEqual(look("58;5;1"), [""]);
  assert.deepEqual(look("58;2;1;2;3;3"), ["ansi-italic"]);
  assert.deepEqual(look("4:3"), ["ansi-underline"]);
  assert.deepEqual(look("1;;4"), ["ansi-underline"]);
});

test("links lead to the web or nowhere", () => {
  const links = (text: string) => linesOf(text).flat().map(({ text, style }) => [text, style.link]);
  assert.deepEqual(links("see \x1b]8;id=1;https://example.org/a\x1b\\the \x1b[1mreport\x1b[0m\x1b]8;;\x07 now"), [["see ", undefined], ["the ", "https://example.org/a"], ["report", "https://example.org/a"], [" now", undefined]]);
  for (const address of ["javascript:alert(1)", "file:///etc/passwd", "data:text/html,x", "//example.org", "https:", `https://x/${"a".repeat(3_000)}`]) {
    assert.deepEqual(links(`\x1b]8;;${address}\x1b\\x`), [["x", undefined]], address);
  }
});

test("strings for the terminal are dropped, and end where their line does", () => {
  for (const [text, shown] of [
    ["\x1bPq#0;2;0;0;0#0~~@@vv\x1b\\after sixel", "after sixel"],
    ["\x1bP0;1q\"1;1;2;2#0~~\n#1@@\x1b\\after", "after"],
    ["\x1b_Gf=100;AAAA\x1b\\after kitty", "after kitty"],
    ["\x1b^private\x1b\\\x1bXstart\x1b\\\x1bktitle\x1b\\\x1bP+q544e\x1b\\x", "x"],
    ["\x1b]1337;File=inline=1:AAAA\x07x", "x"],
    ["\x1b]0;never ended\nnext", "\nnext"],
    ["\x1b_never ended\nnext", "\nnext"],
    ["\x1b7123", "123"],
    ["a\x1b(0lqk\x1b(Bq", "a┌─┐q"],
    ["\x1b)0\x0eqx\x0fq", "─│q"],
  ] as const) assert.equal(plain(text), shown, JSON.stringify(text));
});

test("the cursor moves", () => {
  for (const [text, shown] of [
    ["\x1b[10Cindented", `${" ".repeat(10)}indented`],
    ["50%\x1b[1G100%", "100%"],
    ["a\nb\n\x1b[2Ax\x1b[1By", "x\nby"],
    ["one\ntwo\x1b[Fx\x1b[Ey", "xne\nywo"],
    ["ab\x1b[s\n\ncd\x1b[ux", "abx\n\ncd"],
    ["abc\x1b[2Dx", "axc"],
    ["one\ntwo\x1b[38;2;1;2;3;url(x)\x1b[uy", "one\ntworl(x)y"],
    ["a\nb\nc\x1b[2;1Hx\x1b[1dy", "ay\nx\nc"],
    ["a\nb\x1b[A\x1b[Jc", "ac"],
    ["before\nx\x1b[2J\x1b[Hframe 1\nmore\x1b[H\x1b[2Jframe 2\x1b[H\x1b[Jframe 3\x1b[3;1Hx\x1b[2J\x1b[2;2Hframe 4", "before\nx\n\n frame 4"],
    ["before\n\x1bcframe 1\x1bcframe 2", "before\nframe 2"],
    ["before\n\x1b[2Jgoes on", "before\ngoes on"],
    ["a bar of 20 letters\r          \rx", "x"],
    ["abc\r  \rx", "x c"],
    ["abcd\x1b[3D\x1b[P", "acd"],
    ["abcd\x1b[3D\x1b[2X", "a  d"],
    ["abcd\x1b[3D\x1b[2@", "a  bcd"],
    ["a\nb\nc\x1b[2A\x1b[M", "b\nc"],
    ["a\nb\x1b[A\x1b[Lx", " x\na\nb"],
    ["abc\x1b[1K\rx", "x  "],
    ["out\n\rin 1\x1b[A\n\rin 2\x1b[A\n\r    \r\x1b[A\rOUT", "OUT"],
    ["D ━ 33%\nU ━ 30%\n\x1b[2A\x1b[2KD ━━ 66%\nU ━━ 60%\n", "D ━━ 66%\nU ━━ 60%"],
    ["a\n\n\nb\n\n", "a\n\n\nb\n"],
  ] as const) assert.equal(plain(text), shown, JSON.stringify(text));
});

test("moves are bounded", () => {
  const far = linesOf("\x1b[999999999B\x1b[999999999Cx\x1b[999999999A\x1b[999999999Dy");
  assert.equal(far.length, ROWS);
  assert.deepEqual([far.at(-1), far[0]].map((line) => textOf(line ?? []).length), [COLUMNS, 1]);
  const settled = linesOf(`${Array.from({ length: 300 }, (_, n) => `line ${n}\n`).join("")}\x1b[999Atop`).map(textOf);
  assert.equal(settled.length, 300);
  assert.deepEqual(settled.flatMap((line, at) => (line.startsWith("top") ? [[at, line]] : [])), [[201, "tope 201"]]);
  const wide = linesOf("\x1b[999Cx\n".repeat(20_000));
  assert.ok(wide.reduce((sum, line) => sum + textOf(line).length, 0) < 2_100_000);
  assert.equal(plain(`\x1b[${"9".repeat(400)}Cx`).length, COLUMNS);
});

test("what moves a whole line is bounded", () => {
  for (const text of [`${"x".repeat(300_000)}\r${"\x1b[@".repeat(20_000)}`, `${"x".repeat(300_000)}\r${"\x1b[P".repeat(20_000)}`, "\x1b[999Cx\x1b[1K".repeat(30_000), "\x1b[99L\x1b[99M".repeat(50_000)]) {
    const begun = performance.now();
    linesOf(text);
    // Without the bound, a minute.
    assert.ok(performance.now() - begun < 15_000, JSON.stringify(text.slice(0, 20)));
  }
});

test("the open lines are there before their end, and an ended text has no other", () => {
  const terminal = new Terminal();
  assert.deepEqual(terminal.write("a\nb"), []);
  assert.deepEqual(terminal.open.map(textOf), ["a", "b"]);
  assert.deepEqual([...terminal.write("c\n"), ...terminal.open].map(textOf), ["a", "bc"]);
  assert.equal(terminal.write("x\n".repeat(ROWS)).length, 3);
});
