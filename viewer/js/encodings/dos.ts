// The code pages of DOS, which no browser decodes: 437, that of pictures made of letters, and 850, that of Western Europe. Pure. It
// refuses nothing: every byte is a character.

/** The characters of the bytes from 0x80 on. */
const HIGH: Readonly<Record<string, string>> = {
  cp437: "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■ ",
  cp850: "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜø£Ø×ƒáíóúñÑªº¿®¬½¼¡«»░▒▓│┤ÁÂÀ©╣║╗╝¢¥┐└┴┬├─┼ãÃ╚╔╩╦╠═╬¤ðÐÊËÈıÍÎÏ┘┌█▄¦Ì▀ÓßÔÒõÕµþÞÚÛÙýÝ¯´­±‗¾¶§÷¸°¨·¹³²■ ",
};

/** What DOS drew for control characters; those that texts need are left as they are. */
const LOW = "\0☺☻♥♦♣♠•\b\t\n♂\f\r♫☼►◄↕‼¶§▬↨↑↓\x1a\x1b∟↔▲▼";

const page = (name: string): string => name.toLowerCase().replace(/^(?:ibm|dos|cp)-?/, "cp");

export const isDosName = (name: string): boolean => Object.hasOwn(HIGH, page(name));

export class DosDecoder {
  readonly #characters: readonly string[];

  constructor(name: string) {
    const ascii = Array.from({ length: 96 }, (_, n) => String.fromCharCode(n + 32));
    this.#characters = [...LOW, ...ascii, ...(HIGH[page(name)] ?? HIGH["cp437"] ?? "")];
  }

  decode(bytes: Uint8Array = new Uint8Array()): string {
    let text = "";
    for (const byte of bytes) text += this.#characters[byte] ?? "";
    return text;
  }
}

/** Bytes that are accented letters in DOS, and in Windows-1252 signs that stand behind no letter. */
const LETTERS = new Set([0x81, 0x82, 0x8d, 0x8f, 0x90, 0xa0, 0xa1, 0xa2, 0xa3, 0xa4, 0xa5, 0xe1]);

/** Those that are signs there that may stand behind a word, so they count within one. Dashes and apostrophes are in neither. */
const LETTERS_WITHIN = new Set([0x83, 0x84, 0x86, 0x87, 0x88, 0x89, 0x8a, 0x8b, 0x8c, 0x8e, 0x94, 0x95, 0x98, 0x9a]);

const isAsciiLetter = (byte = 0): boolean => (byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x7a;
const isLetter = (byte = 0): boolean => (byte >= 0x80 && byte !== 0xa0) || isAsciiLetter(byte);

/** Shades, lines and blocks stand in runs of the same byte, letters do not. */
const DRAWN = new Set([0xb0, 0xb1, 0xb2, 0xc4, 0xcd, 0xdb, 0xdc, 0xdf]);

/**
 * Whether a text in one byte a character is one of DOS rather than of Windows: its high bytes are letters in words there and signs here,
 * or draw lines.
 */
export function isDos(bytes: Uint8Array): boolean {
  let [dos, windows, drawn] = [0, 0, 0];
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at] as number;
    if (byte < 0x80) continue;
    if (DRAWN.has(byte) && bytes[at + 1] === byte && bytes[at + 2] === byte) drawn += 1;
    const [isBehind, isBefore] = [isLetter(bytes[at - 1]), isLetter(bytes[at + 1])];
    if (!isBehind && !isBefore) continue;
    if (isBehind && (LETTERS.has(byte) || (isBefore && LETTERS_WITHIN.has(byte)))) dos += 1;
    if (!isAsciiLetter(bytes[at - 1]) && !isAsciiLetter(bytes[at + 1])) continue;
    if (byte >= 0xc0 || byte === 0x8a || byte === 0x8c || byte === 0x8e || byte === 0x9a || byte === 0x9c || byte === 0x9e) windows += 1;
  }
  return drawn > 0 ? drawn * 3 > windows : dos > windows;
}
