// A text that is read from its beginning, part by part: the first at once, the next when they are asked for. It refuses to hold
// anything but what has not been handed out. The code, log and diff pages call it.

import { type Source, readRange } from "../source";
import { Decoding } from "./decoding";

/** What is read at once: a second at 10 Mbit/s, and more than anybody reads. */
export const FIRST_BYTES = 1_000_000;

/** What one request brings after that. */
const NEXT_BYTES = 4_000_000;

export class TextParts {
  /** Bytes that were read. */
  read = 0;
  /** Bytes in all; what the manifest says until the server has. */
  total: number;
  readonly #source: Source;
  readonly #decoding: Decoding;
  readonly #signal: AbortSignal;

  constructor(source: Source & { readonly size: number; readonly name: string }, signal: AbortSignal) {
    this.total = source.size;
    this.#source = source;
    this.#signal = signal;
    this.#decoding = new Decoding(source);
  }

  /** The encoding's name; nothing while all was ASCII. */
  get encoding(): string | undefined {
    return this.#decoding.encoding;
  }

  get isWhole(): boolean {
    return this.read >= this.total;
  }

  /** Reads and returns the next part. */
  async next(bytes = this.read === 0 ? FIRST_BYTES : NEXT_BYTES): Promise<string> {
    if (this.isWhole) return "";
    const part = await readRange(this.#source, this.read, Math.min(this.read + bytes, this.total), this.#signal);
    this.read += part.bytes.length;
    // A file that ends early ends here.
    this.total = part.bytes.length === 0 ? this.read : part.total;
    return this.#decoding.next(part.bytes, this.isWhole);
  }
}
