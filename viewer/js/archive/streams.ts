// Lists a tar, or what gzip packed, while it streams by; stops when it has looked at enough. Called by the archive's page.

import { ArchiveError, type Listing } from "./entries";
import { gunzip, NotGzip, type Unpacking, unpacking } from "./gunzip";
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
  /** What is wrong with the packing, as a key of the catalogue. */
  readonly problem: string | undefined;
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

/** What a reader should hear of how it was packed. */
function problemOf({ isBroken, hasRest }: Unpacking): string | undefined {
  if (isBroken) return "archive.broken";
  return hasRest ? "archive.rest" : undefined;
}

async function listTar(pieces: Pieces, isPlain: boolean, state: Unpacking): Promise<Listing> {
  const reader = new TarReader(isPlain);
  for await (const piece of limited(pieces, isPlain ? FETCHED_MAX : UNPACKED_MAX, state)) {
    reader.push(piece);
    if (reader.isOver) break;
  }
  const { entries, count } = reader;
  const isCut = (state.isCut && !reader.isOver) || count > entries.length;
  return { entries, count, isCut, problem: problemOf(state) };
}

export const listPlainTar = (pieces: Pieces): Promise<Listing> => listTar(pieces, true, unpacking());

/** What gzip packed: the list of a tar, or the beginning of a single file. */
export async function listGzip(pieces: Pieces): Promise<Listing | Single> {
  const state = unpacking();
  const unpacked = gunzip(limited(pieces, FETCHED_MAX, state), state);
  const first: Uint8Array<ArrayBuffer>[] = [];
  let length = 0;
  while (length < 512) {
    const { done, value } = await unpacked.next().catch((error: unknown) => {
      throw error instanceof NotGzip ? new ArchiveError("archive.badMember") : error;
    });
    if (done) break;
    first.push(value);
    length += value.length;
  }
  if (length === 0 && state.isBroken) throw new ArchiveError("archive.badMember");
  const begin = new Uint8Array(await new Blob(first).arrayBuffer());
  if (isHeader(begin)) return listTar(joined(begin, unpacked), false, state);
  return single(begin, unpacked, state);
}

async function* joined(first: Uint8Array<ArrayBuffer>, rest: AsyncGenerator<Uint8Array<ArrayBuffer>>): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  yield first;
  yield* rest;
}

async function single(first: Uint8Array<ArrayBuffer>, rest: AsyncGenerator<Uint8Array<ArrayBuffer>>, state: Unpacking): Promise<Single> {
  const pieces = [first];
  let length = first.length;
  for await (const piece of rest) {
    pieces.push(piece);
    length += piece.length;
    if (length > SHOWN) break;
  }
  const bytes = new Uint8Array(await new Blob(pieces).arrayBuffer()).slice(0, SHOWN);
  return { bytes, isCut: length > SHOWN || state.isCut, problem: problemOf(state) };
}
