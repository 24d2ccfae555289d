// What a `.board` or `.slides` file holds: pieces on pages. Pure; never throws. Refuses nothing but what cannot be placed: lines
// that are no object are counted, fields of the wrong shape are as if they were not there, sizes keep within limits.
// `board.ts` and `slides.ts` call it.

import { type Row, asNumber, asRow, asText, byKey, readRows } from "../records";
import type { Rect } from "./geometry";

/** How a piece looks, as its author set it; each renderer takes what applies. */
export interface Look {
  readonly colour?: string;
  readonly fontSize: number;
  readonly fontFamily?: string;
  /** Of lines, in pixels. */
  readonly width: number;
  readonly opacity: number;
}

/** A computed cell: its code and its messages, in order. */
export interface Computed {
  readonly code: string;
  readonly kernel: string;
  readonly count?: number;
  readonly hideInput: boolean;
  readonly hideOutput: boolean;
  readonly messages: readonly Row[];
}

/** What stands in a chat element: newest first in the file, oldest first here. */
export interface Said {
  readonly who: string;
  readonly text: string;
  readonly when?: number;
}

export type Content =
  | { kind: "text" | "note"; text: string }
  | { kind: "icon"; name: string }
  | { kind: "pen"; path: readonly number[] }
  | { kind: "code"; cell: Computed }
  | { kind: "frame"; title: string }
  | { kind: "clock"; countdown?: number; state: "running" | "paused" | "stopped"; totalMs: number; sinceMs?: number; title: string }
  | { kind: "chat"; said: readonly Said[] }
  | { kind: "terminal" }
  | { kind: "unknown"; type: string; text: string };

export interface Piece extends Rect {
  readonly id: string;
  readonly z: number;
  /** In radians. */
  readonly rotate: number;
  readonly group?: string;
  readonly locked: boolean;
  readonly look: Look;
  readonly content: Content;
}

export interface Edge {
  readonly id: string;
  readonly from: string;
  readonly to: string;
  readonly look: Look;
}

export interface Page {
  readonly pieces: Piece[];
  readonly edges: Edge[];
  /** Of a slide's own row, when there is one. */
  background?: string;
}

export interface Board {
  readonly pages: Page[];
  /** Lines that could not be read. */
  readonly skipped: number;
}

/** Coordinates are the author's; farther than this no hand has gone, and browsers lose precision. */
const FAR = 1_000_000;
const SIZE_MAX = 20_000;
const FONT_DEFAULT = 14;
/** A stroke longer than this was drawn by a program. */
const PATH_MAX = 40_000;
const MESSAGES_MAX = 500;

/** Never shown: what has no place on the page, or is the author's alone. */
const UNSEEN = new Set(["edge", "page", "slide", "selection", "speaker_notes"]);

export function readBoard(text: string): Board {
  const { rows, skipped } = readRows(text);
  const known = byKey(rows, (row) => asText(row.id)).filter((row) => asText(row.type) !== undefined);
  const pages = sortPages(known);
  for (const row of known) {
    const page = pages.of(row);
    if (row.type === "slide") page.background = asText(data(row).color) ?? page.background ?? "";
    if (row.invisible === true || row.hide) continue;
    const edge = row.type === "edge" ? readEdge(row) : undefined;
    if (edge) page.edges.push(edge);
    if (!UNSEEN.has(String(row.type))) page.pieces.push(readPiece(row));
  }
  return { pages: pages.all, skipped };
}

const data = (row: Row): Row => asRow(row.data) ?? {};

/** What a row says about its page: an id, a number, or nothing. */
function pageOf(row: Row): string {
  return typeof row.page === "number" && Number.isFinite(row.page) ? String(row.page) : (asText(row.page) ?? "");
}

/**
 * Three ways to have pages came one after another: none; numbers; rows of their own with an id and a place among the others. A row
 * that names no page is on the first; one that names a page by its number is on that one of the pages with rows; a page that is
 * named and not there comes after the others, so that nothing gets lost.
 */
function sortPages(rows: readonly Row[]): { all: Page[]; of(row: Row): Page } {
  const place = (row: Row) => asNumber(data(row).pos) ?? Number.MAX_SAFE_INTEGER;
  const declared = rows.filter((row) => row.type === "page" && asText(row.id) !== undefined).sort((a, b) => place(a) - place(b));
  const named = new Set(rows.filter((row) => row.type !== "page").map(pageOf));
  named.delete("");
  const numbers = [...named].filter((name) => /^\d{1,9}$/.test(name)).sort((a, b) => Number(a) - Number(b));
  const all: Page[] = [];
  const byName = new Map<string, Page>();
  const add = (name: string) => {
    const page: Page = { pieces: [], edges: [] };
    all.push(page);
    byName.set(name, page);
  };
  for (const row of declared) add(asText(row.id) ?? "");
  for (const number of numbers) {
    const among = declared.length > 0 ? all[Number(number) - 1] : undefined;
    if (byName.has(number)) continue;
    if (among && Number(number) <= declared.length) byName.set(number, among);
    else add(number);
  }
  for (const name of named) if (!byName.has(name)) add(name);
  if (all.length === 0) add("");
  const first = all[0] as Page;
  return { all, of: (row) => byName.get(pageOf(row)) ?? first };
}

function readLook(row: Row): Look {
  const { color, fontSize, fontFamily, radius, opacity } = data(row);
  const [colour, family] = [asText(color), asText(fontFamily)];
  return {
    ...(colour === undefined ? {} : { colour }),
    ...(family === undefined ? {} : { fontFamily: family }),
    fontSize: asNumber(fontSize, 4, 400) ?? FONT_DEFAULT,
    width: 2 * (asNumber(radius, 0.25, 200) ?? 1),
    opacity: asNumber(opacity, 0.05, 1) ?? 1,
  };
}

function readEdge(row: Row): Edge | undefined {
  const { from, to } = data(row);
  if (typeof from !== "string" || typeof to !== "string" || from === to) return undefined;
  return { id: asText(row.id) ?? "", from, to, look: readLook(row) };
}

function readPiece(row: Row): Piece {
  const group = asText(row.group);
  return {
    id: asText(row.id) ?? "",
    x: asNumber(row.x, -FAR, FAR) ?? 0,
    y: asNumber(row.y, -FAR, FAR) ?? 0,
    w: asNumber(row.w, 1, SIZE_MAX) ?? 200,
    h: asNumber(row.h, 1, SIZE_MAX) ?? 60,
    z: Math.round(asNumber(row.z, -FAR, FAR) ?? 0),
    rotate: (asNumber(row.rotate) ?? 0) % (2 * Math.PI),
    locked: row.locked === true,
    ...(group === undefined || group === "" ? {} : { group }),
    look: readLook(row),
    content: readContent(row),
  };
}

function readContent(row: Row): Content {
  const text = asText(row.str) ?? "";
  switch (row.type) {
    case "text":
    case "note":
      return { kind: row.type, text };
    case "icon":
      return { kind: "icon", name: (asText(data(row).icon) ?? text).slice(0, 80) };
    case "pen":
      return { kind: "pen", path: readPath(data(row).path) };
    case "code":
      return { kind: "code", cell: readCell(text, data(row)) };
    case "frame":
      return { kind: "frame", title: text };
    case "timer":
    case "stopwatch":
      return readClock(text, data(row));
    case "chat":
      return { kind: "chat", said: readChat(text) };
    case "terminal":
      return { kind: "terminal" };
    default:
      return { kind: "unknown", type: String(row.type).slice(0, 80), text };
  }
}

/** Pairs of coordinates, from where the piece begins; a pair that is none ends the stroke. */
function readPath(value: unknown): number[] {
  if (!Array.isArray(value)) return [];
  const path: number[] = [];
  for (let at = 0; at + 1 < value.length && at < PATH_MAX; at += 2) {
    const [x, y] = [asNumber(value[at], -FAR, FAR), asNumber(value[at + 1], -FAR, FAR)];
    if (x === undefined || y === undefined) break;
    path.push(x, y);
  }
  return path;
}

/** Messages are kept under their numbers, in an object or in a list. */
export function readMessages(value: unknown): Row[] {
  const listed = Array.isArray(value) ? value.map((message, n) => [String(n), message] as const) : Object.entries(asRow(value) ?? {});
  const order = listed.filter(([key]) => /^\d{1,6}$/.test(key)).sort(([a], [b]) => Number(a) - Number(b));
  return order.slice(0, MESSAGES_MAX).map(([, message]) => asRow(message)).filter((message) => message !== undefined);
}

function readCell(code: string, { kernel, execCount, hideInput, hideOutput, output }: Row): Computed {
  const count = asNumber(execCount, 0);
  return {
    code,
    kernel: (asText(kernel) ?? "").slice(0, 80),
    ...(count === undefined ? {} : { count }),
    hideInput: hideInput === true,
    hideOutput: hideOutput === true,
    messages: readMessages(output),
  };
}

function readClock(title: string, { countdown, state, total, time }: Row): Content {
  const [from, since] = [asNumber(countdown, 0, 1e7), asNumber(time, 0, 8.64e15)];
  return {
    kind: "clock",
    ...(from === undefined ? {} : { countdown: from }),
    ...(since === undefined ? {} : { sinceMs: since }),
    state: state === "running" || state === "paused" ? state : "stopped",
    totalMs: asNumber(total, 0, 8.64e15) ?? 0,
    title,
  };
}

/** The chat of a board is in its text: JSON, or lines of it; a text that is neither is one message. */
function readChat(text: string): Said[] {
  const { rows } = readRows(text);
  const said = rows.flatMap((row): Said[] => {
    const [message, when] = [asText(row.input) ?? asText(row.content) ?? asText(row.message), asNumber(row.time ?? row.date, 0, 8.64e15)];
    if (message === undefined) return [];
    return [{ who: asText(row.sender_id) ?? asText(row.sender) ?? "", text: message, ...(when === undefined ? {} : { when }) }];
  });
  return said.length === 0 && text.trim() !== "" ? [{ who: "", text }] : said;
}
