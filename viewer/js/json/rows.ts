// The rows of the JSON tree: what a row shows, and what stands below it. A container with many entries has ranges of them below,
// and those ranges smaller ones, so that no list is long and any entry is a few steps away. The tree calls it; it has no page.

import { type Entry, type Value, entries, said, step } from "./scan";

/** A list is at most this long. */
export const LIST_MAX = 100;

/** A string longer than this is cut until it is opened. */
export const CUT = 240;

/** Even an opened one has an end. */
const OPENED_MAX = 200_000;

export interface Row {
  readonly value: Value;
  /** Where it stands in the text, key included. */
  readonly start: number;
  readonly end: number;
  /** The way from the root. */
  readonly path: string;
  /** Its key or number, as a reader wants it; empty for the root. */
  readonly name: string;
  readonly isKey: boolean;
  /** For a range of entries: the first of them, and how many. */
  readonly range?: { readonly index: number; readonly count: number };
}

export const rootRow = (value: Value): Row => ({ value, start: value.start, end: value.end, path: "$", name: "", isKey: false });

/** How many entries there are below. */
const countOf = (row: Row): number => row.range?.count ?? row.value.count;

export const hasBelow = (row: Row): boolean => countOf(row) > 0;

/** How many entries a range holds, when `count` of them are cut into ranges. */
export function rangeSize(count: number): number {
  let size = 1;
  while (count / size > LIST_MAX) size *= LIST_MAX;
  return size;
}

/** What stands below a row. */
export function below(text: string, row: Row): Row[] {
  const count = countOf(row);
  const size = rangeSize(count);
  const { range, value, path } = row;
  const from = range ? row.start : undefined;
  const rows: Row[] = [];
  let done = 0;
  for (const entry of entries(text, value, from, range?.index)) {
    if (done === count) break;
    if (size === 1) rows.push(entryRow(entry, path));
    else if (done % size === 0) {
      const inside = Math.min(size, count - done);
      const name = `[${entry.index} … ${entry.index + inside - 1}]`;
      rows.push({ value, start: entry.start, end: entry.value.end, path, name, isKey: false, range: { index: entry.index, count: inside } });
    } else rows[rows.length - 1] = { ...(rows.at(-1) as Row), end: entry.value.end };
    done += 1;
  }
  return rows;
}

function entryRow(entry: Entry, path: string): Row {
  const name = entry.key === undefined ? String(entry.index) : said(entry.key);
  return { value: entry.value, start: entry.start, end: entry.value.end, path: path + step(entry), name, isKey: entry.key !== undefined };
}

/** A value that is no container, as it is shown: cut, unless it was opened. */
export function shown(text: string, value: Value, isOpen: boolean): { text: string; isCut: boolean } {
  const length = value.end - value.start;
  const max = isOpen ? OPENED_MAX : CUT;
  if (length <= max) return { text: text.slice(value.start, value.end), isCut: false };
  return { text: `${text.slice(value.start, value.start + max)}…`, isCut: true };
}

/** Where a search's words stand in the text; at most `max` of the places. */
export function matches(text: string, words: string, max: number): number[] {
  if (words === "") return [];
  // As they are written inside a string.
  const written = JSON.stringify(words).slice(1, -1);
  const pattern = new RegExp(written.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"), "gi");
  const found: number[] = [];
  for (let match = pattern.exec(text); match && found.length < max; match = pattern.exec(text)) found.push(match.index);
  return found;
}
