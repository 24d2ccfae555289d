// Documents of CoCalc's for specs: small ones whose every part is known, and hostile ones with a vector in every field that is a text.

import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const lines = (rows) => rows.map((row) => (typeof row === "string" ? row : JSON.stringify(row))).join("\n");
const at = (minute) => new Date(Date.UTC(2025, 0, 1, 10, minute)).toISOString();
const ANNA = "11111111-2222-3333-4444-555555555555";
const BEN = "99999999-2222-3333-4444-555555555555";
const CELL = "5eb63087-9306-44bd-8d96-ce0a74839ee3";

const piece = (type, id, x, y, str, data = {}, more = {}) => ({ type, id, x, y, w: 200, h: 80, z: 1, str, data, page: 1, ...more });

export const board = lines([
  piece("note", "a0", 0, 0, "# First note\n\n[x] ticked #tagged", { color: "#1273de" }),
  piece("note", "a1", 400, 0, "second note", { color: "#fff9c4" }),
  piece("text", "a2", 0, 300, "white on white", { color: "#ffffff" }),
  piece("pen", "a3", 0, 400, undefined, { path: [0, 0, 50, 20, 100, 0], color: "#000000", radius: 2 }),
  piece("edge", "a4", 0, 0, undefined, { from: "a0", to: "a1", color: "#252937" }),
  piece("edge", "a5", 0, 0, undefined, { from: "a0", to: "gone" }),
  piece("icon", "a6", 400, 300, undefined, { icon: "no-such-icon" }),
  piece("code", "a7", 700, 0, "print(1)", { kernel: "python3", execCount: 2, output: { 1: { name: "stdout", text: "printed later" }, 0: { name: "stdout", text: "printed first\n" } } }),
  piece("timer", "a8", 700, 300, "", { countdown: 90, state: "paused", total: 30000 }),
  piece("frame", "a9", -50, -100, "Frame title", { color: "#d32f2f" }, { w: 700, h: 250 }),
  piece("chat", "aa", 700, 500, lines([{ input: "said on the board", sender_id: ANNA }])),
  piece("terminal", "ab", 0, 600, ""),
  piece("hologram", "ac", 300, 600, "from the future"),
  piece("speaker_notes", "ad", 0, 0, "never shown", {}, { invisible: true }),
  piece("note", "ae", 0, 0, "hidden note", {}, { hide: { w: 1, h: 1 } }),
  piece("note", "b0", 0, 0, "on the second page", {}, { page: 2 }),
  "this line is no JSON",
]);

const corner = { x: -295.5, y: -525 };
export const slides = lines([
  ...[0, 1, 2].map((n) => ({ type: "page", id: `p${n}`, data: { pos: n } })),
  ...[0, 1, 2].map((n) => piece("text", `t${n}`, corner.x + 40, corner.y + 40, `# Title ${n + 1}`, { fontSize: 30 }, { page: `p${n}`, w: 800 })),
  piece("text", "out", corner.x + 2000, corner.y, "outside of the slide", {}, { page: "p0" }),
  piece("speaker_notes", "s", 0, 0, "never shown", {}, { page: "p1", invisible: true }),
]);

export const tasks = lines([
  { task_id: "1", desc: "Late one #lab", position: 2, due_date: Date.UTC(2020, 5, 1) },
  { task_id: "2", desc: "**First** one #lab #soon", position: 1, due_date: Date.UTC(2099, 5, 1) },
  { task_id: "3", desc: "Finished one", position: 3, done: true },
  { task_id: "4", desc: "Deleted one", position: 4, deleted: true },
  "{",
]);

const say = (minute, sender_id, content, more) => ({ event: "chat", sender_id, date: at(minute), history: [{ author_id: sender_id, content, date: at(minute) }], ...more });
export const chat = lines([
  say(1, ANNA, "root message"),
  say(2, BEN, "a *reply*", { reply_to: at(1) }),
  say(3, ANNA, "<p>as <b>HTML</b></p>"),
  { event: "chat", sender_id: BEN, date: at(4), history: [{ content: "newest", date: at(9) }, { content: "older", date: at(4) }] },
  { event: "draft", sender_id: BEN, date: at(5), input: "never shown" },
]);
export const chatMoment = Date.UTC(2025, 0, 1, 10, 4);
export const accounts = [ANNA, BEN];

const cell = (flags, source, messages, n) => `\ufe20${CELL.slice(0, -1)}${n}${flags}\ufe20\n${source}\n\ufe21${CELL}\ufe21${messages.map((message) => JSON.stringify(message)).join("\ufe21")}\ufe21\n`;
export const worksheet = [
  cell("i", "%md\n# Sheet title", [{ md: "# Sheet title" }], 1),
  cell("s", "x = 1", [{ stdout: "one " }, { stdout: "two\n" }, { stderr: "a warning\n" }], 2),
  cell("s", "show(x)", [{ tex: { tex: "\\frac{1}{2}", display: true } }], 3),
  cell("o", "long()", [{ stdout: "folded away\n" }], 4),
  cell("s", "plot(x)", [{ file: { filename: "/tmp/plot.png", uuid: "u" } }], 5),
  cell("s", "clear()", [{ stdout: "taken back\n" }, { clear: true }, { stdout: "last word\n" }, { javascript: { code: "alert(1)" } }], 6),
].join("");

/** A folder with one document of each kind. */
export function makeShare() {
  const root = mkdtempSync(join(tmpdir(), "vitrine-cocalc-"));
  const files = { "a.board": board, "a.slides": slides, "a.tasks": tasks, "a.sage-chat": chat, "a.sagews": worksheet, "a.course": lines([{ table: "students", first_name: "Secretname" }]) };
  for (const [name, text] of Object.entries({ ...files, "empty.board": "{}", "empty.slides": "{}", "empty.tasks": "x", "empty.chat": "x", "empty.sagews": "\n" })) writeFileSync(join(root, name), text);
  return root;
}

/** Everywhere that a text can stand in each kind of document, all of it the vector. */
function hostile(v, n) {
  const types = ["text", "note", "icon", "pen", "code", "frame", "timer", "stopwatch", "chat", "terminal", v];
  const data = { color: v, fontFamily: v, fontSize: v, icon: v, state: v, kernel: v, path: [v, 1], radius: v, output: { 0: { name: v, text: v }, 1: { ename: v, evalue: v, traceback: [v] }, 2: { data: { "text/markdown": v, [v]: v } }, 3: { data: { "text/latex": `$$${v}$$` } }, 4: { data: { "image/png": v } }, [v]: v } };
  const pieces = (page) => types.map((type, k) => ({ type, id: `${v}${type}${k}`, x: 0, y: 90 * k, w: 300, h: 80, z: v, str: type === "chat" ? lines([{ input: v, sender_id: v }]) : v, data, page, rotate: v, group: v, opacity: v }));
  const edges = (page) => [{ type: "edge", id: `${v}edge`, data: { ...data, from: `${v}text0`, to: `${v}note1` }, page }];
  const pages = [{ type: "page", id: v, data: { pos: v, color: v } }, { type: "slide", id: `${v}slide`, page: v, data: { color: v } }];
  const said = say(n % 60, v, v, { thread_id: v, feedback: { [v]: v } });
  return {
    board: lines([...pieces(v), ...edges(v)]),
    slides: lines([...pages, ...pieces(v), ...edges(v)]),
    tasks: lines([{ task_id: v, desc: v, position: n, due_date: v }, { task_id: `${v}2`, desc: `#tag ${v}`, done: true }, { task_id: v + "3", desc: `#${v}`, due_date: 1 }]),
    chat: lines([{ event: "chat-thread-config", thread_id: v, name: v }, said, say((n + 1) % 60, ANNA, v, { thread_id: v, name: v })]),
    sagews: ["md", "html", "stdout", "stderr", "tex", "code", "file", "raw_input", "interact"].map((kind, k) => cell("", `%${v.replaceAll("\n", " ")}`, [{ [kind]: { tex: { tex: v, display: true }, code: { source: v, mode: v }, file: { filename: v, uuid: v }, raw_input: { prompt: v, value: v }, interact: { controls: v } }[kind] ?? v }], k)).join(""),
  };
}

/** Each kind of document full of vectors, a few to a file. */
export function makeHostileShare(vectors, each = 12) {
  const root = mkdtempSync(join(tmpdir(), "vitrine-cocalc-hostile-"));
  const paths = [];
  for (let from = 0; from < vectors.length; from += each) {
    const part = vectors.slice(from, from + each).map(hostile);
    for (const ending of Object.keys(part[0])) {
      mkdirSync(join(root, ending), { recursive: true });
      const path = `${ending}/${from}.${ending}`;
      writeFileSync(join(root, path), part.map((document) => document[ending]).join(ending === "sagews" ? "" : "\n"));
      paths.push(path);
    }
  }
  return { root, paths };
}
