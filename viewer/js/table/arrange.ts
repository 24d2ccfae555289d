// Which rows an arrangement shows, in which order. Works in slices, so that a newer wish can take its place, and on ranks
// instead of strings, so that a million rows sort in about a second. Pure; the worker calls it.

import type { Arrangement, Table } from "./rows";
import { cellTest, isMissing, momentOf, numberOf } from "./values";

/** Rows looked at before anything else may have its turn. */
const SLICE = 32_768;

/** Up to so many different texts are ordered as the reader's language does; more, by their letters in lower case. */
const COLLATED_MAX = 100_000;

/** The last order that was worked out, for a reader who goes on to filter. */
export interface Memory {
  order?: { readonly column: number; readonly descending: boolean; readonly rows: Uint32Array };
}

/** The rows of the arrangement; nothing when that is all of them as they are. `pause` throws when it is no longer wanted. */
export async function arrange(table: Table, { sort, needle, needles }: Arrangement, pause: () => Promise<void>, memory: Memory = {}): Promise<Uint32Array | undefined> {
  const count = table.shape().rows;
  const tests = Object.entries(needles).filter(([, wish]) => wish.trim() !== "");
  const wanted = needle.trim().toLowerCase();
  let kept: Uint8Array | undefined;
  if (wanted !== "") kept = await keepMatching(table, wanted, count, pause);
  for (const [column, wish] of tests) kept = await keepTested(table, Number(column), wish, count, kept, pause);
  if (!sort) return kept && pick(undefined, kept, count);
  const known = memory.order;
  if (known?.column !== sort.column || known.descending !== sort.descending || known.rows.length !== count) {
    const texts = await allTexts(table, sort.column, count, pause);
    memory.order = { ...sort, rows: orderOf(texts, sort.descending) };
    await pause();
  }
  return pick(memory.order?.rows, kept, count);
}

async function keepMatching(table: Table, needle: string, count: number, pause: () => Promise<void>): Promise<Uint8Array> {
  const kept = new Uint8Array(count);
  for (let from = 0; from < count; from += SLICE) {
    for (const row of await table.matching(needle, from, Math.min(count, from + SLICE))) kept[row] = 1;
    await pause();
  }
  return kept;
}

async function keepTested(table: Table, column: number, wish: string, count: number, before: Uint8Array | undefined, pause: () => Promise<void>): Promise<Uint8Array> {
  const test = cellTest(wish);
  const kept = before ?? new Uint8Array(count).fill(1);
  for (let from = 0; from < count; from += SLICE) {
    const texts = await table.texts(column, from, Math.min(count, from + SLICE));
    texts.forEach((text, at) => {
      if (!test(text)) kept[from + at] = 0;
    });
    await pause();
  }
  return kept;
}

async function allTexts(table: Table, column: number, count: number, pause: () => Promise<void>): Promise<string[]> {
  const texts: string[] = [];
  for (let from = 0; from < count; from += SLICE) {
    for (const text of await table.texts(column, from, Math.min(count, from + SLICE))) texts.push(text);
    await pause();
  }
  return texts;
}

/** The indices of `texts` in order: numbers as numbers, moments as moments, else as text; what is missing comes last. */
export function orderOf(texts: readonly string[], descending: boolean): Uint32Array {
  const { ranks, highest } = ranksByValue(texts, numberOf) ?? ranksByValue(texts, momentOf) ?? ranksByText(texts);
  // Counted, not compared: it takes as long for a million rows as reading them, and equal rows keep their order.
  const places = new Uint32Array(highest + 2);
  const place = (rank: number) => (rank === 0 ? highest : descending ? highest - rank : rank - 1);
  for (const rank of ranks) places[place(rank) + 1] = (places[place(rank) + 1] as number) + 1;
  for (let at = 1; at < places.length; at += 1) places[at] = (places[at] as number) + (places[at - 1] as number);
  const order = new Uint32Array(texts.length);
  ranks.forEach((rank, index) => {
    const at = places[place(rank)] as number;
    order[at] = index;
    places[place(rank)] = at + 1;
  });
  return order;
}

/** Ranks from 1; 0 for what is missing. */
interface Ranks {
  readonly ranks: Uint32Array;
  readonly highest: number;
}

function ranksByValue(texts: readonly string[], valueOf: (text: string) => number | undefined): Ranks | undefined {
  const values = new Float64Array(texts.length).fill(NaN);
  for (let index = 0; index < texts.length; index += 1) {
    const text = texts[index] as string;
    const value = valueOf(text);
    if (value === undefined && !isMissing(text)) return undefined;
    values[index] = value ?? NaN;
  }
  const distinct = values.filter((value) => !Number.isNaN(value)).sort();
  let highest = 0;
  for (const value of distinct) if (highest === 0 || value !== distinct[highest - 1]) distinct[highest++] = value;
  const ranks = new Uint32Array(texts.length);
  values.forEach((value, index) => {
    if (!Number.isNaN(value)) ranks[index] = rankIn(distinct, highest, value);
  });
  return { ranks, highest };
}

/** The place of `value` among the first `count` of `sorted`, from 1. */
function rankIn(sorted: Float64Array, count: number, value: number): number {
  let [low, high] = [0, count - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] as number) < value) low = middle + 1;
    else high = middle;
  }
  return low + 1;
}

function ranksByText(texts: readonly string[]): Ranks {
  const known = new Map<string, number>();
  for (const text of texts) if (!isMissing(text)) known.set(text, 0);
  const distinct = [...known.keys()];
  if (distinct.length <= COLLATED_MAX) {
    const collator = new Intl.Collator(undefined, { numeric: true });
    distinct.sort(collator.compare);
  } else {
    const lower = new Map(distinct.map((text) => [text, text.toLowerCase()]));
    const key = (text: string) => lower.get(text) ?? text;
    distinct.sort((a, b) => (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0));
  }
  distinct.forEach((text, index) => known.set(text, index + 1));
  return { ranks: Uint32Array.from(texts, (text) => known.get(text) ?? 0), highest: distinct.length };
}

/** The rows that are kept, in the order. */
function pick(order: Uint32Array | undefined, kept: Uint8Array | undefined, count: number): Uint32Array | undefined {
  if (!kept) return order;
  const picked = new Uint32Array(kept.reduce((sum, one) => sum + one, 0));
  let at = 0;
  for (let position = 0; position < count; position += 1) {
    const row = order ? (order[position] as number) : position;
    if (kept[row] === 1) picked[at++] = row;
  }
  return picked;
}
