// Which encoding a text is in, as far as its bytes say so by themselves: a mark, zero bytes, UTF-8 with or without damage, what the
// text declares. It refuses nothing and waits for nothing; `encodings/guess.ts` asks the detector about the rest. `source.ts` and the
// pages that read texts in parts call it.

import { DosDecoder, isDosName } from "./encodings/dos";

/** Makes text of bytes; a `TextDecoder`, or what stands for one where browsers have none. */
export interface TextMaker {
  decode(bytes?: Uint8Array<ArrayBufferLike>, options?: { stream?: boolean }): string;
}

/** A decoder by its name in the Encoding standard, or by that of a code page of DOS; nothing for a name that is none. */
export function decoderNamed(name: string): TextMaker | undefined {
  if (isDosName(name)) return new DosDecoder(name);
  try {
    return new TextDecoder(name) as TextMaker;
  } catch {
    return undefined;
  }
}

/** So much of a text is looked at; more would change nothing but the time. */
export const LOOKED_AT = 1 << 20;

/** A file's first characters may say how it is encoded; so far from its beginning. */
const DECLARED_WITHIN = 2_000;

/** Bytes as characters one to one, but for 27 that no declaration holds. */
const oneToOne = new TextDecoder("windows-1252");

/** Whether every byte is one of ASCII, and none begins the escapes of ISO-2022-JP: any encoding reads that alike. */
export function isAscii(bytes: Uint8Array): boolean {
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at] as number;
    if (byte >= 0x80 || byte === 0 || (byte === 0x1b && bytes[at + 1] === 0x24)) return false;
  }
  return true;
}

/**
 * What the bytes say of their encoding; nothing when only a detector may know. They begin a text, which goes on behind them when
 * `goesOn`.
 */
export function judged(bytes: Uint8Array, contentType = "", goesOn = false): string | undefined {
  const first = bytes.subarray(0, LOOKED_AT);
  const cut = goesOn || first.length < bytes.length;
  const sure = marked(first) ?? wide(first);
  if (sure !== undefined) return sure;
  const named = /charset="?([\w-]+)/i.exec(contentType)?.[1]?.toLowerCase();
  if (named !== undefined && !/^utf-?8$/.test(named) && isValid(first, named, cut)) return named;
  if (!hasJapaneseEscapes(first) && isUtf8(first, cut, named !== undefined)) return "utf-8";
  return declared(first, cut);
}

/** UTF-16 and UTF-8 may begin with a mark. */
function marked(bytes: Uint8Array): string | undefined {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return "utf-16le";
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return "utf-16be";
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? "utf-8" : undefined;
}

/** UTF-16 without its mark: zero bytes, and all of them on the same side of the pairs. */
function wide(bytes: Uint8Array): string | undefined {
  const zeros = [0, 0];
  const length = Math.min(bytes.length & ~1, 8_192);
  for (let at = 0; at < length; at += 1) if (bytes[at] === 0) zeros[at & 1] = (zeros[at & 1] ?? 0) + 1;
  const [even = 0, odd = 0] = zeros;
  if (Math.max(even, odd) < Math.max(1, length / 20) || Math.min(even, odd) > Math.max(even, odd) / 20) return undefined;
  const name = odd > even ? "utf-16le" : "utf-16be";
  return isValid(bytes.subarray(0, length), name, true) ? name : undefined;
}

function isValid(bytes: Uint8Array, name: string, goesOn: boolean): boolean {
  try {
    new TextDecoder(name, { fatal: true }).decode(bytes, { stream: goesOn });
    return true;
  } catch {
    return false;
  }
}

const hasJapaneseEscapes = (bytes: Uint8Array): boolean => {
  for (let at = bytes.indexOf(0x1b); at >= 0; at = bytes.indexOf(0x1b, at + 1)) {
    if (bytes[at + 1] === 0x24 && (bytes[at + 2] === 0x40 || bytes[at + 2] === 0x42)) return true;
  }
  return false;
};

/** Of so many characters beyond ASCII one may be damaged, and the text is UTF-8 nevertheless. */
const DAMAGED_OF = 4;

/**
 * Whether bytes are UTF-8, damaged ones included: one bad byte among characters that are right is a bad byte, not another encoding.
 * By chance the bytes of other encodings make a right sequence now and then, but wrong ones far more often.
 */
function isUtf8(bytes: Uint8Array, goesOn: boolean, isNamed: boolean): boolean {
  if (isValid(bytes, "utf-8", goesOn)) return true;
  const { right, wrong } = sequences(bytes);
  if (right > 0) return wrong <= Math.max(1, right / DAMAGED_OF);
  // A single byte at the end of ASCII is a letter of another encoding, unless somebody has looked and says that it is not.
  return wrong === 0 && (isNamed || (bytes.at(-1) ?? 0) < 0xc0);
}

/** How many sequences of UTF-8 beyond ASCII are right, and how many bytes belong to none; what the text's end cuts is neither. */
function sequences(bytes: Uint8Array): { right: number; wrong: number } {
  let [right, wrong, at] = [0, 0, 0];
  while (at < bytes.length) {
    const byte = bytes[at] as number;
    if (byte < 0x80) {
      at += 1;
      continue;
    }
    const wanted = byte >= 0xc2 && byte <= 0xdf ? 1 : byte >= 0xe0 && byte <= 0xef ? 2 : byte >= 0xf0 && byte <= 0xf4 ? 3 : 0;
    let had = 0;
    while (had < wanted && isContinuation(bytes, at, had)) had += 1;
    if (wanted > 0 && had === wanted) right += 1;
    else if (wanted === 0 || at + had + 1 < bytes.length) wrong += 1;
    at += 1 + had;
  }
  return { right, wrong };
}

/** Whether the byte behind `had` others of the sequence at `at` goes on with it (Unicode, table 3-7). */
function isContinuation(bytes: Uint8Array, at: number, had: number): boolean {
  const next = bytes[at + had + 1] ?? 0;
  if (next < 0x80 || next > 0xbf) return false;
  if (had > 0) return true;
  const lead = bytes[at];
  return !((lead === 0xe0 && next < 0xa0) || (lead === 0xed && next > 0x9f) || (lead === 0xf0 && next < 0x90) || (lead === 0xf4 && next > 0x8f));
}

/** Where texts say how they are encoded: XML, HTML and CSS, editors' modelines (PEP 263), LaTeX, gettext. */
const DECLARATIONS = [
  /^\s*<\?xml[^>]*\bencoding\s*=\s*["']([\w.:-]+)/,
  /<meta[^>]*\bcharset\s*=\s*["']?([\w.:-]+)/i,
  /^@charset "([\w.:-]+)"/,
  /^.*[#%;*/-].*?\b(?:file)?(?:en)?coding[:=][ \t]*([\w.-]+)/m,
  /\\(?:usepackage|RequirePackage)\[([\w-]+)\]\{inputenc\}/,
  /\\inputencoding\{([\w-]+)\}/,
  /^"Content-Type: text\/plain; charset=([\w-]+)/m,
];

/** Names that are not the standard's. */
const OTHER_NAMES: Record<string, string> = {
  latin2: "iso-8859-2", latin3: "iso-8859-3", latin4: "iso-8859-4", latin5: "iso-8859-9", latin9: "iso-8859-15", latin10: "iso-8859-16",
  ansinew: "windows-1252", applemac: "macintosh", "mac-roman": "macintosh", cp932: "shift_jis", cp936: "gbk", cp949: "euc-kr", cp950: "big5",
};

function declared(bytes: Uint8Array, goesOn: boolean): string | undefined {
  const head = oneToOne.decode(bytes.subarray(0, DECLARED_WITHIN));
  for (const pattern of DECLARATIONS) {
    const said = pattern.exec(head)?.[1]?.toLowerCase();
    if (said === undefined) continue;
    const name = OTHER_NAMES[said] ?? said.replace(/-(?:unix|dos|mac)$/, "");
    // Who says UTF-8 of what is none says nothing.
    if (/^utf/.test(name)) continue;
    if (isDosName(name) || isValid(bytes, name, goesOn)) return name;
  }
  return undefined;
}

/**
 * Bytes as text, without waiting for a detector: what the bytes say, else Windows-1252, which every byte is something in (WHATWG
 * Encoding, section 9).
 */
export function decodeText(bytes: Uint8Array, contentType = ""): string {
  return (decoderNamed(judged(bytes, contentType) ?? "windows-1252") ?? oneToOne).decode(bytes);
}

