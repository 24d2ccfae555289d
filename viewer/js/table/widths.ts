// How wide the columns are and where each begins. Pure; the grid calls it.

import type { Column } from "./rows";

const NARROWEST = 48;
const WIDEST_FIRST = 320;
const WIDEST = 1_600;

/** What is around a cell's text. */
const AROUND = 28;

export class Widths {
  private widths: number[] = [];
  private readonly chosen = new Set<number>();
  /** Where each column begins, and the last one ends. */
  private lefts: number[] = [0];

  /** Columns that a reader has made wider or narrower stay so; others grow with what comes. `character` is a digit's width. */
  fit(columns: readonly Column[], character: number): void {
    // A head has room for the mark of sorting.
    const natural = ({ name, chars }: Column) => Math.max(chars * character, Math.min(name.length, 24) * character * 1.1 + 16) + AROUND;
    const width = (column: Column, index: number) => Math.max(this.widths[index] ?? NARROWEST, Math.min(WIDEST_FIRST, natural(column)));
    this.widths = columns.map((column, index) => (this.chosen.has(index) ? this.width(index) : width(column, index)));
    this.sum();
  }

  private sum(): void {
    let left = 0;
    this.lefts = [0, ...this.widths.map((width) => (left += width))];
  }

  get total(): number {
    return this.lefts.at(-1) ?? 0;
  }

  left(column: number): number {
    return this.lefts[column] ?? 0;
  }

  width(column: number): number {
    return this.widths[column] ?? 0;
  }

  set(column: number, width: number): void {
    if (!(column in this.widths)) return;
    this.chosen.add(column);
    this.widths[column] = Math.min(WIDEST, Math.max(NARROWEST, width));
    this.sum();
  }

  /** The columns between two places: the first, and the one after the last. */
  range(from: number, to: number): [number, number] {
    let first = this.search(from);
    let last = this.search(to) + 1;
    first = Math.max(0, Math.min(first, this.widths.length));
    last = Math.min(this.widths.length, last);
    return [first, last];
  }

  /** The column at a place. */
  private search(at: number): number {
    let [low, high] = [0, this.widths.length];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.lefts[middle] ?? Infinity) <= at) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}
