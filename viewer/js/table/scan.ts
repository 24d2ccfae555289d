// Finds where rows begin in comma-separated bytes, piece by piece as they come: RFC 4180, leniently. Works on bytes, because
// UTF-8 and the old encodings have the separators, quotes and line ends of ASCII, and a million rows of strings would not fit.
//
// A quote opens a cell only as its first byte. One that never closes is a quote like any letter.

/** Past so many bytes a quote that has not closed is taken for a letter, or one stray quote would swallow the table. */
const QUOTED_MAX = 1 << 20;

/** More rows are not kept: their beginnings alone would take hundreds of megabytes. */
export const ROWS_MAX = 20_000_000;

const QUOTE = 0x22;
const LF = 0x0a;
const CR = 0x0d;

const enum State {
  CellStart,
  Plain,
  Quoted,
  /** A quote inside of quotes: the end, or the first of two that stand for one. */
  QuoteSeen,
}

export class RowScanner {
  /** Where each row begins; the first `rows` are valid, and one more after `end`. */
  starts = new Uint32Array(1024);
  rows = 0;
  /** How many cells the widest row has. */
  widest = 0;
  private state = State.CellStart;
  private rowStart: number;
  private quotedAt = 0;
  private cells = 1;
  private position: number;

  constructor(private readonly separator: number, begin: number) {
    this.rowStart = begin;
    this.position = begin;
  }

  get isFull(): boolean {
    return this.rows >= ROWS_MAX;
  }

  /** Goes on up to `to`, or to the end of all. */
  scan(bytes: Uint8Array, to: number, isEnd: boolean): void {
    this.run(bytes, to);
    // What never closed is read again without its quote.
    while (isEnd && this.state === State.Quoted) {
      this.unquote();
      this.run(bytes, to);
    }
    if (isEnd) {
      this.endRow(to, to);
      this.grow();
      this.starts[this.rows] = to;
    }
  }

  private run(bytes: Uint8Array, to: number): void {
    const separator = this.separator;
    let { position, state } = this;
    while (position < to) {
      const byte = bytes[position] as number;
      if (state === State.Quoted) {
        if (byte === QUOTE) state = State.QuoteSeen;
        else if (position - this.quotedAt > QUOTED_MAX) {
          this.unquote();
          ({ position, state } = this);
          continue;
        }
      } else if (byte === separator) {
        this.cells += 1;
        state = State.CellStart;
      } else if (byte === LF || byte === CR) {
        this.endRow(position, position + 1);
        if (this.isFull) break;
        state = State.CellStart;
      } else if (byte === QUOTE && state !== State.Plain) {
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

  /** Keeps the row that ends here, unless it is an empty line. */
  private endRow(end: number, next: number): void {
    if (end > this.rowStart && !this.isFull) {
      this.grow();
      this.starts[this.rows++] = this.rowStart;
      if (this.cells > this.widest) this.widest = this.cells;
    }
    this.rowStart = next;
    this.cells = 1;
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
