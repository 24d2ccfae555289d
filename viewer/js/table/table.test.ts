// What a table is made of, without a browser: rows in bytes that come in any pieces, cells, numbers, order, filters, and the
// arithmetic of scrolling.

import assert from "node:assert/strict";
import { test } from "node:test";
import { arrange, orderOf } from "./arrange";
import { cellOf, cellsOf } from "./cells";
import { type Wish, delimiterOf, dialectOf } from "./dialect";
import { RowScanner } from "./scan";
import { Scrolling } from "./scrolling";
import { areaOf, moved, rowsOf, tabSeparated } from "./selection";
import { TextRows } from "./text-rows";
import { cellTest, momentOf, numberOf } from "./values";
import { Widths } from "./widths";

const comma = dialectOf("a,b", "");
const none = { needle: "", needles: {} };
const pause = () => Promise.resolve();

function rowsFrom(bytes: Uint8Array, piece = bytes.length, name = "a.csv", wish: Wish = {}): TextRows {
  const rows = new TextRows(bytes.length, { name, wish });
  for (let at = 0; at < bytes.length; at += piece) rows.push(bytes.slice(at, at + piece));
  rows.end();
  return rows;
}

const all = (rows: TextRows) => rows.rows(Array.from({ length: rows.shape().rows }, (_, index) => index));
const read = (text: string, piece?: number) => rowsFrom(new TextEncoder().encode(text), piece);

test("quotes hold anything, in pieces of any length", () => {
  const text = 'a,"b, c",d\r\n1,"say ""hi""\nthere",3\r\n\r\n4,,"é",extra\r5,"x"y\n';
  for (const piece of [1, 2, 3, 7, 1000]) {
    const rows = read(text, piece);
    assert.deepEqual(rows.shape().columns.map(({ name, kind }) => [name, kind]), [["a", "number"], ["b, c", "text"], ["d", "text"], ["", "text"]]);
    assert.deepEqual(all(rows), [["1", 'say "hi"\nthere', "3"], ["4", "", "é", "extra"], ["5", "xy"]]);
  }
});

test("a quote that never closes is a letter", () => {
  assert.deepEqual(all(read('h,i\n"a,b\nc,d\n')), [['"a', "b"], ["c", "d"]]);
  const rows = read(`h\n"stray\n${"row\n".repeat(600_000)}`, 65_536);
  assert.equal(rows.shape().rows, 600_001);
  assert.deepEqual(rows.rows([0, 600_000]), [['"stray'], ["row"]]);
});

test("stray quotes cost no more than twice the reading", () => {
  const bytes = new TextEncoder().encode('"\n""""\n'.repeat(300_000));
  const scanner = new RowScanner(dialectOf("a,b", ""), 0);
  const began = performance.now();
  scanner.scan(bytes, bytes.length, true);
  assert.ok(scanner.rows > 0 && performance.now() - began < 10_000);
});

test("reading never fails, and rows as quoted cells come back, whatever is in them", () => {
  let seed = 7;
  const random = (below: number) => (seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648) % below;
  const letters = ["a", ",", '"', "\n", ";", "é", " ", "1"];
  const word = () => Array.from({ length: random(6) }, () => letters[random(letters.length)]).join("");
  for (let round = 0; round < 300; round += 1) {
    all(read(word() + word() + word() + word(), 1 + random(4)));
    const table = Array.from({ length: 1 + random(4) }, () => [`x${word()}`, `y${word()}`]);
    const text = ["h,i", ...table.map((row) => row.map((cell) => `"${cell.replaceAll('"', '""')}"`).join(","))].join("\n");
    assert.deepEqual(all(read(text, 1 + random(9))), table, text);
  }
});

test("the separator is the one that lines agree on", () => {
  for (const [text, separator] of [["a\tb,c\td\n1\t2,5\t3", "\t"], ["a;b;c\n1,5;2,5;3,5", ";"], ["abc", ","], ['"a;b;c",d', ","], ["a|b\n1|2", "|"]] as const) {
    assert.equal(delimiterOf(text), separator, text);
  }
  assert.deepEqual(all(read("sep=;\na,x;b\n1;2\n")), [["1", "2"]]);
});

test("a first row of numbers names nothing", () => {
  const rows = read("1,2\n3,4\n");
  assert.deepEqual([rows.shape().rows, rows.shape().columns.map(({ name }) => name)], [2, ["", ""]]);
});

test("a mark is no part of the first name, and a bad byte is one bad character", () => {
  const bytes = (...list: number[]) => Uint8Array.from(list);
  assert.equal(rowsFrom(bytes(0xef, 0xbb, 0xbf, 0x61, 0x0a, 0x31)).shape().columns[0]?.name, "a");
  assert.deepEqual(all(rowsFrom(bytes(0x61, 0x0a, 0xc3, 0xa9, 0xff, 0x78, 0x0a, 0xc3, 0xa9))), [["é\ufffdx"], ["é"]]);
});

test("one cell is the cell that the row has", () => {
  const text = 'x,"a,""b""",,end';
  const cells = cellsOf(text, comma);
  assert.deepEqual(cells, ["x", 'a,"b"', "", "end"]);
  for (let column = 0; column < 6; column += 1) assert.equal(cellOf(text, comma, column, 0, text.length), cells[column] ?? "");
});

test("numbers as people write them, moments as machines do", () => {
  const numbers: [string, number | undefined][] = [["1", 1], ["-2.5e3", -2500], ["1,234,567.8", 1_234_567.8], ["3,14", 3.14], ["12%", 12], ["$5", 5], ["1.234,5", 1234.5], ["a1", undefined], ["1-2", undefined], ["", undefined], ["0x10", undefined]];
  for (const [text, value] of numbers) assert.equal(numberOf(text), value, text);
  assert.equal(momentOf("2024-02-03"), Date.UTC(2024, 1, 3));
  assert.equal(momentOf("03/02/2024"), undefined);
});

test("order: numbers by value, text by the alphabet, equals as they were, nothing last", () => {
  const order = (texts: string[], descending = false) => [...orderOf(texts, descending)].map((index) => texts[index]);
  assert.deepEqual(order(["10", "9", "", "-1", "9.0"]), ["-1", "9", "9.0", "10", ""]);
  assert.deepEqual(order(["10", "9", "", "NA", "-1"], true), ["10", "9", "-1", "", "NA"]);
  assert.deepEqual(order(["b", "a10", "a9", "Ä", ""]), ["Ä", "a9", "a10", "b", ""].toSorted(new Intl.Collator(undefined, { numeric: true }).compare).filter((x) => x !== "").concat(""));
  assert.deepEqual(order(["2024-01-02", "2023-12-31T23:00Z", ""]), ["2023-12-31T23:00Z", "2024-01-02", ""]);
  assert.deepEqual(order([]), []);
});

test("filters by any cell, by columns, and with an order", async () => {
  const rows = read('name,n\nZürich,3\nParis,10\n"a ""b""",2\nzURICH,1\n');
  const numbers = async (arrangement: Parameters<typeof arrange>[1]) => [...((await arrange(rows, arrangement, pause)) ?? [])];
  assert.equal(await arrange(rows, none, pause), undefined);
  assert.deepEqual(await numbers({ ...none, needle: "ZÜR" }), [0]);
  assert.deepEqual(await numbers({ ...none, needle: "ur" }), [3]);
  assert.deepEqual(await numbers({ ...none, needle: '"b"' }), [2]);
  assert.deepEqual(await numbers({ ...none, needle: "h,3" }), []);
  assert.deepEqual(await numbers({ ...none, needles: { 1: "> 2" }, sort: { column: 1, descending: true } }), [1, 0]);
  assert.deepEqual(await numbers({ ...none, sort: { column: 1, descending: false } }), [3, 2, 0, 1]);
});

test("a superseded arrangement stops", async () => {
  const rows = read("a\n1\n2\n");
  await assert.rejects(arrange(rows, { ...none, needle: "1" }, () => Promise.reject(new Error("no longer"))), /no longer/);
});

test("wishes for one column", () => {
  const holds = (wish: string, text: string) => cellTest(wish)(text);
  assert.ok(holds("> 5", "6") && !holds("> 5", "5") && holds(">=5", "5") && !holds("> 5", "x"));
  assert.ok(holds("< 2024-06-01", "2024-05-31") && holds("=Ab", "aB") && !holds("=a", "ab") && holds("=1", "1.0") && holds("! a", "b"));
  assert.ok(holds(">x", "a x") === false && holds(">x", "a>x") && holds("x", "aXb"));
});

test("a wide row cannot make columns without end", () => {
  const { columns, cut } = read(`a\n${",".repeat(20_000)}\n`).shape();
  assert.deepEqual([columns.length, cut], [10_000, true]);
});

test("a million rows scroll within what browsers allow, row by row and from end to end", () => {
  const scrolling = new Scrolling(30);
  scrolling.resize(1_000_000, 600);
  assert.ok(scrolling.space < 17_000_000);
  scrolling.moved(100);
  assert.equal(scrolling.top, 100);
  scrolling.moved(scrolling.space - 600);
  assert.deepEqual(scrolling.range(0), [999_980, 1_000_000]);
  scrolling.reveal(500_000, true);
  const bar = scrolling.settle();
  assert.ok(bar > 3_900_000 && bar < 4_100_000);
  scrolling.moved(bar + 30);
  assert.deepEqual(scrolling.range(0), [499_991, 500_012]);
});

test("keys, areas, fragments and what is copied", () => {
  const extent = { rows: 10, columns: 3, page: 4 };
  assert.deepEqual(moved({ row: 0, column: 0 }, "ArrowUp", false, extent), { row: -1, column: 0 });
  assert.deepEqual(moved({ row: 8, column: 2 }, "PageDown", false, extent), { row: 9, column: 2 });
  assert.deepEqual(moved({ row: 8, column: 2 }, "Home", true, extent), { row: 0, column: 0 });
  assert.equal(moved({ row: 0, column: 0 }, "x", false, extent), undefined);
  assert.deepEqual(areaOf({ row: 3, column: 2 }, { row: 1, column: 0 }), { top: 1, bottom: 3, left: 0, right: 2 });
  assert.deepEqual([rowsOf("row=12"), rowsOf("row=9-7"), rowsOf("row=0"), rowsOf("brow=1"), rowsOf("row=<b>")], [{ from: 12, to: 12 }, { from: 7, to: 9 }, undefined, undefined, undefined]);
  assert.equal(tabSeparated([["a", "b\tc", "d"], ["e"]], 0, 1), 'a\t"b\tc"\ne\t');
});

test("a copied cell runs nothing in a spreadsheet", () => {
  for (const text of ["=1+1", "@SUM(A1)", "+cmd|' /C calc'!A0", "-2+HYPERLINK(1)", ' =WEBSERVICE("x")']) assert.ok(tabSeparated([[text, "x"]], 0, 1).replace(/^"/, "").startsWith("'"), text);
  for (const text of ["-5", "+4512345678", "-1.5e-7", "+49 (30) 123-4", "-", "- a list", "a=b", "12", "-12 %"]) assert.equal(tabSeparated([[text, "x"]], 0, 1), `${text}\tx`);
});

test("columns are found by their places", () => {
  const widths = new Widths();
  widths.fit(Array.from({ length: 100 }, () => ({ name: "", kind: "text" as const, chars: 10 })), 10);
  const [first, last] = widths.range(1_000, 1_300);
  assert.ok(widths.left(first) <= 1_000 && widths.left(first + 1) > 1_000 && widths.left(last) >= 1_300);
  assert.deepEqual(widths.range(-500, 1e9), [0, 100]);
});
