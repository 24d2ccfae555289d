// Finds where rows begin in comma-separated bytes, piece by piece as they come: RFC 4180, leniently. Works on bytes, because
// UTF-8 and the old encodings have the separators, quotes and line ends of ASCII, and a million rows of strings would not fit.
//
// A quote opens a cell only as its first byte, or behind spaces where the dialect says so. One that never closes is a quote like any
// letter.

import type { Dialect } from "./dialect";

/** Past so many bytes a quote that has not closed is taken for a letter, or one stray quote would swallow the table. */
const QUOTED_MAX = 1 << 20;

/** More rows are not kept: their beginnings alone would take hundreds of megabytes. */
export const ROWS_MAX = 20_000_000;

const QUOTE = 0x22;
const LF = 0x0a;
const CR = 0x0d;
const SPACE = 0x20;
const TAB = 0x09;
const BACKSLASH = 0x5c;

const enum State {
  CellStart,
  Plain,
  Quoted,
  /** A quote inside of quotes: the end, or the first of two that stand for one. */
  QuoteSeen,
  /** Behind a backslash inside of quotes. */
  Escaped,
}

/** What the scanner needs to know of a dialect. */
export type Scanning = Pick<Dialect, "delimiter" | "quotes" | "escapes" | "padded" | "comment">;

export class RowScanner {
  /** Where each row begins; the first `rows` are valid, and one more after `end`. */
  starts = new Uint32Array(1024);
  rows = 0;
  /** How many cells the widest row has. */
  widest = 0;
  /** Lines of comments that were left out. */
  leftOut = 0;
  private state = State.CellStart;
  private rowStart: number;
  private quotedAt = 0;
  private cells = 1;
  private position: number;
  private readonly comment: Uint8Array;

  /** `begin` is where the first row begins. */
  constructor(private readonly dialect: Scanning, begin: number) {
    this.rowStart = begin;
    this.position = begin;
    this.comment = new TextEncoder().encode(dialect.comment);
  }

  get isFull(): boolean {
    return this.rows >= ROWS_MAX;
  }

  /** Goes on up to `to`, or to the end of all. */
  scan(bytes: Uint8Array, to: number, isEnd: boolean): void {
    this.run(bytes, to);
    // What never closed is read again without its quote.
    while (isEnd && (this.state === State.Quoted || this.state === State.Escaped)) {
      this.unquote();
      this.run(bytes, to);
    }
    if (isEnd) {
      this.endRow(bytes, to, to);
      this.grow();
      this.starts[this.rows] = to;
    }
  }

  private run(bytes: Uint8Array, to: number): void {
    const { quotes, escapes } = this.dialect;
    const separator = this.dialect.delimiter.charCodeAt(0);
    const isSpaced = separator === SPACE;
    const isPadded = this.dialect.padded;
    let { position, state } = this;
    while (position < to) {
      const byte = bytes[position] as number;
      if (state === State.Quoted) {
        if (byte === QUOTE) state = State.QuoteSeen;
        else if (escapes && byte === BACKSLASH) state = State.Escaped;
        else if (position - this.quotedAt > QUOTED_MAX) {
          this.unquote();
          ({ position, state } = this);
          continue;
        }
      } else if (state === State.Escaped) {
        state = State.Quoted;
      } else if (byte === separator || (isSpaced && byte === TAB)) {
        // Of spaces that align cells, only the first ends one.
        if (!isSpaced || state !== State.CellStart) this.cells += 1;
        state = State.CellStart;
      } else if (byte === LF || byte === CR) {
        if (isSpaced && state === State.CellStart && this.cells > 1) this.cells -= 1;
        this.endRow(bytes, position, position + 1);
        if (this.isFull) break;
        state = State.CellStart;
      } else if (isPadded && byte === SPACE && state === State.CellStart) {
        // A quote may follow.
      } else if (quotes && byte === QUOTE && state !== State.Plain) {
        if (state === State.CellStart) this.quotedAt = position;
        state = State.Quoted;
      } else state = State.Plain;
      position += 1;
    }
    this.position = position;
    this.state = state;
  }

  private unquote(): void {
    this.position = this.quotedAt + 1;
    this.state = State.Plain;
  }

  /** Keeps the row that ends here, unless it is an empty line or a comment. */
  private endRow(bytes: Uint8Array, end: number, next: number): void {
    if (end > this.rowStart && this.isComment(bytes)) this.leftOut += 1;
    else if (end > this.rowStart && !this.isFull) {
      this.grow();
      this.starts[this.rows++] = this.rowStart;
      if (this.cells > this.widest) this.widest = this.cells;
    }
    this.rowStart = next;
    this.cells = 1;
  }

  /** A row that is as wide as the others is data, whatever it begins with. */
  private isComment(bytes: Uint8Array): boolean {
    if (this.comment.length === 0 || (this.rows > 0 && this.cells > 1 && this.cells === this.widest)) return false;
    return this.comment.every((byte, at) => bytes[this.rowStart + at] === byte);
  }

  private grow(): void {
    if (this.rows < this.starts.length) return;
    const larger = new Uint32Array(this.starts.length * 2);
    larger.set(this.starts);
    this.starts = larger;
  }

  /** Where the row ends, line end and empty lines included. */
  endOf(row: number): number {
    return row + 1 < this.rows ? (this.starts[row + 1] as number) : Math.max(this.rowStart, this.starts[row] ?? 0);
  }
}
