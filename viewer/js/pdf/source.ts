// Where pdf.js gets a file's bytes: by ranges, through the reader's session, so that a capability which ends while a document
// is open is renewed and the next range arrives. What could not be had can be asked for again.

import { PDFDataRangeTransport } from "pdfjs-dist";
import { type Source, readRange } from "../source";
import { t } from "../text";

/** What pdf.js asks for at a time. */
export const CHUNK = 65_536;

/** A file up to this size is there in one round trip, which costs less than a second one. */
const WHOLE_MAX = 4 * CHUNK;

/** Where the last piece of a file begins, as pdf.js cuts it; there is what says where all else is. */
const lastPiece = (size: number): number => Math.floor((size - 1) / CHUNK) * CHUNK;

export class RangeSource {
  readonly transport: PDFDataRangeTransport;
  /** Called with the first failure, and again with the first one after each `retry`. pdf.js would wait without end. */
  onFailed: (error: unknown) => void = () => {};
  #failed: (readonly [number, number])[] = [];

  /** Asks for the beginning, which tells how long the file is, and for the end of a long one, which pdf.js wants next. */
  static async open(source: Source & { readonly size: number }, signal: AbortSignal): Promise<RangeSource> {
    const { size } = source;
    const isSmall = size <= WHOLE_MAX;
    const begun = readRange(source, 0, isSmall ? WHOLE_MAX : CHUNK, signal);
    const at = lastPiece(size);
    // What fails is asked for again when it is needed, and then says why.
    const end = isSmall ? undefined : { at, bytes: readRange(source, at, size, signal).then(({ bytes }) => bytes, () => undefined) };
    const { bytes, total } = await begun;
    if (total === 0) throw new Error(t("pdf.empty"));
    return new RangeSource(source, total, bytes, total === size ? end : undefined, signal);
  }

  private constructor(
    private readonly source: Source,
    private readonly length: number,
    initial: Uint8Array,
    private end: { readonly at: number; readonly bytes: Promise<Uint8Array | undefined> } | undefined,
    private readonly signal: AbortSignal,
  ) {
    this.transport = new PDFDataRangeTransport(length, initial);
    this.transport.requestDataRange = (begin, end) => void this.#fetch(begin, end);
  }

  /** The bytes of the last piece, if they are what is asked for; once, as pdf.js keeps them. */
  #early(begin: number, end: number): Promise<Uint8Array | undefined> | undefined {
    if (this.end?.at !== begin || end !== this.length) return undefined;
    const { bytes } = this.end;
    this.end = undefined;
    return bytes;
  }

  async #fetch(begin: number, end: number): Promise<void> {
    try {
      const early = await this.#early(begin, end);
      const bytes = early ?? (await readRange(this.source, begin, end, this.signal)).bytes;
      this.transport.onDataRange(begin, bytes);
    } catch (error) {
      if (this.signal.aborted) return;
      this.#failed.push([begin, end]);
      if (this.#failed.length === 1) this.onFailed(error);
    }
  }

  /** Asks again for all that could not be had. */
  retry(): void {
    const ranges = this.#failed;
    this.#failed = [];
    for (const [begin, end] of ranges) void this.#fetch(begin, end);
  }
}
