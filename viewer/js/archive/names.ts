// Names of a ZIP as text. The format knows two encodings, UTF-8 (by a flag, or by the Unicode path field) and DOS's code page 437;
// Windows in East Asia and Russia writes its own, and says so nowhere. All such names of an archive are judged together. Refuses
// nothing; `zip.ts` calls it.

import { decoderNamed } from "../encoding";

/** A name as it stands in the directory. */
export interface RawName {
  readonly bytes: Uint8Array;
  /** Whether the entry says that it is UTF-8, damaged or not. */
  readonly isUtf8: boolean;
  /** The Unicode path field's text, if it belongs to this name. */
  readonly unicode: string | undefined;
}

/** Says which encoding bytes most likely are in. */
export type Detector = (bytes: Uint8Array) => Promise<string>;

/** So much of an archive's names decides. */
const LOOKED_AT = 65_536;

const strict = new TextDecoder("utf-8", { fatal: true });

function isUtf8(bytes: Uint8Array): boolean {
  try {
    strict.decode(bytes);
    return true;
  } catch {
    return false;
  }
}

const isAscii = (bytes: Uint8Array) => bytes.every((byte) => byte < 0x80);

export async function namesOf(names: readonly RawName[], detect: Detector): Promise<string[]> {
  const said = names.map(({ bytes, unicode, isUtf8 }) => unicode ?? (isUtf8 || isAscii(bytes) ? new TextDecoder().decode(bytes) : undefined));
  const old = names.filter((_, index) => said[index] === undefined).map(({ bytes }) => bytes);
  if (old.length === 0) return said as string[];
  // All of them or none: a word in another encoding may be right UTF-8 by chance.
  const encoding = old.every(isUtf8) ? "utf-8" : await encodingOf(joined(old), detect);
  const decoder = decoderNamed(encoding) ?? new TextDecoder("windows-1252");
  return names.map(({ bytes }, index) => said[index] ?? decoder.decode(bytes));
}

function joined(names: readonly Uint8Array[]): Uint8Array {
  const all: number[] = [];
  for (const name of names) {
    if (all.length + name.length > LOOKED_AT && all.length > 0) break;
    if (!isAscii(name)) all.push(...name.subarray(0, LOOKED_AT), 0x0a);
  }
  return Uint8Array.from(all);
}

/**
 * The encodings of East Asia, as Windows writes them first, and where each has the characters that people use: the syllables, and
 * the first of its two levels of ideographs. What is misread lies mostly elsewhere.
 */
const EAST_ASIAN: Readonly<Record<string, (lead: number, trail: number) => boolean>> = {
  gbk: (lead, trail) => lead >= 0xb0 && lead <= 0xd7 && trail >= 0xa1,
  big5: (lead) => lead >= 0xa4 && lead <= 0xc6,
  shift_jis: (lead, trail) => lead === 0x83 || (lead === 0x82 && trail >= 0x9f) || (lead >= 0x88 && lead <= 0x97) || (lead === 0x81 && trail === 0x5b),
  "euc-kr": (lead, trail) => lead >= 0xb0 && lead <= 0xc8 && trail >= 0xa1,
  "euc-jp": (lead) => lead === 0xa4 || lead === 0xa5 || (lead >= 0xb0 && lead <= 0xcf),
};

async function encodingOf(bytes: Uint8Array, detect: Detector): Promise<string> {
  const guess = (await detect(bytes).catch(() => "cp437")).replace("gb18030", "gbk");
  const eastern = easternOf(bytes, guess);
  if (eastern !== undefined) return eastern;
  for (const cyrillic of ["ibm866", "windows-1251"]) if (reads(bytes, cyrillic, CYRILLIC, false)) return cyrillic;
  if (/^(?:windows-125\d|iso-8859-\d+)$/i.test(guess) && !isDos(bytes)) return guess;
  return "cp437";
}

/** The detector knows pages, not names; so what it says decides only between encodings in which the names are equally good. */
function easternOf(bytes: Uint8Array, guess: string): string | undefined {
  const isGuessed = Object.hasOwn(EAST_ASIAN, guess);
  const candidates = Object.entries(EAST_ASIAN)
    .filter(([name]) => reads(bytes, name, WIDE, true))
    .map(([name, isUsual]) => ({ name, ...usual(bytes, isUsual) }))
    .filter(({ name, share, hasHighTrails }) => share >= (isGuessed ? (name === guess ? 0.5 : 0.8) : 0.95) && (isGuessed || !isDos(bytes) || hasHighTrails));
  const best = Math.max(0, ...candidates.map(({ share }) => share));
  const equals = candidates.filter(({ share }) => share === best).map(({ name }) => name);
  // Of names alone nobody can tell these two apart, but Windows writes only the one.
  return equals.includes(guess) && !(guess === "euc-jp" && equals.length > 1) ? guess : equals[0];
}

/** Which part of the characters of two bytes is usual, and whether some second byte is none of ASCII, as accents before letters have it. */
function usual(bytes: Uint8Array, isUsual: (lead: number, trail: number) => boolean): { share: number; hasHighTrails: boolean } {
  let [all, good, high] = [0, 0, 0];
  for (let at = 0; at < bytes.length; at += 1) {
    const [lead, trail] = [bytes[at] as number, bytes[at + 1] ?? 0];
    if (lead < 0x81) continue;
    all += 1;
    if (isUsual(lead, trail)) good += 1;
    if (trail >= 0x80) high += 1;
    at += 1;
  }
  return { share: all === 0 ? 0 : good / all, hasHighTrails: high * 2 > all };
}

const WIDE = /[\u3000-\u30ff\u3400-\u9fff\uac00-\ud7a3\uf900-\ufaff\uff00-\uffef\u{20000}-\u{3ffff}]+/gu;
const CYRILLIC = /[\u0400-\u045f]+/g;

/**
 * Whether the bytes are words of that script in that encoding: everything beyond ASCII is of it, and most of it stands beside more
 * of it, not alone within a word of Latin letters, as accents read wrongly do. `hasShortWords`: a single character is a word.
 */
function reads(bytes: Uint8Array, encoding: string, script: RegExp, hasShortWords: boolean): boolean {
  let text: string;
  try {
    text = new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch {
    return false;
  }
  if (/[^\0-\x7f]/.test(text.replaceAll(script, "").replaceAll(/[№·«»–—…‘’“”°]/g, ""))) return false;
  let [words, alone] = [0, 0];
  for (const { 0: run, index } of text.matchAll(script)) {
    const isWithin = /[a-z]/i.test(text[index - 1] ?? "") || /[a-z]/i.test(text[index + run.length] ?? "");
    const length = [...run].length;
    if (hasShortWords ? length === 1 && isWithin : length === 1 || (length === 2 && isWithin)) alone += length;
    else words += length;
  }
  return words > alone * 2;
}

/** What DOS has where others have letters: Greek, mathematics, lines. Its own letters and signs are all below, but for these. */
const SIGNS_OF_DOS = new Set([0xe1, 0xe6, 0xf0, 0xf1, 0xf6, 0xf8, 0xf9, 0xfa, 0xfd]);

function isDos(bytes: Uint8Array): boolean {
  let [letters, others] = [0, 0];
  for (const byte of bytes) {
    if (byte < 0x80) continue;
    if (byte < 0xb0 || SIGNS_OF_DOS.has(byte)) letters += 1;
    else others += 1;
  }
  return letters >= others;
}
