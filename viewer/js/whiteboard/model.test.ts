// Boards as they are found, and any garbage: pieces with places, on pages.

import assert from "node:assert/strict";
import { test } from "node:test";
import { lines, object, random } from "../garbage";
import { readBoard, readMessages } from "./model";

const board = (...rows: object[]) => readBoard(rows.map((row) => JSON.stringify(row)).join("\n"));
const texts = (page: { pieces: { content: object }[] } | undefined) => page?.pieces.map(({ content }) => ("text" in content ? content.text : ""));
const note = (id: string, page?: unknown, more: object = {}) => ({ id, type: "note", x: 0, y: 0, w: 10, h: 10, z: 1, str: id, page, ...more });

test("a board without pages is one page", () => {
  const { pages } = board(note("a"), note("b"));
  assert.equal(pages.length, 1);
  assert.deepEqual(texts(pages[0]), ["a", "b"]);
  assert.equal(board().pages.length, 1);
});

test("pages by number come in their order, and what names none is on the first", () => {
  const { pages } = board(note("c", 10), note("b", 2), note("a"), note("a2", 2));
  assert.deepEqual(pages.map(texts), [["b", "a", "a2"], ["c"]]);
});

test("pages by rows come by their place, and numbers mean them too", () => {
  const page = (id: string, pos?: number) => ({ id, type: "page", data: { pos } });
  const { pages } = board(page("p2", 2), page("p1", -1), page("empty", 3), note("a", "p1"), note("b", "p2"), note("c", 2), note("lost", "gone"), note("none"));
  assert.deepEqual(pages.map(texts), [["a", "none"], ["b", "c"], [], ["lost"]]);
});

test("what is not for readers is left out", () => {
  const rows = [note("a", 1, { invisible: true }), note("b", 1, { hide: { w: 1 } }), { id: "c", type: "selection" }, { id: "d", type: "speaker_notes", str: "secret", invisible: true }, { id: "f", type: "speaker_notes", str: "secret" }, note("e", 1)];
  assert.deepEqual(texts(board(...rows).pages[0]), ["e"]);
});

test("of two lines with one id the later counts", () => {
  assert.deepEqual(texts(board(note("a", 1, { str: "old" }), note("a", 1, { str: "new" })).pages[0]), ["new"]);
});

test("a cell's messages come by their numbers", () => {
  assert.deepEqual(readMessages({ 10: { a: 10 }, 2: { a: 2 }, x: { a: 0 }, 3: "no" }), [{ a: 2 }, { a: 10 }]);
  assert.deepEqual(readMessages([{ a: 1 }, null]), [{ a: 1 }]);
});

test("a timer, a pen and a chat are read as they are", () => {
  const { pages } = board(
    { id: "t", type: "timer", data: { countdown: 300, state: "paused", total: 5000 } },
    { id: "p", type: "pen", data: { path: [0, 0, 1, 1, "x", 2, 3], radius: 5 } },
    { id: "c", type: "chat", str: '{"input":"hello","sender_id":"u"}' },
  );
  const [clock, pen, chat] = pages[0]?.pieces.map(({ content }) => content) ?? [];
  assert.deepEqual(clock, { kind: "clock", countdown: 300, state: "paused", totalMs: 5000, title: "" });
  assert.deepEqual(pen, { kind: "pen", path: [0, 0, 1, 1] });
  assert.equal(pages[0]?.pieces[1]?.look.width, 10);
  assert.deepEqual(chat, { kind: "chat", said: [{ who: "u", text: "hello" }] });
});

const FIELDS = ["id", "type", "x", "y", "w", "h", "z", "str", "data", "page", "rotate", "hide", "group", "color", "path", "from", "to", "output", "fontSize", "pos", "countdown"];
const TYPES = ["text", "note", "icon", "pen", "code", "frame", "edge", "timer", "stopwatch", "chat", "terminal", "selection", "slide", "page", "speaker_notes", "toString"];

test("any garbage is pieces with places that a browser can draw", () => {
  for (let seed = 0; seed < 300; seed++) {
    const next = random(seed);
    const text = lines(next, 25, () => (next() < 0.8 ? { ...object(next, FIELDS), type: TYPES[Math.floor(next() * TYPES.length)] } : object(next, FIELDS)));
    const { pages, skipped } = readBoard(text);
    assert.ok(pages.length >= 1 && skipped >= 0);
    for (const piece of pages.flatMap((page) => page.pieces)) {
      for (const number of [piece.x, piece.y, piece.w, piece.h, piece.z, piece.rotate, piece.look.fontSize, piece.look.width, piece.look.opacity]) assert.ok(Number.isFinite(number) && Math.abs(number) <= 1e6);
      assert.ok(piece.w > 0 && piece.h > 0);
      if (piece.content.kind === "pen") assert.ok(piece.content.path.every(Number.isFinite) && piece.content.path.length % 2 === 0);
    }
    for (const edge of pages.flatMap((page) => page.edges)) assert.notEqual(edge.from, edge.to);
  }
});

test("text that is no board at all is an empty one, and its lines are counted", () => {
  const { pages, skipped } = readBoard("<html>\n<body>\u0000");
  assert.deepEqual([pages.length, pages[0]?.pieces.length, skipped], [1, 0, 2]);
});
