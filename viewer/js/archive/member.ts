// The bytes of one file in an archive: its range, and what it unpacks to, never more than was asked for. Called by the
// archive's page.

import { ArchiveError, type Place } from "./entries";
import type { Read } from "./zip";

/** More packed bytes are not fetched for one member. */
export const PACKED_MAX = 200_000_000;

/** Where the bytes begin behind their local header, whose names may be longer than the directory's. */
async function beginOf(place: Place, read: Read): Promise<number> {
  if (!place.hasHeader) return place.offset;
  const header = await read(place.offset, place.offset + 30);
  const data = new DataView(header.buffer, header.byteOffset, header.byteLength);
  if (header.length < 30 || data.getUint32(0, true) !== 0x04034b50) throw new ArchiveError("archive.badMember");
  return place.offset + 30 + data.getUint16(26, true) + data.getUint16(28, true);
}

/** The first `most` bytes of a member, and whether there are more. */
export async function readMember(place: Place, most: number, read: Read): Promise<{ bytes: Uint8Array<ArrayBuffer>; isCut: boolean }> {
  const begin = await beginOf(place, read);
  // What is stored is as long as what it unpacks to; deflate makes at worst five bytes more of 65,535.
  const packed = Math.min(place.packed, PACKED_MAX, Math.ceil(most * 1.001) + 64);
  if (packed === 0) return { bytes: new Uint8Array(), isCut: false };
  const bytes = await read(begin, begin + packed);
  if (place.method === "stored") return { bytes: bytes.slice(0, most), isCut: place.packed > most };
  return inflate(bytes, "deflate-raw", most, bytes.length < place.packed);
}

/** Unpacks until there are `most` bytes; a bomb is never held, only stopped. `isPart`: the end is missing, which is no fault. */
export async function inflate(packed: Uint8Array<ArrayBuffer>, format: CompressionFormat, most: number, isPart: boolean): Promise<{ bytes: Uint8Array<ArrayBuffer>; isCut: boolean }> {
  const reader = new Blob([packed]).stream().pipeThrough(new DecompressionStream(format)).getReader();
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  let length = 0;
  let isCut = isPart;
  for (;;) {
    const { done, value } = await reader.read().catch((error: unknown) => {
      if (isPart && length > 0) return { done: true as const, value: undefined };
      throw new ArchiveError("archive.badMember", { cause: error });
    });
    if (done || !value) break;
    pieces.push(value as Uint8Array<ArrayBuffer>);
    length += value.length;
    if (length <= most) continue;
    isCut = true;
    await reader.cancel().catch(() => {});
    break;
  }
  const bytes = new Uint8Array(await new Blob(pieces).arrayBuffer());
  return { bytes: bytes.slice(0, most), isCut };
}
