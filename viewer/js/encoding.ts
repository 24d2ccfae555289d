// Which encoding a text is in. It refuses nothing: every byte is some character. `source.ts` and the pages that read texts in
// parts call it.

/**
 * Bytes as text: what a byte order mark says, or the manifest's `charset`; else UTF-8, and what is not that is read as
 * Windows-1252, which every byte is something in (WHATWG Encoding, section 9).
 */
export const decodeText = (bytes: Uint8Array, contentType = ""): string => decoderFor(bytes, contentType).decode(bytes);

/** A decoder for a text that begins with these bytes; `goesOn` when they may end within a character. */
export function decoderFor(bytes: Uint8Array, contentType = "", goesOn = false): TextDecoder {
  const marked = bytes[0] === 0xff && bytes[1] === 0xfe ? "utf-16le" : bytes[0] === 0xfe && bytes[1] === 0xff ? "utf-16be" : undefined;
  const named = /charset="?([\w-]+)/i.exec(contentType)?.[1];
  for (const label of [marked, named, "utf-8"]) {
    if (label === undefined) continue;
    try {
      new TextDecoder(label, { fatal: true }).decode(bytes, { stream: goesOn });
      return new TextDecoder(label);
    } catch {
      // Another name, or other bytes than it says: the next guess.
    }
  }
  return new TextDecoder("windows-1252");
}
