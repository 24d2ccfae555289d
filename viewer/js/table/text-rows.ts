// Comma- and tab-separated values as a table that grows while the bytes come. It keeps the bytes and where each row begins;
// cells are made when they are asked for. Used by the worker.

import { cellOf, cellsOf, COLUMNS_MAX } from "./cells";
import { type Dialect, type Wish, afterLines, dialectOf } from "./dialect";
import type { Column, Shape, Table } from "./rows";
import { RowScanner } from "./scan";
import { areNumbers } from "./values";

/** So many bytes decide about the dialect, the columns and their widths. */
const SAMPLE = 1 << 16;

/** Rows whose text is made at once: about a megabyte where rows are of the usual length. */
const BLOCK = 8_192;

/** Bytes as characters one to one, so that places in the one are places in the other. */
const oneToOne = new TextDecoder("windows-1252");

const NOT_ASCII = /[^\0-\x7f]/;

const decoder = new TextDecoder();

/** What is known of the text before it comes. */
export interface About {
  readonly name?: string;
  readonly wish?: Wish;
}

export class TextRows implements Table {
  private bytes: Uint8Array<ArrayBuffer>;
  private length = 0;
  private scanner: RowScanner | undefined;
  private dialect: Dialect = dialectOf("", "");
  private columns: Column[] = [];
  private complete = false;

  /** The bytes that are pushed are UTF-8; `encodings/pieces.ts` sees to it. */
  constructor(expected: number, private readonly about: About = {}) {
    this.bytes = new Uint8Array(Math.min(Math.max(expected, SAMPLE), 1 << 30));
  }

  /** 1 when the first row names the columns. */
  private get heads(): number {
    return this.dialect.head ? 1 : 0;
  }

  /** Takes the next bytes. */
  push(piece: Uint8Array<ArrayBuffer>): void {
    if (this.scanner?.isFull) return;
    this.keep(piece);
    if (!this.scanner && this.length >= SAMPLE) this.begin(false);
    this.scanner?.scan(this.bytes, this.length, false);
    this.describe(false);
  }

  /** There are no more. */
  end(): void {
    if (!this.scanner) this.begin(true);
    this.scanner?.scan(this.bytes, this.length, true);
    this.complete = true;
    this.describe(true);
  }

  private keep(piece: Uint8Array<ArrayBuffer>): void {
    const needed = this.length + piece.length;
    if (needed > this.bytes.length) {
      const larger = new Uint8Array(Math.max(needed, this.bytes.length * 2));
      larger.set(this.bytes.subarray(0, this.length));
      this.bytes = larger;
    }
    this.bytes.set(piece, this.length);
    this.length = needed;
  }

  private begin(isAll: boolean): void {
    const marked = this.bytes[0] === 0xef && this.bytes[1] === 0xbb && this.bytes[2] === 0xbf;
    const origin = marked ? 3 : 0;
    const sample = oneToOne.decode(this.bytes.subarray(origin, Math.min(this.length, SAMPLE)));
    // The last line of a part may be cut anywhere.
    const whole = isAll && this.length <= SAMPLE ? sample : sample.slice(0, Math.max(sample.lastIndexOf("\n"), sample.lastIndexOf("\r")) + 1);
    this.dialect = dialectOf(whole === "" ? sample : whole, this.about.name ?? "", this.about.wish);
    this.scanner = new RowScanner(this.dialect, origin + afterLines(sample, this.dialect.skip));
  }

  /** Names the columns by the first row, and looks at the first rows' values; again when a wider row has come. */
  private describe(atLast: boolean): void {
    const scanner = this.scanner;
    if (!scanner || scanner.rows < (atLast ? 1 : 2)) return;
    const width = Math.min(scanner.widest, COLUMNS_MAX);
    if (this.columns.length >= width && !atLast) return;
    const sample = this.read(0, Math.min(scanner.rows, 500));
    const first = this.dialect.shifted ? ["", ...(sample[0] ?? [])] : (sample[0] ?? []);
    const body = sample.slice(this.heads);
    // Numbers that count are longer at the end.
    if (atLast) body.push(...this.read(Math.max(sample.length, scanner.rows - 200), scanner.rows));
    this.columns = Array.from({ length: width }, (_, index): Column => {
      const texts = body.map((row) => row[index] ?? "");
      const name = this.heads ? (first[index]?.trim() ?? "") : "";
      const longest = texts.reduce((most, text) => Math.max(most, Math.min(text.length, 60)), 0);
      return { name, kind: areNumbers(texts) ? "number" : "text", chars: Math.max(longest, Math.min(name.length, 30)) };
    });
  }

  shape(): Shape {
    const cut = (this.scanner?.isFull ?? false) || (this.scanner?.widest ?? 0) > COLUMNS_MAX;
    return { columns: this.columns, rows: Math.max(0, (this.scanner?.rows ?? 0) - this.heads), read: this.length, complete: this.complete, cut, dialect: { ...this.dialect, leftOut: this.dialect.skip + (this.scanner?.leftOut ?? 0) } };
  }

  /** The cells of the file's rows from `from` up to `to`, the heads counted. */
  private read(from: number, to: number): string[][] {
    const rows: string[][] = [];
    this.each(from, to, (text, begin, end, decode) => rows.push(decode(cellsOf(text, this.dialect, begin, end))));
    return rows;
  }

  /**
   * Visits rows as places in the text of a block; `decode` makes cells out of what was cut from it. Characters beyond ASCII
   * stand there as their bytes, one to one, until then.
   */
  private each(from: number, to: number, visit: (text: string, begin: number, end: number, decode: (cells: string[]) => string[], row: number) => void): void {
    const scanner = this.scanner;
    if (!scanner) return;
    for (let block = from; block < to; block += BLOCK) {
      const last = Math.min(to, block + BLOCK);
      const origin = scanner.starts[block] as number;
      const text = oneToOne.decode(this.bytes.subarray(origin, scanner.endOf(last - 1)));
      const decode = NOT_ASCII.test(text) ? (cells: string[]) => cells.map(decoded) : (cells: string[]) => cells;
      for (let row = block; row < last; row += 1) visit(text, (scanner.starts[row] as number) - origin, scanner.endOf(row) - origin, decode, row);
    }
  }

  rows(indices: readonly number[]): string[][] {
    return indices.map((index) => this.read(index + this.heads, index + this.heads + 1)[0] ?? []);
  }

  texts(column: number, from: number, to: number): string[] {
    const texts: string[] = [];
    this.each(from + this.heads, to + this.heads, (text, begin, end, decode) => texts.push(decode([cellOf(text, this.dialect, column, begin, end)])[0] ?? ""));
    return texts;
  }

  matching(needle: string, from: number, to: number): number[] {
    const found: number[] = [];
    // Bytes are searched as they are; only what may hold the needle is taken apart. A quote may stand there doubled.
    const isAscii = !NOT_ASCII.test(needle) && !needle.includes('"') && !needle.includes("\\");
    let searched = "";
    let lower = "";
    let next = -1;
    this.each(from + this.heads, to + this.heads, (text, begin, end, decode, row) => {
      if (text !== searched) [searched, lower, next] = [text, text.toLowerCase(), -1];
      if (isAscii && next < begin) next = indexFrom(lower, needle, begin);
      if (isAscii ? next >= end : !NOT_ASCII.test(text.slice(begin, end)) && !needle.includes('"')) return;
      const cells = decode(cellsOf(text, this.dialect, begin, end));
      if (cells.some((cell) => cell.toLowerCase().includes(needle))) found.push(row - this.heads);
    });
    return found;
  }
}

/** A text whose characters are bytes, read as what it is. */
const decoded = (text: string): string => (NOT_ASCII.test(text) ? decoder.decode(bytesOf(text)) : text);

/** Where the needle is next, or behind everything. */
function indexFrom(text: string, needle: string, at: number): number {
  const found = text.indexOf(needle, at);
  return found < 0 ? Number.MAX_SAFE_INTEGER : found;
}

/** The 27 characters of Windows-1252 that are not their own byte. */
const HIGH = new Map(Array.from({ length: 32 }, (_, n) => [oneToOne.decode(Uint8Array.of(0x80 + n)).charCodeAt(0), 0x80 + n]));

function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    bytes[at] = code < 0x100 ? code : (HIGH.get(code) ?? 0x3f);
  }
  return bytes;
}
