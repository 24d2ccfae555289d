// Where pdf.js gets a file's bytes: by ranges, through the reader's session, so that a capability which ends while a document
// is open is renewed and the next range arrives.

import { PDFDataRangeTransport } from "pdfjs-dist";
import { type Source, readRange } from "./source";
import { t } from "./text";

/** What pdf.js asks for at a time. */
export const CHUNK = 65_536;

export class RangeSource {
  readonly transport: PDFDataRangeTransport;
  /** Rejects when a range cannot be had, which pdf.js would wait for without end; never resolves. */
  readonly failed: Promise<never>;
  #fail: (error: unknown) => void = () => {};

  /** Asks for the beginning, which tells how long the file is. */
  static async open(source: Source, signal: AbortSignal): Promise<RangeSource> {
    const { bytes, total } = await readRange(source, 0, CHUNK, signal);
    if (total === 0) throw new Error(t("pdf.empty"));
    return new RangeSource(source, total, bytes, signal);
  }

  private constructor(source: Source, length: number, initial: Uint8Array, signal: AbortSignal) {
    this.failed = new Promise((_, reject) => {
      this.#fail = reject;
    });
    // Whoever does not wait for it has nothing to catch either.
    this.failed.catch(() => {});
    const transport = new PDFDataRangeTransport(length, initial);
    transport.requestDataRange = (begin, end) => {
      readRange(source, begin, end, signal)
        .then(({ bytes }) => transport.onDataRange(begin, bytes))
        .catch((error: unknown) => {
          if (!signal.aborted) this.#fail(error);
        });
    };
    this.transport = transport;
  }
}
