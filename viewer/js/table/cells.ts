// The cells of one row's text, by the rules of `scan.ts` and a dialect. Pure.

import type { Dialect } from "./dialect";

/** More cells of a row are not read. */
export const COLUMNS_MAX = 10_000;

/** What a row's cells depend on. */
export type Cutting = Pick<Dialect, "delimiter" | "quotes" | "escapes" | "padded">;

/** Where a cell of `text` that begins at `at` ends, and what it says. */
interface Cell {
  readonly value: string;
  readonly end: number;
}

/** The first of the delimiter and the line ends, or the text's end. */
function endOfPlain(text: string, { delimiter }: Cutting, at: number, end: number): number {
  const isSpace = delimiter === " ";
  for (let position = at; position < end; position += 1) {
    const c = text[position];
    if (c === delimiter || c === "\n" || c === "\r" || (isSpace && c === "\t")) return position;
  }
  return end;
}

/** Where the quote closes that opened before `at`; nothing when it does not. */
function closing(text: string, { escapes }: Cutting, at: number, end: number): number | undefined {
  for (let position = at; position < end; position += 1) {
    const c = text[position];
    if (escapes && c === "\\") position += 1;
    else if (c === '"') {
      if (text[position + 1] !== '"' || position + 1 >= end) return position;
      position += 1;
    }
  }
  return undefined;
}

function cellAt(text: string, cutting: Cutting, at: number, end: number): Cell {
  let begin = at;
  if (cutting.padded) while (text[begin] === " ") begin += 1;
  if (!cutting.quotes || text[begin] !== '"') {
    const stop = endOfPlain(text, cutting, at, end);
    return { value: cutting.padded ? text.slice(at, stop).trim() : text.slice(at, stop), end: stop };
  }
  const close = closing(text, cutting, begin + 1, end);
  if (close === undefined) {
    const stop = endOfPlain(text, cutting, begin + 1, end);
    return { value: text.slice(begin, stop), end: stop };
  }
  // What follows a closing quote before the next delimiter belongs to the cell in most spreadsheets.
  const stop = endOfPlain(text, cutting, close + 1, end);
  const inner = text.slice(begin + 1, close).replaceAll('""', '"');
  const rest = text.slice(close + 1, stop);
  return { value: (cutting.escapes ? inner.replace(/\\(["\\])/g, "$1") : inner) + (cutting.padded ? rest.trimEnd() : rest), end: stop };
}

/** Where the next cell begins, behind what ended the one before at `end`; nothing behind the last. */
function next(text: string, { delimiter }: Cutting, end: number, to: number): number | undefined {
  if (end >= to) return undefined;
  if (delimiter !== " ") return text[end] === delimiter ? end + 1 : undefined;
  const position = behindSpaces(text, end, to);
  return position === end || position >= to || text[position] === "\n" || text[position] === "\r" ? undefined : position;
}

function behindSpaces(text: string, at: number, to: number): number {
  let position = at;
  while (position < to && (text[position] === " " || text[position] === "\t")) position += 1;
  return position;
}

const firstOf = (text: string, { delimiter }: Cutting, from: number, to: number): number => (delimiter === " " ? behindSpaces(text, from, to) : from);

/** The cells of the row in `text` from `from` up to `to`. */
export function cellsOf(text: string, cutting: Cutting, from = 0, to = text.length): string[] {
  const cells: string[] = [];
  let position: number | undefined = firstOf(text, cutting, from, to);
  while (position !== undefined && cells.length < COLUMNS_MAX) {
    const { value, end } = cellAt(text, cutting, position, to);
    cells.push(value);
    position = next(text, cutting, end, to);
  }
  return cells;
}

/** One cell of that row; empty where the row is too short. */
export function cellOf(text: string, cutting: Cutting, column: number, from: number, to: number): string {
  let position: number | undefined = firstOf(text, cutting, from, to);
  for (let index = 0; position !== undefined; index += 1) {
    const { value, end } = cellAt(text, cutting, position, to);
    if (index === column) return value;
    position = next(text, cutting, end, to);
  }
  return "";
}
