// How a text is a table: what stands between cells, what quotes mean, which lines are no rows, whether the first row is a head. All of
// it is guessed from the beginning, and each may be said by the reader instead. Pure; `text-rows.ts` calls it. It refuses to leave out a
// line that may be data.

import { cellsOf } from "./cells";
import { isHead, isSurelyHead } from "./head";

/** How cells are told apart; `cells.ts` and `scan.ts` go by it. */
export interface Dialect {
  /** One character; a space stands for any number of spaces and tabs. */
  readonly delimiter: string;
  /** Whether quotes hold delimiters and line ends. */
  readonly quotes: boolean;
  /** Whether a backslash before a quote makes it a letter. */
  readonly escapes: boolean;
  /** Whether spaces before a quote mean nothing. */
  readonly padded: boolean;
  /** Lines that begin so are no rows; empty when there are none. */
  readonly comment: string;
  /** Lines at the beginning that are left out. */
  readonly skip: number;
  /** Whether the first row names the columns. */
  readonly head: boolean;
  /** Whether the head lacks the first column's name, as R writes it. */
  readonly shifted: boolean;
}

export type Wish = Partial<Pick<Dialect, "delimiter" | "quotes" | "skip" | "head">>;

export const DELIMITERS = [",", "\t", ";", "|", " "] as const;

/** Rows that are looked at. */
const ROWS = 200;

/** More lines than these are no preamble. */
const PREAMBLE_MAX = 60;

const PLAIN: Dialect = { delimiter: ",", quotes: true, escapes: false, padded: false, comment: "", skip: 0, head: true, shifted: false };

/** A text in rows, by one way of taking it apart. */
interface Cut {
  readonly rows: readonly string[][];
  /** Rows that are not as wide as most. */
  readonly odd: number;
  readonly width: number;
}

/** The first rows of a text, the lines that `skip` and `comment` name aside. */
function cut(text: string, dialect: Dialect, rows = ROWS): Cut {
  const found: string[][] = [];
  let at = afterLines(text, dialect.skip);
  while (at < text.length && found.length < rows) {
    const end = endOfRow(text, dialect, at);
    const line = text.slice(at, end);
    if (line.trim() !== "" && !(dialect.comment !== "" && line.startsWith(dialect.comment))) found.push(cellsOf(line, dialect));
    at = end + 1;
  }
  const widths = found.map((row) => row.length);
  const width = mostCommon(widths);
  return { rows: found, odd: widths.filter((one) => one !== width).length, width };
}

function endOfRow(text: string, { quotes, escapes }: Dialect, from: number): number {
  let isOpen = false;
  for (let at = from; at < text.length; at += 1) {
    const c = text[at];
    if (quotes && c === '"') isOpen = !isOpen;
    else if (escapes && isOpen && c === "\\") at += 1;
    else if (!isOpen && (c === "\n" || c === "\r")) return at;
  }
  // What never closes ends with its line.
  const end = isOpen ? text.slice(from).search(/[\r\n]/) : -1;
  return end < 0 ? text.length : from + end;
}

function mostCommon(numbers: readonly number[]): number {
  const counts = new Map<number, number>();
  for (const one of numbers) counts.set(one, (counts.get(one) ?? 0) + 1);
  return [...counts].reduce((most, one) => (one[1] > most[1] || (one[1] === most[1] && one[0] > most[0]) ? one : most), [0, 0])[0];
}

/** Where the line behind so many others begins. */
export function afterLines(text: string, lines: number): number {
  const end = /\r\n|\n|\r/g;
  for (let line = 0; line < lines; line += 1) if (!end.exec(text)) return text.length;
  return end.lastIndex;
}

/** Characters that comment lines begin with, as instruments and programs write them. */
const COMMENTS = ["##", "#", "%", "//", "!"] as const;

/** What the lines at the top that are comments begin with; they are followed by one that is none. */
function commentOf(text: string): string {
  const first = text.trimStart();
  return COMMENTS.find((mark) => first.startsWith(mark)) ?? "";
}

/** Lines of the text, as far as they are complete or all there is. */
const linesOf = (text: string): string[] => text.split(/\r\n|\n|\r/).slice(0, ROWS * 2);

/** How the text is taken apart, by its beginning, its name and what the reader wants. */
export function dialectOf(text: string, name: string, wish: Wish = {}): Dialect {
  const said = /^sep=(.)(?:\r\n|\n|\r)/i.exec(text);
  const comment = said ? "" : commentOf(text);
  const lines = linesOf(text);
  const body = comment === "" ? text : lines.filter((line) => !line.startsWith(comment[0] ?? "")).join("\n");
  const delimiter = wish.delimiter ?? said?.[1] ?? delimiterOf(body, name);
  let dialect: Dialect = { ...PLAIN, delimiter, ...quoting(body, delimiter, wish.quotes) };
  dialect = { ...dialect, ...beginning(text, lines, said ? 1 : 0, comment, dialect, wish.skip) };
  if (wish.head !== undefined) return { ...dialect, head: wish.head };
  const { rows } = cut(text, dialect);
  const [first = [], ...rest] = rows;
  return { ...dialect, head: dialect.head && isHead(first, rest) };
}

/** Which lines come before the table; those of comments may end with the head. */
function beginning(text: string, lines: readonly string[], before: number, comment: string, dialect: Dialect, wished: number | undefined): Partial<Dialect> {
  if (wished !== undefined) return { skip: wished };
  if (comment !== "") {
    const mark = comment[0] ?? "";
    const top = lines.findIndex((line) => line.trim() !== "" && !line.startsWith(mark));
    if (top <= 0) return { skip: before };
    const { rows, width } = cut(text, { ...dialect, skip: top, comment: mark });
    const last = lines.slice(0, top).findLastIndex((line) => line.trim() !== "");
    const named = lines[last] ?? "";
    const isNamed = cellsOf(named.replace(/^[#%!/]+[ \t]*/, ""), dialect).length === width && width > 1;
    // VCF and its like: the head is the one line with a single mark. Others have it there when what follows is no head.
    const isAlone = comment === "##" && !named.startsWith("##");
    const [first = [], ...rest] = rows;
    const isAttached = /^[#%!/]+\S/.test(named) && !isSurelyHead(first, rest);
    if (isNamed && (isAlone || isAttached || !isHead(first, rest))) return { skip: last, comment: "" };
    return { skip: top, comment: comment.length > 1 && comment !== "##" ? comment : mark };
  }
  return { skip: before, ...preamble(text, before, dialect) };
}

/** Lines before the head that are narrower than all the rows: what instruments and offices write there. */
function preamble(text: string, before: number, dialect: Dialect): Partial<Dialect> {
  const lines = linesOf(text).slice(before);
  const widths = lines.map((line) => (line.trim() === "" ? 0 : cellsOf(line, dialect).length));
  const present = widths.filter((width) => width > 0);
  const width = mostCommon(present.slice(Math.min(present.length >> 1, PREAMBLE_MAX)));
  const top = widths.findIndex((one) => one >= width);
  if (width < 2 || top <= 0 || top > PREAMBLE_MAX) return {};
  const after = widths.slice(top).filter((one) => one > 0);
  if (after.length < 2 || after.filter((one) => one === width).length < after.length * 0.8) return {};
  const rows = lines.slice(top).filter((line) => line.trim() !== "").map((line) => cellsOf(line, dialect));
  const [only = 0] = widths;
  const isShort = top === 1 && only === width - 1;
  if (isShort && (only > 1 || !isHead(rows[0] ?? [], rows.slice(1)))) return { shifted: true };
  return { skip: before + top };
}

/** What quotes mean, by which of the ways leaves the rows alike. */
function quoting(text: string, delimiter: string, wished: boolean | undefined): Pick<Dialect, "quotes" | "escapes" | "padded"> {
  const padded = new RegExp(`(?:^|[${delimiter === "|" ? "\\|" : delimiter}]) +"`, "m").test(text) && delimiter !== " ";
  const plain = { ...PLAIN, delimiter, padded };
  if (wished === false) return { quotes: false, escapes: false, padded: false };
  const faults = (dialect: Dialect) => cut(text, dialect).odd + broken(text, dialect);
  const quoted = faults(plain);
  // In files of tabs quotes mean nothing, unless without them the rows fall apart.
  const isTabs = delimiter === "\t" && wished === undefined;
  if (isTabs && quoted >= cut(text, { ...plain, quotes: false }).odd) return { quotes: false, escapes: false, padded: false };
  const escapes = text.includes('\\"') && faults({ ...plain, escapes: true }) < quoted;
  return { quotes: true, escapes, padded };
}

/** Quotes that close in the middle of a cell. */
function broken(text: string, { delimiter, escapes }: Dialect): number {
  let count = 0;
  const cell = escapes ? /"(?:[^"\\]|\\[\s\S]|"")*"/g : /"(?:[^"]|"")*"/g;
  for (const found of text.matchAll(cell)) {
    const next = text[found.index + found[0].length];
    if (next !== undefined && next !== delimiter && !/\s/.test(next)) count += 1;
  }
  return count;
}

/** Lines outside of quotes, as far as they say something. */
function bareLines(text: string): string[] {
  const unquoted = text.replace(/"(?:[^"\\]|""|\\[\s\S])*"/g, "x");
  return unquoted.split(/\r\n|\n|\r/).filter((line) => line.trim() !== "").slice(0, ROWS);
}

/**
 * The delimiter that stands equally often in most of the lines; of several, the one that stands most often. A text without any is
 * one column, or aligned by spaces.
 */
export function delimiterOf(text: string, name = ""): string {
  const lines = bareLines(text);
  if (/\.(?:tsv|tab)$/i.test(name) && lines.some((line) => line.includes("\t"))) return "\t";
  let [best, most, agreement] = ["", 0, 0];
  for (const delimiter of DELIMITERS.slice(0, 4)) {
    const counts = lines.map((line) => line.split(delimiter).length - 1);
    const usual = mostCommon(counts.filter((count) => count > 0));
    if (usual === 0) continue;
    const agreeing = counts.filter((count) => count === usual).length / counts.length;
    const score = agreeing * agreeing * (usual + 0.5);
    if (score > most) [best, most, agreement] = [delimiter, score, agreeing];
  }
  // Commas of decimals stand in all lines but the head's.
  const isSure = best !== "" && (best === "\t" || agreement === 1);
  return !isSure && isAligned(lines) ? " " : best || ",";
}

/** Whether all lines have as many words, and more spaces stand between some, or numbers in a column. */
function isAligned(lines: readonly string[]): boolean {
  const rows = lines.map((line) => line.trim().split(/[ \t]+/));
  const width = rows[0]?.length ?? 0;
  if (width < 2 || rows.length < 2 || rows.some((row) => row.length !== width)) return false;
  const spaced = lines.some((line) => /\S {2,}\S/.test(line));
  return spaced || rows.slice(1).every((row) => row.some((cell) => /^[+-]?[\d.]+(?:e[+-]?\d+)?$/i.test(cell)));
}
