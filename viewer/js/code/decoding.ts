// Bytes that come in parts, as text. It refuses to cut a character or the end of a line in two. `parts.ts` calls it.

import { type TextMaker, decoderNamed, isAscii } from "../encoding";
import { type TextFacts, encodingOf } from "../encodings/guess";

/** Cuts a stream of bytes into texts, at characters and never within a line's end. */
export class Decoding {
  /** The encoding's name, once a part has told; before, all was ASCII. */
  encoding: string | undefined;
  #decoder: TextMaker | undefined;
  #held = "";
  readonly #facts: TextFacts;

  constructor(facts: TextFacts) {
    this.#facts = facts;
  }

  /** The text of the next bytes; the first of them that are not ASCII's decide the encoding. */
  async next(bytes: Uint8Array, isLast: boolean): Promise<string> {
    if (!this.#decoder && !isAscii(bytes)) {
      this.encoding = await encodingOf(bytes, this.#facts, !isLast);
      this.#decoder = decoderNamed(this.encoding);
    }
    const decoder = this.#decoder ?? new TextDecoder();
    let text = this.#held + decoder.decode(bytes, { stream: !isLast });
    this.#held = "";
    // A carriage return and its line feed would otherwise be two ends of a line.
    if (!isLast && text.endsWith("\r")) [text, this.#held] = [text.slice(0, -1), "\r"];
    return text;
  }
}
