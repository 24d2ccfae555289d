// Takes gzip off while bytes come, however many members there are: logs that were put one behind another, bgzip, pigz. The
// browser's own DecompressionStream ends at the first member and does not say where that was, so zlib's port pako does it, which
// checks each member's sum as well. Zeros behind the last member are padding; anything else there is told. Called by
// `streams.ts` and the picture's page.

import zlib from "pako/lib/zlib/inflate.js";
import ZStream from "pako/lib/zlib/zstream.js";

type Bytes = Uint8Array<ArrayBuffer>;

/** What became of it, known when the last bytes have come. */
export interface Unpacking {
  /** There is more than was looked at. */
  isCut: boolean;
  /** The file ends within a member, or a member is not what its sum says. */
  isBroken: boolean;
  /** Something behind the last member is no gzip. */
  hasRest: boolean;
}

export const unpacking = (): Unpacking => ({ isCut: false, isBroken: false, hasRest: false });

/** The file does not begin as gzip does. */
export class NotGzip extends Error {
  override name = "NotGzip";
}

/** So much is taken at once: it unpacks to a thousandfold at most, eight megabytes, which are held until they are looked at. */
const STEP = 8_192;
const CHUNK = 65_536;

/** The page gets a turn after this long. */
const TURN_MS = 12;

export async function* gunzip(pieces: AsyncIterable<Bytes>, state: Unpacking): AsyncGenerator<Bytes> {
  const members = new Members(state);
  let began = performance.now();
  for await (const piece of pieces) {
    for (let at = 0; at < piece.length && !members.isOver; at += STEP) {
      yield* members.take(piece.subarray(at, at + STEP));
      if (performance.now() - began < TURN_MS) continue;
      await new Promise((resolve) => setTimeout(resolve));
      began = performance.now();
    }
    if (members.isOver) return;
  }
  members.end();
}

/** zlib's words for how it went (zlib.h). */
const OK = 0;
const STREAM_END = 1;
const BUFFER_ERROR = -5;

/** Takes a header of gzip alone, with the largest window. */
const GZIP = 15 + 16;

class Members {
  isOver = false;
  private readonly stream = new ZStream();
  private count = 0;
  private isOpen = false;
  /** A first byte that waits for its second. */
  private first: Bytes | undefined;

  constructor(private readonly state: Unpacking) {
    zlib.inflateInit2(this.stream, GZIP);
  }

  *take(bytes: Bytes): Generator<Bytes> {
    for (let rest = bytes; rest.length > 0 && !this.isOver; ) {
      if (!this.isOpen) rest = this.open(rest);
      else rest = yield* this.inflate(rest);
    }
  }

  /** There are no more bytes. */
  end(): void {
    if (this.count === 0) throw new NotGzip();
    if (this.isOpen) this.state.isBroken = true;
    else if (this.first) this.state.hasRest = true;
  }

  /** Begins the member that begins here, if one does; the bytes that are left. */
  private open(bytes: Bytes): Bytes {
    const all = this.first ? joined(this.first, bytes) : bytes;
    this.first = undefined;
    const start = this.count === 0 ? 0 : all.findIndex((byte) => byte !== 0);
    const rest = start < 0 ? all.subarray(all.length) : all.subarray(start);
    if (rest.length === 0) return rest;
    if (rest[0] === 0x1f && rest.length === 1) {
      this.first = rest;
      return rest.subarray(1);
    }
    if (rest[0] !== 0x1f || rest[1] !== 0x8b) {
      if (this.count === 0) throw new NotGzip();
      this.state.hasRest = this.isOver = true;
      return rest;
    }
    zlib.inflateReset(this.stream);
    this.isOpen = true;
    this.count += 1;
    return rest;
  }

  /** Gives bytes to the member that is open; what lies behind its end is left. */
  private *inflate(bytes: Bytes): Generator<Bytes, Bytes> {
    const { stream } = this;
    [stream.input, stream.next_in, stream.avail_in] = [bytes, 0, bytes.length];
    for (;;) {
      const output = new Uint8Array(CHUNK);
      [stream.output, stream.next_out, stream.avail_out] = [output, 0, CHUNK];
      const status = zlib.inflate(stream, 0);
      if (stream.next_out > 0) yield output.subarray(0, stream.next_out);
      if (status === STREAM_END) {
        this.isOpen = false;
        return bytes.subarray(stream.next_in);
      }
      if (status !== OK && status !== BUFFER_ERROR) {
        this.state.isBroken = this.isOver = true;
        return bytes.subarray(bytes.length);
      }
      // What is not full has nothing more to give.
      if (stream.avail_out > 0) return bytes.subarray(bytes.length);
    }
  }
}

function joined(first: Uint8Array, rest: Uint8Array): Bytes {
  const all = new Uint8Array(first.length + rest.length);
  all.set(first);
  all.set(rest, first.length);
  return all;
}
