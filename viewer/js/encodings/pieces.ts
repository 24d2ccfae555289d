// A text that comes in pieces, as pieces of UTF-8, whatever it is encoded in: for readers that work on bytes (tables, notebooks). It
// refuses to hold more than it needs to know the encoding. A text that is UTF-8 goes through as it is.

import { decoderNamed, isAscii } from "../encoding";
import { type TextFacts, encodingOf } from "./guess";

/** So many bytes, from the first on that is not ASCII's, decide. */
const DECIDING = 1 << 16;

/** Calls `decided` with the encoding's name, once it is known and not plain UTF-8. */
export async function* utf8Pieces(
  pieces: AsyncIterable<Uint8Array<ArrayBuffer>>,
  facts: TextFacts,
  decided: (encoding: string) => void = () => {},
): AsyncGenerator<Uint8Array<ArrayBuffer>, void> {
  let held: Uint8Array<ArrayBuffer>[] = [];
  let length = 0;
  let decode: ((piece: Uint8Array<ArrayBuffer> | undefined) => Uint8Array<ArrayBuffer>) | undefined;
  const decide = async (goesOn: boolean) => {
    const all = joined(held, length);
    held = [];
    const name = await encodingOf(all, facts, goesOn);
    decided(name);
    decode = converter(name);
    return decode(all);
  };
  for await (const piece of pieces) {
    if (decode) yield decode(piece);
    else if (length === 0 && isAscii(piece)) yield piece;
    else {
      held.push(piece);
      length += piece.length;
      if (length >= DECIDING) yield await decide(true);
    }
  }
  if (length > 0 && !decode) yield await decide(false);
  const last = decode?.(undefined);
  if (last && last.length > 0) yield last;
}

function converter(name: string): (piece: Uint8Array<ArrayBuffer> | undefined) => Uint8Array<ArrayBuffer> {
  const decoder = name === "utf-8" ? undefined : decoderNamed(name);
  if (!decoder) return (piece) => piece ?? new Uint8Array();
  const encoder = new TextEncoder();
  return (piece) => encoder.encode(piece ? decoder.decode(piece, { stream: true }) : decoder.decode());
}

function joined(pieces: readonly Uint8Array<ArrayBuffer>[], length: number): Uint8Array<ArrayBuffer> {
  if (pieces.length === 1 && pieces[0]) return pieces[0];
  const all = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}
