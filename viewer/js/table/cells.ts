// The cells of one row's text, by the rules of `scan.ts`; and which separator a text uses. Pure.

/** More cells of a row are not read. */
export const COLUMNS_MAX = 10_000;

/** Where a cell of `text` that begins at `at` ends, and what it says. */
interface Cell {
  readonly value: string;
  readonly end: number;
}

/** The first of the separator and the line ends, or the text's end. */
function endOfPlain(text: string, separator: string, at: number, end: number): number {
  for (let position = at; position < end; position += 1) {
    const c = text[position];
    if (c === separator || c === "\n" || c === "\r") return position;
  }
  return end;
}

function cellAt(text: string, separator: string, at: number, end: number): Cell {
  if (text[at] !== '"') {
    const stop = endOfPlain(text, separator, at, end);
    return { value: text.slice(at, stop), end: stop };
  }
  let position = at + 1;
  for (;;) {
    const close = text.indexOf('"', position);
    if (close < 0 || close >= end) {
      const stop = endOfPlain(text, separator, at + 1, end);
      return { value: text.slice(at, stop), end: stop };
    }
    if (text[close + 1] !== '"' || close + 1 >= end) {
      // What follows a closing quote before the next separator belongs to the cell in most spreadsheets.
      const stop = endOfPlain(text, separator, close + 1, end);
      return { value: text.slice(at + 1, close).replaceAll('""', '"') + text.slice(close + 1, stop), end: stop };
    }
    position = close + 2;
  }
}

/** The cells of the row in `text` from `from` up to `to`. */
export function cellsOf(text: string, separator: string, from = 0, to = text.length): string[] {
  const cells: string[] = [];
  let position = from;
  for (;;) {
    const { value, end } = cellAt(text, separator, position, to);
    cells.push(value);
    if (text[end] !== separator || end >= to || cells.length >= COLUMNS_MAX) return cells;
    position = end + 1;
  }
}

/** One cell of that row; empty where the row is too short. */
export function cellOf(text: string, separator: string, column: number, from: number, to: number): string {
  let position = from;
  for (let index = 0; ; index += 1) {
    const { value, end } = cellAt(text, separator, position, to);
    if (index === column) return value;
    if (text[end] !== separator || end >= to) return "";
    position = end + 1;
  }
}

const SEPARATORS = [",", "\t", ";", "|"];

/** Lines of the text outside of quotes, as far as they say something. */
function linesOf(text: string): string[] {
  const unquoted = text.replace(/"(?:[^"]|"")*"/g, "x");
  return unquoted.split(/\r\n|\n|\r/).filter((line) => line !== "").slice(0, 50);
}

/**
 * The separator that stands equally often in most of the first lines; of several, the one that stands most often. A text
 * without any reads as comma-separated.
 */
export function separatorOf(text: string): string {
  const lines = linesOf(text);
  let best = ",";
  let most = 0;
  for (const separator of SEPARATORS) {
    const counts = lines.map((line) => line.split(separator).length - 1);
    const usual = counts.toSorted((a, b) => a - b)[counts.length >> 1] ?? 0;
    if (usual === 0 && (counts[0] ?? 0) === 0) continue;
    const agreeing = counts.filter((count) => count === usual).length / counts.length;
    const score = agreeing * agreeing * (usual + 0.5);
    if (score > most) [best, most] = [separator, score];
  }
  return best;
}
