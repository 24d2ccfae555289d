// Bytes that come in parts, as text. It refuses to cut a character or the end of a line in two. `parts.ts` calls it.

import { decoderFor } from "../encoding";

/** Cuts a stream of bytes into texts, at characters and never within a line's end. */
export class Decoding {
  #decoder: TextDecoder | undefined;
  #held = "";
  readonly #contentType: string;

  constructor(contentType: string) {
    this.#contentType = contentType;
  }

  /** The text of the next bytes; the first of them decide the encoding. */
  next(bytes: Uint8Array, isLast: boolean): string {
    this.#decoder ??= decoderFor(bytes, this.#contentType, !isLast);
    let text = this.#held + this.#decoder.decode(bytes, { stream: !isLast });
    this.#held = "";
    // A carriage return and its line feed would otherwise be two ends of a line.
    if (!isLast && text.endsWith("\r")) [text, this.#held] = [text.slice(0, -1), "\r"];
    return text;
  }
}
