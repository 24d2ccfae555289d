// Lists a tar, or what gzip packed, while it streams by; stops when it has looked at enough. Called by the archive's page.

import { ArchiveError, type Listing } from "./entries";
import { isHeader, TarReader } from "./tar";

type Pieces = AsyncIterable<Uint8Array<ArrayBuffer>>;

/** So many bytes are fetched for a list, and so many unpacked: what unpacks a thousandfold has nothing to say at its end. */
const FETCHED_MAX = 100_000_000;
const UNPACKED_MAX = 1_000_000_000;

/** So much of a single packed file is shown. */
const SHOWN = 1_000_000;

/** A single file that gzip packed: its beginning. */
export interface Single {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly isCut: boolean;
}

async function* limited(pieces: Pieces, most: number, state: { isCut: boolean }): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  let seen = 0;
  for await (const piece of pieces) {
    yield piece;
    seen += piece.length;
    if (seen <= most) continue;
    state.isCut = true;
    return;
  }
}

/** Unpacks as it comes. Bytes that gzip does not know after its end are no fault of what came before. */
async function* gunzip(pieces: Pieces, state: { isCut: boolean }): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const stream = new DecompressionStream("gzip");
  const writer = stream.writable.getWriter();
  const feed = async () => {
    for await (const piece of limited(pieces, FETCHED_MAX, state)) await writer.write(piece);
    await writer.close();
  };
  let failure: unknown;
  feed().catch((error: unknown) => {
    failure = error;
    return writer.abort(error).catch(() => {});
  });
  const reader = stream.readable.getReader() as ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>>;
  let seen = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read().catch((error: unknown) => {
        if (seen === 0 && !state.isCut) throw failure ?? error;
        state.isCut = true;
        return { done: true as const, value: undefined };
      });
      if (done || !value) return;
      seen += value.length;
      yield value;
    }
  } finally {
    await reader.cancel().catch(() => {});
  }
}

async function listTar(pieces: Pieces, isPlain: boolean, state: { isCut: boolean }): Promise<Listing> {
  const reader = new TarReader(isPlain);
  for await (const piece of limited(pieces, isPlain ? FETCHED_MAX : UNPACKED_MAX, state)) {
    reader.push(piece);
    if (reader.isOver) break;
  }
  const { entries, count } = reader;
  return { entries, count, isCut: (state.isCut && !reader.isOver) || count > entries.length };
}

export const listPlainTar = (pieces: Pieces): Promise<Listing> => listTar(pieces, true, { isCut: false });

/** What gzip packed: the list of a tar, or the beginning of a single file. */
export async function listGzip(pieces: Pieces): Promise<Listing | Single> {
  const state = { isCut: false };
  const unpacked = gunzip(pieces, state);
  const first: Uint8Array<ArrayBuffer>[] = [];
  let length = 0;
  while (length < 512) {
    const { done, value } = await unpacked.next().catch((error: unknown) => {
      throw error instanceof TypeError ? new ArchiveError("archive.badMember") : error;
    });
    if (done) break;
    first.push(value);
    length += value.length;
  }
  const begin = new Uint8Array(await new Blob(first).arrayBuffer());
  if (isHeader(begin)) return listTar(joined(begin, unpacked), false, state);
  return single(begin, unpacked);
}

async function* joined(first: Uint8Array<ArrayBuffer>, rest: AsyncGenerator<Uint8Array<ArrayBuffer>>): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  yield first;
  yield* rest;
}

async function single(first: Uint8Array<ArrayBuffer>, rest: AsyncGenerator<Uint8Array<ArrayBuffer>>): Promise<Single> {
  const pieces = [first];
  let length = first.length;
  for await (const piece of rest) {
    pieces.push(piece);
    length += piece.length;
    if (length > SHOWN) break;
  }
  return { bytes: new Uint8Array(await new Blob(pieces).arrayBuffer()).slice(0, SHOWN), isCut: length > SHOWN };
}
