// What a table is to those who draw it, and what the drawing page and the worker that holds the rows say to each other. The
// rows stay in the worker; the page only ever has those that are near the screen.

import type { Dialect, Wish } from "./dialect";

/** A column, as far as drawing needs to know it. */
export interface Column {
  readonly name: string;
  readonly kind: "number" | "text";
  /** About how many characters a cell is wide. */
  readonly chars: number;
  /** The type that the file gives it, if it gives one. */
  readonly type?: string;
}

/** What is known of a table so far. */
export interface Shape {
  readonly columns: readonly Column[];
  readonly rows: number;
  /** Bytes that were read, and whether that is all there will be. */
  readonly read: number;
  readonly complete: boolean;
  /** Rows or columns that are there but too many to be kept. */
  readonly cut: boolean;
  /** Rows can only be looked at as they stand: sorting would have to read all of a file that is too large for it. */
  readonly isFixed?: boolean;
  /** How a text is taken apart, and how many lines are left out of the table. */
  readonly dialect?: Dialect & { readonly leftOut: number };
}

/** Which rows are shown, and in which order. */
export interface Arrangement {
  readonly sort?: { readonly column: number; readonly descending: boolean };
  /** What some cell of a row holds. */
  readonly needle: string;
  /** What the cell of a column holds, by the column's index. */
  readonly needles: Readonly<Record<number, string>>;
}

export const AS_IT_IS: Arrangement = { needle: "", needles: {} };

/** Consecutive rows of an arrangement: their numbers in the file, from 1, and their cells, long ones cut. */
export interface Page {
  readonly numbers: readonly number[];
  readonly cells: readonly (readonly string[])[];
}

/** A table that can be read, sorted and searched; `text-rows.ts` and `parquet/column-rows.ts` are the two there are. */
export interface Table {
  shape(): Shape;
  /** The rows of these indices. */
  rows(indices: readonly number[]): string[][] | Promise<string[][]>;
  /** One column's cells of the rows from `from` up to `to`. */
  texts(column: number, from: number, to: number): string[] | Promise<string[]>;
  /** Which of the rows from `from` up to `to` hold `needle`, which is in lower case. */
  matching(needle: string, from: number, to: number): number[] | Promise<number[]>;
}

/** How the file begins its life in a worker. */
export interface Opening {
  readonly size: number;
  readonly contentType: string;
  /** The file's name; its ending may name the delimiter. */
  readonly name?: string;
  /** How the reader wants a text to be taken apart, instead of how it looks. */
  readonly wish?: Wish;
}

/** What the page asks and sends; questions about rows have one answer with their `id`, a range has that of its wish. */
export type Question = { readonly id: number } & (
  | { readonly do: "open"; readonly opening: Opening }
  | { readonly do: "bytes"; readonly bytes: Uint8Array<ArrayBuffer> }
  | { readonly do: "end" }
  | { readonly do: "rows"; readonly from: number; readonly to: number; readonly whole: boolean }
  | { readonly do: "arrange"; readonly arrangement: Arrangement }
  | { readonly do: "place"; readonly row: number }
  | { readonly do: "range"; readonly bytes: Uint8Array<ArrayBuffer> | string }
);

/** What the worker says: answers, news of its own accord, and what it needs of the file. */
export type Answer =
  | { readonly id: number; readonly problem: string }
  | { readonly id: number; readonly page: Page }
  | { readonly id: number; readonly count: number; readonly superseded: boolean }
  | { readonly id: number; readonly position: number }
  | { readonly shape: Shape; readonly count: number; readonly arrangedAnew: boolean }
  | { readonly range: number; readonly begin: number; readonly end: number }
  | { readonly failed: string };

/** Cells are cut to this many characters on the screen; the active one is shown whole. */
export const CELL_SHOWN = 300;
