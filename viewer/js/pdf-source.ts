// Where pdf.js gets a file's bytes: by ranges, through the reader's session, so that a capability which ends while a document
// is open is renewed and the next range arrives.

import { PDFDataRangeTransport } from "pdfjs-dist";
import { session } from "./here";

/** What pdf.js asks for at a time. */
export const CHUNK = 65_536;

/** A range that did not arrive is asked for again after these pauses. */
const PAUSES_MS = [300, 1_000, 3_000];

export class RangeSource {
  readonly transport: PDFDataRangeTransport;
  /** Rejects when a range cannot be had, which pdf.js would wait for without end; never resolves. */
  readonly failed: Promise<never>;
  #fail: (error: unknown) => void = () => {};

  /** Asks for the beginning, which tells how long the file is. */
  static async open(url: string, signal: AbortSignal): Promise<RangeSource> {
    const answer = await ask(url, 0, CHUNK, signal);
    const bytes = new Uint8Array(await answer.arrayBuffer());
    const total = /\/(\d+)$/.exec(answer.headers.get("content-range") ?? "")?.[1];
    return new RangeSource(url, total === undefined ? bytes.length : Number(total), bytes, signal);
  }

  private constructor(url: string, length: number, initial: Uint8Array, signal: AbortSignal) {
    this.failed = new Promise((_, reject) => {
      this.#fail = reject;
    });
    // Whoever does not wait for it has nothing to catch either.
    this.failed.catch(() => {});
    const transport = new PDFDataRangeTransport(length, initial);
    transport.requestDataRange = (begin, end) => {
      ask(url, begin, end, signal)
        .then((answer) => answer.arrayBuffer())
        .then((bytes) => transport.onDataRange(begin, new Uint8Array(bytes)))
        .catch((error: unknown) => {
          if (!signal.aborted) this.#fail(error);
        });
    };
    this.transport = transport;
  }
}

/** Asks for a range; what may pass (no network, too many requests, a server in trouble) is tried again. */
async function ask(url: string, begin: number, end: number, signal: AbortSignal): Promise<Response> {
  for (let tried = 0; ; tried += 1) {
    const answer = await session.fetch(url, { headers: { range: `bytes=${begin}-${end - 1}` }, signal }).catch((error: unknown) => {
      if (signal.aborted) throw error;
      return undefined;
    });
    // The whole file is an answer only to the first question.
    if (answer?.status === 206 || (answer?.status === 200 && begin === 0)) return answer;
    if (answer?.status === 416) throw new Error("This file is empty.");
    const mayPass = answer === undefined || answer.status === 429 || answer.status >= 500;
    const pause = PAUSES_MS[tried];
    if (!mayPass || pause === undefined) throw new Error(answer ? `The server answered ${answer.status}.` : "No answer came from the network.");
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
}
