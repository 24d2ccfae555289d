// How paths and queries are compared: without case and without accents, unit by unit, so that what is found in the folded text
// stands at the same place in the path. Called by `page.ts` and `match.ts`.

const ASCII = /^[\0-\x7f]*$/;

/** The accents that a letter may carry. */
const ACCENTS = /^[\u0300-\u036f]+$/;

const known = new Map<string, string>();

/** One UTF-16 unit: the letter under its accents, in lower case, if that is one unit, too. */
function foldUnit(unit: string): string {
  const parts = unit.normalize("NFD");
  const letter = parts.length > 1 && ACCENTS.test(parts.slice(1)) ? parts.slice(0, 1) : unit;
  const lower = letter.toLowerCase();
  return lower.length === 1 ? lower : letter;
}

/** The text for comparing; as long as the text. */
export function fold(text: string): string {
  if (ASCII.test(text)) return text.toLowerCase();
  let folded = "";
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charAt(at);
    let one = known.get(unit);
    if (one === undefined) {
      one = foldUnit(unit);
      known.set(unit, one);
    }
    folded += one;
  }
  return folded;
}

/** A query for comparing with such a text: accents that were typed apart are left out, as macOS writes names apart. */
export function foldQuery(query: string): string {
  return fold(query.normalize("NFC").replace(/[\u0300-\u036f]/g, ""));
}

/** The bit of a unit: a letter's own, one for digits, one for marks, three for all others together. */
function bit(code: number): number {
  if (code >= 97 && code <= 122) return 1 << (code - 97);
  if (code >= 48 && code <= 57) return 1 << 26;
  return code < 128 ? 1 << 27 : 1 << (28 + (code % 3));
}

const BITS = Int32Array.from({ length: 128 }, (_, code) => bit(code));

/** Which units there are between two places, as bits: a path that lacks one of a query's is not looked at. */
export function maskOf(folded: string, begin: number, end: number): number {
  let mask = 0;
  for (let at = begin; at < end; at += 1) {
    const code = folded.charCodeAt(at);
    mask |= BITS[code] ?? bit(code);
  }
  return mask;
}
