// How well one term of a query fits a path: the best of all ways to find its letters in their order. Pure; called by
// `match.ts`, for every path that has the letters, so it allocates nothing.
//
// The weights are fzf's (`algo.go`), but for the file's name, which counts more here: a letter that continues a run or begins a
// word is worth half a letter, a gap costs a little.

const LETTER = 16;
const CONTINUES = 9;
const BEGINS_NAME = 10;
const BEGINS_WORD = 8;
const BEGINS_HUMP = 7;
const IN_FILE_NAME = 4;
/** A gap of one; each more costs one more. */
const GAP = -3;

/** Less than any score, and than any that was made of it. */
const NONE = -1e9;

/** The longest term. */
export const TERM_MAX = 64;

/** A term, made ready: it is compared with a hundred thousand paths. */
export class Term {
  readonly letters: Int32Array;
  /** Whether an ASCII letter is in it. */
  private readonly has = new Uint8Array(128);
  private readonly hasOthers: boolean;
  // Of each letter: its score at the last place where it was met, that place, and the best of the places before, each plus
  // its place: a gap costs by its length, so which of them is best for a letter further on does not depend on how far.
  readonly last: Int32Array;
  readonly lastAt: Int32Array;
  readonly before: Int32Array;

  constructor(readonly text: string) {
    const { length } = text;
    this.letters = Int32Array.from({ length }, (_, at) => text.charCodeAt(at));
    for (const code of this.letters) if (code < 128) this.has[code] = 1;
    this.hasOthers = this.letters.some((code) => code >= 128);
    [this.last, this.lastAt, this.before] = [new Int32Array(length), new Int32Array(length), new Int32Array(length)];
  }

  /** Whether a letter may be in it. */
  may(code: number): boolean {
    return code < 128 ? this.has[code] === 1 : this.hasOthers;
  }
}

const isLower = (code: number) => code >= 97 && code <= 122;
const isUpper = (code: number) => code >= 65 && code <= 90;
const isDigit = (code: number) => code >= 48 && code <= 57;

/** What a letter is worth that continues a run. */
function continued(worth: number, isInName: boolean): number {
  return Math.max(worth, isInName ? CONTINUES + IN_FILE_NAME : CONTINUES);
}

/** What a letter at this place is worth beside itself. */
function bonus(text: string, at: number, begin: number, name: number): number {
  const inName = at >= name ? IN_FILE_NAME : 0;
  if (at === begin) return inName + BEGINS_NAME;
  const [before, here] = [text.charCodeAt(at - 1), text.charCodeAt(at)];
  if (before === 47) return inName + BEGINS_NAME;
  // Beyond ASCII everything counts as a letter.
  const isWord = isLower(before) || isUpper(before) || isDigit(before) || before > 127;
  if (!isWord) return inName + BEGINS_WORD;
  if ((isUpper(here) && !isUpper(before)) || (isDigit(here) && !isDigit(before))) return inName + BEGINS_HUMP;
  return inName;
}

/** Where a path stands in its page. */
export interface Span {
  /** As it is written. */
  readonly text: string;
  /** As it is compared. */
  readonly compared: string;
  readonly begin: number;
  readonly end: number;
  /** Where the file's name begins. */
  readonly name: number;
}

/** Every score of a letter at a place, where somebody wants to know how the best came about. */
type Trace = (row: number, at: number, value: number) => void;

/** The best score, or a negative number when the letters are not there in this order. */
export function score(term: Term, span: Span, trace?: Trace): number {
  const { letters, last, lastAt, before } = term;
  const { text, compared, begin, end, name } = span;
  const final = letters.length - 1;
  // Letters that were met so far, in their order: of a path that does not fit, little more is looked at than its characters.
  let rows = 0;
  let best = NONE;
  for (let at = begin; at < end; at += 1) {
    const code = compared.charCodeAt(at);
    if (!term.may(code)) continue;
    // Downwards, so that one place is not taken for two letters.
    for (let row = Math.min(rows, final); row >= 0; row -= 1) {
      if (letters[row] !== code) continue;
      const worth = bonus(text, at, begin, name);
      const value = LETTER + (row === 0 ? 2 * worth : follow(term, row - 1, at, worth, at >= name));
      trace?.(row, at, value);
      if (row === rows) {
        before[row] = NONE;
        rows += 1;
      } else {
        before[row] = Math.max(before[row] ?? NONE, (last[row] ?? NONE) + (lastAt[row] ?? 0));
      }
      last[row] = value;
      lastAt[row] = at;
      if (row === final && value > best) best = value;
    }
  }
  return best === NONE ? -1 : Math.max(best, 0);
}

/** The most that a letter has from those before it, the last of which is `row`. */
function follow(term: Term, row: number, at: number, worth: number, isInName: boolean): number {
  const [last, lastAt, before] = [term.last[row] ?? NONE, term.lastAt[row] ?? 0, term.before[row] ?? NONE];
  // Of a gap of one: GAP; of each more: one less. A place is counted in, see `Term`.
  const afterGap = (sum: number) => sum + GAP - (at - 2) + worth;
  if (lastAt !== at - 1) return afterGap(Math.max(before, last + lastAt));
  return Math.max(last + continued(worth, isInName), afterGap(before));
}

/** Where the letters of a term that fits are, in the best way to find them; places in the page's text. */
export function places(term: Term, span: Span): number[] {
  const rows = Array.from(term.letters, () => new Map<number, number>());
  if (score(term, span, (row, at, value) => rows[row]?.set(at, value)) < 0) return [];
  const found: number[] = [];
  for (const scores of rows.reverse()) {
    const next = found[0];
    let [best, place] = [NONE, -1];
    for (const [at, value] of scores) {
      if (next !== undefined && at >= next) continue;
      const sum = value + (next === undefined ? 0 : step(span, at, next));
      if (sum > best) [best, place] = [sum, at];
    }
    if (place < 0) return [];
    found.unshift(place);
  }
  return found;
}

/** What the way from one letter to the next counts for. */
function step({ text, begin, name }: Span, at: number, next: number): number {
  const worth = bonus(text, next, begin, name);
  return next === at + 1 ? continued(worth, next >= name) : worth + GAP - (next - at - 2);
}
