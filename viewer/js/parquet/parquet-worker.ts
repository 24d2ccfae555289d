// The worker that reads a Parquet file: it asks the page for the ranges it needs, which has the reader's session, and answers
// with rows.

import type { AsyncBuffer } from "hyparquet";
import type { Answer, Question } from "../table/rows";
import { Serving } from "../table/serving";
import { ColumnRows } from "./column-rows";

const page = globalThis as unknown as { onmessage: (event: MessageEvent<Question>) => void; postMessage(answer: Answer): void };

/** Bytes that are kept for the next rows of the same part. */
const KEPT = 64_000_000;

let serving: Serving | undefined;
let lastRange = 0;
const coming = new Map<number, { resolve(bytes: ArrayBuffer): void; reject(error: Error): void }>();
const kept = new Map<string, Promise<ArrayBuffer>>();

function fetch(begin: number, end: number): Promise<ArrayBuffer> {
  lastRange += 1;
  page.postMessage({ range: lastRange, begin, end });
  return new Promise((resolve, reject) => coming.set(lastRange, { resolve, reject }));
}

/** The file, as hyparquet reads it. */
function bufferOf(byteLength: number): AsyncBuffer {
  let held = 0;
  const slice = async (begin: number, end = byteLength): Promise<ArrayBuffer> => {
    const key = `${begin}-${end}`;
    const known = kept.get(key);
    if (known) return known;
    // What lies in the file may say anything about where its parts are.
    if (!(begin >= 0 && end > begin && end <= byteLength)) throw new Error("The file names a part that it does not have");
    for (const old of kept.keys()) {
      if (held + end - begin <= KEPT) break;
      kept.delete(old);
      held -= Number(old.split("-")[1]) - Number(old.split("-")[0]);
    }
    held += end - begin;
    const bytes = fetch(begin, end);
    kept.set(key, bytes);
    bytes.catch(() => kept.delete(key));
    return bytes;
  };
  return { byteLength, slice };
}

async function open(size: number): Promise<void> {
  try {
    const rows = await ColumnRows.open(bufferOf(size));
    serving = new Serving(rows, (answer) => page.postMessage(answer));
    serving.news();
  } catch (error) {
    page.postMessage({ failed: error instanceof Error ? error.message : String(error) });
  }
}

page.onmessage = ({ data }) => {
  if (data.do === "open") void open(data.opening.size);
  else if (data.do === "range") {
    const waiting = coming.get(data.id);
    coming.delete(data.id);
    if (typeof data.bytes === "string") waiting?.reject(new Error(data.bytes));
    else waiting?.resolve(data.bytes.buffer);
  } else void serving?.answer(data);
};
