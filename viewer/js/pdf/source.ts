// Where pdf.js gets a file's bytes: by ranges, through the reader's session, so that a capability which ends while a document
// is open is renewed and the next range arrives. What could not be had can be asked for again.

import { PDFDataRangeTransport } from "pdfjs-dist";
import { type Source, readRange } from "../source";
import { t } from "../text";

/** What pdf.js asks for at a time. */
export const CHUNK = 65_536;

export class RangeSource {
  readonly transport: PDFDataRangeTransport;
  /** Called with the first failure, and again with the first one after each `retry`. pdf.js would wait without end. */
  onFailed: (error: unknown) => void = () => {};
  #failed: (readonly [number, number])[] = [];

  /** Asks for the beginning, which tells how long the file is. */
  static async open(source: Source, signal: AbortSignal): Promise<RangeSource> {
    const { bytes, total } = await readRange(source, 0, CHUNK, signal);
    if (total === 0) throw new Error(t("pdf.empty"));
    return new RangeSource(source, total, bytes, signal);
  }

  private constructor(
    private readonly source: Source,
    length: number,
    initial: Uint8Array,
    private readonly signal: AbortSignal,
  ) {
    this.transport = new PDFDataRangeTransport(length, initial);
    this.transport.requestDataRange = (begin, end) => void this.#fetch(begin, end);
  }

  async #fetch(begin: number, end: number): Promise<void> {
    try {
      const { bytes } = await readRange(this.source, begin, end, this.signal);
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
