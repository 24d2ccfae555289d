// Lists a tar while it streams by (POSIX ustar and pax, GNU long names). Keeps headers only; of bodies it keeps the few that
// hold names. Pure.

import { type Entry, ENTRIES_MAX } from "./entries";

const BLOCK = 512;

/** A name that is longer than this is no name. */
const NAME_MAX = 65_536;

const decoder = new TextDecoder();
const text = (bytes: Uint8Array) => decoder.decode(bytes).replace(/\0.*$/s, "");

/** Octal digits, or GNU's bytes for what is longer. */
function numberOf(field: Uint8Array): number {
  if (((field[0] ?? 0) & 0x80) !== 0) return field.subarray(1).reduce((sum, byte) => sum * 256 + byte, (field[0] ?? 0) & 0x7f);
  return Number.parseInt(text(field).trim() || "0", 8);
}

/** Whether the block is a header: the sum of its bytes stands in it. */
export function isHeader(block: Uint8Array): boolean {
  if (block.length < BLOCK) return false;
  let sum = 0;
  for (let at = 0; at < BLOCK; at += 1) sum += at >= 148 && at < 156 ? 0x20 : (block[at] as number);
  return numberOf(block.subarray(148, 156)) === sum;
}

/** `length key=value\n`, as pax writes what does not fit into a header. */
function paxOf(body: Uint8Array): Map<string, string> {
  const found = new Map<string, string>();
  for (let at = 0; at < body.length; ) {
    const space = body.indexOf(0x20, at);
    const length = Number(text(body.subarray(at, Math.max(at, space))));
    if (space < 0 || !(length > space - at + 1)) break;
    const record = decoder.decode(body.subarray(space + 1, at + length - 1));
    const equals = record.indexOf("=");
    found.set(record.slice(0, equals), record.slice(equals + 1));
    at += length;
  }
  return found;
}

export class TarReader {
  readonly entries: Entry[] = [];
  count = 0;
  /** Two empty blocks, or what is no header, ended it. */
  isOver = false;
  private position = 0;
  private rest: Uint8Array<ArrayBufferLike> = new Uint8Array();
  private skip = 0;
  /** A body that is being kept, for the next header. */
  private body: { kind: string; length: number } | undefined;
  private next: { path?: string; target?: string; size?: number; time?: number } = {};

  /** `isPlain`: bodies are where they are in the file, not inside of something compressed. */
  constructor(private readonly isPlain: boolean) {}

  push(piece: Uint8Array): void {
    let at = Math.min(this.skip, piece.length);
    this.skip -= at;
    this.position += at;
    if (at === piece.length) return;
    let bytes: Uint8Array = piece.subarray(at);
    if (this.rest.length > 0) {
      const joined = new Uint8Array(this.rest.length + bytes.length);
      joined.set(this.rest);
      joined.set(bytes, this.rest.length);
      bytes = joined;
    }
    for (at = 0; !this.isOver; ) {
      const length = this.body ? padded(this.body.length) : BLOCK;
      if (bytes.length - at < length) break;
      const block = bytes.subarray(at, at + length);
      at += length;
      this.position += length;
      if (this.body) this.endBody(block.subarray(0, this.body.length));
      else this.header(block);
      const skipped = Math.min(this.skip, bytes.length - at);
      [at, this.skip, this.position] = [at + skipped, this.skip - skipped, this.position + skipped];
    }
    this.rest = this.isOver ? new Uint8Array() : bytes.slice(at);
  }

  private endBody(body: Uint8Array): void {
    if (this.body?.kind === "L") this.next.path = text(body);
    else if (this.body?.kind === "K") this.next.target = text(body);
    else if (this.body?.kind === "x") {
      const pax = paxOf(body);
      const [path, target, size, time] = [pax.get("path"), pax.get("linkpath"), pax.get("size"), pax.get("mtime")];
      if (path !== undefined) this.next.path = path;
      if (target !== undefined) this.next.target = target;
      if (size !== undefined) this.next.size = Number(size);
      if (time !== undefined) this.next.time = Number(time) * 1000;
    }
    this.body = undefined;
  }

  private header(block: Uint8Array): void {
    if (!isHeader(block)) {
      this.isOver = true;
      return;
    }
    const kind = String.fromCharCode(block[156] as number);
    const size = this.next.size ?? numberOf(block.subarray(124, 136));
    if (!(size >= 0) || !Number.isSafeInteger(size)) {
      this.isOver = true;
      return;
    }
    if ("LKx".includes(kind) && size <= NAME_MAX) {
      if (size > 0) this.body = { kind, length: size };
      return;
    }
    // Links, devices and folders have no body, whatever their size says.
    this.skip = "123456".includes(kind) ? 0 : padded(size);
    if (kind !== "g" && !"LKx".includes(kind)) this.keep(block, kind, size);
    if (kind !== "g") this.next = {};
  }

  private keep(block: Uint8Array, kind: string, size: number): void {
    this.count += 1;
    if (this.entries.length >= ENTRIES_MAX) return;
    const isUstar = text(block.subarray(257, 262)) === "ustar";
    const prefix = isUstar ? text(block.subarray(345, 500)) : "";
    const short = (prefix === "" ? "" : `${prefix}/`) + text(block.subarray(0, 100));
    const path = this.next.path ?? short;
    const target = kind === "1" || kind === "2" ? (this.next.target ?? text(block.subarray(157, 257))) : undefined;
    const isFile = kind === "0" || kind === "\0" || kind === "7";
    const place = !isFile ? "archive.special" : this.isPlain ? { offset: this.position, packed: size, method: "stored" as const, hasHeader: false } : "archive.inside";
    const isFolder = kind === "5" || (isFile && path.endsWith("/"));
    const time = this.next.time ?? numberOf(block.subarray(136, 148)) * 1000;
    this.entries.push({ path, size: isFile ? size : 0, time, isFolder, place, ...(target === undefined ? {} : { target }) });
  }
}

const padded = (size: number): number => Math.ceil(size / BLOCK) * BLOCK;
