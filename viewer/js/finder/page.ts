// One page of a snapshot's path index, from bytes to lines that can be searched. The format is `protocol/src/index/page.rs`'s;
// a page that is not one is a `PageError`, whatever it says. Called by `load.ts`.
//
// The paths of a page are one long string, and lines are places in it: a hundred thousand strings of their own would take
// several times the memory and the time.

import { fold, maskOf } from "./fold";

/** The page cannot be read. */
export class PageError extends Error {
  override name = "PageError";
}

/** As in `protocol/src/limits.rs`: `INDEX_PAGE_BYTES_MAX`, `INDEX_PAGE_PATHS_MAX`, `PATH_BYTES_MAX`. */
const TEXT_MAX = 256 * 1024;
const PATHS_MAX = 8 * 1024 * 1024;
const PATH_MAX = 4096;

/** "VPI1" */
const MAGIC = [0x56, 0x50, 0x49, 0x31];

/** The lines of a page. */
export interface Page {
  /** All paths, end to end. */
  readonly text: string;
  /** The same for comparing, without case and accents; each unit stands where its original does. */
  readonly folded: string;
  /** Where each line begins in both, and at last where they end. */
  readonly starts: Uint32Array;
  /** Where its file's name begins. */
  readonly names: Uint32Array;
  /** Which characters are in it, roughly. */
  readonly masks: Int32Array;
  /** Its kind, as a number into `kindNames`. */
  readonly kinds: Uint8Array;
  readonly kindNames: readonly string[];
}

/** Takes a stored page's compression off. */
export async function inflate(stored: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  const reader = new Blob([stored]).stream().pipeThrough(new DecompressionStream("deflate-raw")).getReader();
  const text = new Uint8Array(TEXT_MAX);
  let length = 0;
  for (;;) {
    const { done, value } = await reader.read().catch(() => {
      throw new PageError("The page cannot be decompressed");
    });
    if (done) return text.subarray(0, length);
    if (length + value.length > TEXT_MAX) {
      void reader.cancel().catch(() => undefined);
      throw new PageError("The page is longer than any page");
    }
    text.set(value, length);
    length += value.length;
  }
}

/** Numbers and texts, one after the other. */
class Bytes {
  at = 0;

  constructor(readonly bytes: Uint8Array) {}

  get ended(): boolean {
    return this.at >= this.bytes.length;
  }

  /** LEB128 of at most two bytes. */
  number(max: number): number {
    const first = this.bytes[this.at++] ?? NaN;
    const number = first < 0x80 ? first : (first & 0x7f) | ((this.bytes[this.at++] ?? NaN) << 7);
    if (!(number <= max) || this.at > this.bytes.length) throw new PageError("A number of the page is out of bounds");
    return number;
  }

  /** Goes on behind the next bytes; returns where they begin. */
  skip(length: number): number {
    const from = this.at;
    this.at += length;
    if (this.at > this.bytes.length) throw new PageError("The page is cut");
    return from;
  }

  slice(length: number): Uint8Array {
    const from = this.skip(length);
    return this.bytes.subarray(from, this.at);
  }
}

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function decode(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch {
    throw new PageError("The page is not text");
  }
}

/** Paths written out one behind the other, as bytes; grows as needed. */
class Written {
  bytes = new Uint8Array(64 * 1024);
  length = 0;

  /** Adds a path that begins with `shared` bytes of the one at `last`, and goes on with a part of the page. */
  add(last: number, shared: number, page: Uint8Array, from: number, to: number): void {
    const end = this.length + shared + to - from;
    if (end > PATHS_MAX) throw new PageError("The paths of the page are too long");
    if (end > this.bytes.length) {
      const larger = new Uint8Array(Math.min(PATHS_MAX, Math.max(end, 2 * this.bytes.length)));
      larger.set(this.bytes.subarray(0, this.length));
      this.bytes = larger;
    }
    // Byte by byte: the pieces are short, and `set` and `copyWithin` take longer to begin than this to end.
    const { bytes } = this;
    let at = this.length;
    for (let byte = last; byte < last + shared; byte += 1) bytes[at++] = bytes[byte] ?? 0;
    for (let byte = from; byte < to; byte += 1) bytes[at++] = page[byte] ?? 0;
    this.length = end;
  }
}

/** Reads the text of a page. */
export function readPage(text: Uint8Array): Page {
  if (MAGIC.some((byte, at) => text[at] !== byte)) throw new PageError("That is no page of an index");
  const bytes = new Bytes(text);
  bytes.at = MAGIC.length;
  const kindNames = Array.from({ length: bytes.number(255) }, () => decode(bytes.slice(bytes.number(32))));
  const written = new Written();
  const kinds: number[] = [];
  // Where lines begin, in bytes.
  const begins: number[] = [];
  for (let last = 0; !bytes.ended; ) {
    const kind = bytes.number(255);
    const shared = bytes.number(PATH_MAX);
    const rest = bytes.number(PATH_MAX);
    const from = bytes.skip(rest);
    const begin = written.length;
    const length = shared + rest;
    const isWhole = ((shared === begin - last ? 0 : written.bytes[last + shared]) ?? 0) >> 6 !== 2;
    if (kind >= kindNames.length || shared > begin - last || !isWhole || length === 0 || length > PATH_MAX) {
      throw new PageError("A line of the page is damaged");
    }
    written.add(last, shared, text, from, from + rest);
    kinds.push(kind);
    begins.push(begin);
    last = begin;
  }
  return lines(written.bytes.subarray(0, written.length), begins, Uint8Array.from(kinds), kindNames);
}

/** Turns places in bytes into places in text, and takes note of what makes the search quick. */
function lines(bytes: Uint8Array, begins: readonly number[], kinds: Uint8Array, kindNames: readonly string[]): Page {
  const text = decode(bytes);
  const folded = fold(text);
  const isAscii = text.length === bytes.length;
  const starts = new Uint32Array(begins.length + 1);
  starts[begins.length] = text.length;
  for (let line = 0, unit = 0; line < begins.length; line += 1) {
    const begin = begins[line] ?? 0;
    starts[line] = isAscii ? begin : unit;
    if (!isAscii) unit += units(bytes, begin, begins[line + 1] ?? bytes.length);
  }
  const names = new Uint32Array(begins.length);
  const masks = new Int32Array(begins.length);
  for (let line = 0; line < begins.length; line += 1) {
    const [begin = 0, end = 0] = [starts[line], starts[line + 1]];
    names[line] = Math.max(begin, text.lastIndexOf("/", end - 1) + 1);
    masks[line] = maskOf(folded, begin, end);
  }
  return { text, folded, starts, names, masks, kinds, kindNames };
}

/** How many UTF-16 units UTF-8 bytes make. */
function units(bytes: Uint8Array, begin: number, end: number): number {
  let count = 0;
  for (let at = begin; at < end; at += 1) {
    const byte = bytes[at] ?? 0;
    if (byte >> 6 !== 2) count += byte >= 0xf0 ? 2 : 1;
  }
  return count;
}
