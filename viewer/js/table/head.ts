// Whether a table's first row names its columns. Names may be numbers: years, places, wavelengths. Pure; `dialect.ts` calls it.

import { isMissing, numberOf } from "./values";

/** So many rows are compared with the first. */
const COMPARED = 100;

/** Whether `first` is a head over `body`: its cells are of another kind, range or pattern than what stands below them. */
export function isHead(first: readonly string[], body: readonly (readonly string[])[]): boolean {
  if (body.length === 0) return true;
  const { names, data } = votes(first, body);
  if (names > 0) return true;
  // Texts over texts are names; nothing but numbers over numbers is data, unless they count.
  return data === 0 ? first.some((cell) => !isMissing(cell) && numberOf(cell) === undefined) : areCounting(first, body.slice(0, COMPARED));
}

/** Whether `first` is a head for certain: a text over numbers, or the other way round. */
export const isSurelyHead = (first: readonly string[], body: readonly (readonly string[])[]): boolean => votes(first, body).names > 0;

/** How many columns speak for names in the first row, and how many for data. */
function votes(first: readonly string[], body: readonly (readonly string[])[]): { names: number; data: number } {
  const rows = body.slice(0, COMPARED);
  let [names, data] = [0, 0];
  for (const [index, cell] of first.entries()) {
    const below = rows.map((row) => row[index] ?? "").filter((text) => !isMissing(text));
    if (below.length === 0 || isMissing(cell)) continue;
    const areNumbers = below.every((text) => numberOf(text) !== undefined);
    const isNumber = numberOf(cell) !== undefined;
    if (areNumbers !== isNumber) names += areNumbers || below.every((text) => numberOf(text) === undefined) ? 1 : 0;
    else if (isNumber) data += 1;
  }
  return { names, data };
}

/** Whether the numbers of a first row count, or are years or another range, and those of the rows do not. */
function areCounting(first: readonly string[], rows: readonly (readonly string[])[]): boolean {
  const at = first.flatMap((cell, index) => (numberOf(cell) === undefined ? [] : [index]));
  const numbersOf = (row: readonly string[]) => at.map((index) => numberOf(row[index] ?? "")).filter((value) => value !== undefined);
  const heads = numbersOf(first);
  const below = rows.flatMap(numbersOf);
  // pandas writes the columns' numbers over an empty corner.
  if (isMissing(first[0] ?? "") && heads.length > 0 && heads.every((value, index) => value === index + (heads[0] ?? 0)) && (heads[0] === 0 || heads[0] === 1)) return true;
  if (heads.every(isYear)) return !below.every(isYear);
  if (heads.length < 3 || !isRising(heads)) return false;
  if (isEven(heads)) return !rows.slice(0, 20).some((row) => isEven(numbersOf(row)));
  const [low, high] = [Math.min(...heads), Math.max(...heads)];
  return below.every((value) => value < low) || below.every((value) => value > high);
}

const isYear = (value: number): boolean => Number.isInteger(value) && value >= 1500 && value <= 2200;

const isRising = (values: readonly number[]): boolean => values.every((value, index) => index === 0 || value > (values[index - 1] as number));

/** Whether the values rise by the same step. */
function isEven(values: readonly number[]): boolean {
  const step = (values[1] ?? 0) - (values[0] ?? 0);
  return values.length > 1 && step > 0 && values.every((value, index) => index === 0 || Math.abs(value - (values[index - 1] as number) - step) < step * 1e-6);
}
