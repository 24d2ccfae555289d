// Lists a ZIP by ranges: its last bytes say where the directory is, the directory says what there is (PKWARE's APPNOTE 6.3,
// ZIP64 with it). Reads at most the end and a part of the directory, whatever the file claims. Pure but for `read` and `detect`.

import { ArchiveError, ENTRIES_MAX, type Entry, type Listing, type Place } from "./entries";
import { crc32 } from "./crc";
import { type Detector, namesOf, type RawName } from "./names";

export type Read = (begin: number, end: number) => Promise<Uint8Array<ArrayBuffer>>;

/** An end record may be followed by a comment of 65,535 bytes. */
const END = 22;
const TAIL = 65_535 + END + 20 + 56;

/** More of a directory is not read: it is enough for the entries that are kept. */
const DIRECTORY_MAX = 16_000_000;

const view = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** 64 bits as a number; what is past 2^53 is past every file. */
const wide = (data: DataView, at: number) => Number(data.getBigUint64(at, true));

interface Directory {
  readonly begin: number;
  readonly end: number;
  readonly count: number;
  /** Bytes before the archive, as self-extracting ones have; offsets do not count them. */
  readonly before: number;
}

export async function listZip(size: number, read: Read, detect: Detector): Promise<Listing> {
  const directory = await findDirectory(size, read);
  const cutAt = Math.min(directory.end, directory.begin + DIRECTORY_MAX);
  const bytes = cutAt > directory.begin ? await read(directory.begin, cutAt) : new Uint8Array();
  const found: Found[] = [];
  for (let at = 0; at < bytes.length && found.length < ENTRIES_MAX; ) {
    const next = entryAt(bytes, at, directory.before, size);
    if (!next) break;
    found.push(next);
    at = next.end;
  }
  const names = await namesOf(found.map(({ name }) => name), detect);
  const entries = found.map(({ facts }, index): Entry => {
    // Only now: a second byte of a character may be a backslash.
    const path = (names[index] ?? "").replaceAll("\\", "/");
    return { ...facts, path, isFolder: path.endsWith("/") };
  });
  return { entries, count: Math.max(entries.length, directory.count), isCut: entries.length < directory.count };
}

async function findDirectory(size: number, read: Read): Promise<Directory> {
  const from = Math.max(0, size - TAIL);
  const tail = await read(from, size);
  const data = view(tail);
  for (let at = tail.length - END; at >= 0; at -= 1) {
    if (data.getUint32(at, true) !== 0x06054b50 || data.getUint16(at + 20, true) > tail.length - at - END) continue;
    const found = { count: data.getUint16(at + 10, true), length: data.getUint32(at + 12, true), offset: data.getUint32(at + 16, true), at: from + at };
    const isWide = found.count === 0xffff || found.length === 0xffffffff || found.offset === 0xffffffff;
    return checked(isWide ? ((await findWide(data, at, size, read)) ?? found) : found, size);
  }
  throw new ArchiveError("archive.noEnd");
}

interface End {
  readonly count: number;
  readonly length: number;
  readonly offset: number;
  /** Where the directory must end at the latest. */
  readonly at: number;
}

/** The end record of ZIP64, which a locator before the usual one points at. */
async function findWide(tail: DataView, end: number, size: number, read: Read): Promise<End | undefined> {
  const locator = end - 20;
  if (locator < 0 || tail.getUint32(locator, true) !== 0x07064b50) return undefined;
  const at = wide(tail, locator + 8);
  if (at + 56 > size) throw new ArchiveError("archive.noEnd");
  const record = view(await read(at, at + 56));
  if (record.byteLength < 56 || record.getUint32(0, true) !== 0x06064b50) throw new ArchiveError("archive.noEnd");
  return { count: wide(record, 32), length: wide(record, 40), offset: wide(record, 48), at };
}

function checked({ count, length, offset, at }: End, size: number): Directory {
  const begin = at - length;
  const before = begin - offset;
  if (!(begin >= 0 && before >= 0 && at <= size)) throw new ArchiveError("archive.badDirectory");
  return { begin, end: at, count, before };
}

/** Calendar fields of two seconds' grain, in the zone of whoever packed; read as the reader's. */
function dosTime(time: number, date: number): number {
  if (date === 0) return Number.NaN;
  return new Date((date >> 9) + 1980, ((date >> 5) & 15) - 1, date & 31, time >> 11, (time >> 5) & 63, (time & 31) * 2).getTime();
}

interface Sizes {
  size: number;
  packed: number;
  offset: number;
  time: number;
  unicode?: string;
}

/** What the extra fields say better: sizes of ZIP64 (1), the time in seconds since the epoch (0x5455), the name in UTF-8 (0x7075). */
function readExtra(data: DataView, from: number, to: number, sizes: Sizes, name: Uint8Array): void {
  for (let at = from; at + 4 <= to; ) {
    const [id, length] = [data.getUint16(at, true), data.getUint16(at + 2, true)];
    const end = Math.min(to, at + 4 + length);
    let field = at + 4;
    if (id === 1) {
      for (const key of ["size", "packed", "offset"] as const) {
        if (sizes[key] !== 0xffffffff || field + 8 > end) continue;
        sizes[key] = wide(data, field);
        field += 8;
      }
    } else if (id === 0x5455 && end - field >= 5 && (data.getUint8(field) & 1) === 1) {
      sizes.time = data.getInt32(field + 1, true) * 1000;
    } else if (id === 0x7075 && end - field > 5 && data.getUint8(field) === 1 && data.getUint32(field + 1, true) === crc32(name)) {
      // A program that changed the name and left the field has another sum.
      sizes.unicode = new TextDecoder().decode(new Uint8Array(data.buffer, data.byteOffset + field + 5, end - field - 5));
    }
    at = end;
  }
}

/** An entry whose name is still bytes. */
interface Found {
  readonly facts: Omit<Entry, "path" | "isFolder">;
  readonly name: RawName;
  readonly end: number;
}

function entryAt(bytes: Uint8Array, at: number, before: number, fileSize: number): Found | undefined {
  const data = view(bytes);
  if (at + 46 > bytes.length || data.getUint32(at, true) !== 0x02014b50) return undefined;
  const u16 = (offset: number) => data.getUint16(at + offset, true);
  const nameEnd = at + 46 + u16(28);
  const extraEnd = nameEnd + u16(30);
  if (extraEnd > bytes.length) return undefined;
  const sizes: Sizes = { size: data.getUint32(at + 24, true), packed: data.getUint32(at + 20, true), offset: data.getUint32(at + 42, true), time: dosTime(u16(12), u16(14)) };
  const name = bytes.subarray(at + 46, nameEnd);
  readExtra(data, nameEnd, extraEnd, sizes, name);
  const place = placeOf(u16(8), u16(10), sizes, before, fileSize);
  const method = METHODS[u16(10)];
  const facts = { size: sizes.size, time: sizes.time, place, ...(place === "archive.method" && method !== undefined ? { method } : {}) };
  return { facts, name: { bytes: name, isUtf8: (u16(8) & 0x800) !== 0, unicode: sizes.unicode }, end: extraEnd + u16(32) };
}

/** Ways of packing that no browser undoes (APPNOTE 4.4.5). */
const METHODS: Readonly<Record<number, string>> = { 1: "Shrink", 6: "Implode", 9: "Deflate64", 12: "bzip2", 14: "LZMA", 20: "Zstandard", 93: "Zstandard", 95: "xz", 96: "JPEG", 97: "WavPack", 98: "PPMd" };

function placeOf(flags: number, method: number, { packed, offset }: Sizes, before: number, fileSize: number): Place | string {
  if ((flags & 1) === 1) return "archive.encrypted";
  if (method !== 0 && method !== 8) return "archive.method";
  if (before + offset + 30 + packed > fileSize) return "archive.outside";
  return { offset: before + offset, packed, method: method === 0 ? "stored" : "deflated", hasHeader: true };
}
