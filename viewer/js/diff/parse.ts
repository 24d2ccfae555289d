// Diffs as git, diff, Subversion and Mercurial write them: files, hunks, rows with their numbers. Unified and combined ones here, the older
// forms in `older.ts`. Pure; the diff page calls it. It refuses to guess: lines that belong to no file come back as they stand, in their place.

import { headerOf, nameOf, unquoted } from "./names";
import { type Older, begun, isContext, isNormal } from "./older";

export interface Row {
  /** As the line begins, with a sign for each parent of a merge; `\` says that the file has no line break at its end. */
  readonly sign: string;
  readonly text: string;
  readonly old: number | undefined;
  readonly now: number | undefined;
}

export interface Hunk {
  readonly heading: string;
  readonly rows: Row[];
}

export interface FileDiff {
  readonly kind: "file";
  /** Where it begins in the text. */
  readonly start: number;
  old: string | undefined;
  now: string | undefined;
  change: "changed" | "added" | "deleted" | "renamed" | "copied";
  isBinary: boolean;
  mode: { old: string; now: string };
  /** From a diff without names, of which all hunks are of one file. */
  isNormal?: boolean;
  readonly hunks: Hunk[];
  added: number;
  removed: number;
}

/** Lines that belong to no file. */
export interface Rest {
  readonly kind: "rest";
  readonly start: number;
  text: string;
}

export type Item = FileDiff | Rest;

/** Lines that a hunk still has to come. */
interface Open {
  readonly hunk: Hunk;
  /** The next line of each parent, and how many are left; a merge has several. */
  readonly old: number[];
  readonly oldLeft: number[];
  now: number;
  nowLeft: number;
  /** Words are marked within lines, which have no signs (`git diff --word-diff`). */
  readonly isByWords: boolean;
}

const HUNK = /^(@@+)((?: -\d{1,9}(?:,\d{1,9})?)+) \+(\d{1,9})(?:,(\d{1,9}))? \1/;

/** A merge of more parents is not drawn. */
const PARENTS_MAX = 16;

/** So many lines behind a hunk's head tell whether it has signs. */
const SIGNS_WITHIN = 200;

/** Whether a hunk of at most `count` lines that begins there marks words: a line has a mark, and one has no sign. */
function isByWords(lines: readonly string[], from: number, count: number): boolean {
  const hunk = lines.slice(from, from + Math.min(count, SIGNS_WITHIN));
  const end = hunk.findIndex((line) => /^(?:@@|diff )/.test(line));
  const rows = end < 0 ? hunk : hunk.slice(0, end);
  return rows.some((line) => /\[-.*-\]|\{\+.*\+\}/.test(line)) && rows.some((line) => /^[^ +\-\\]/.test(line));
}

class Parser {
  readonly items: Item[] = [];
  #open: Open | undefined;
  /** Between a file's first line and its first hunk. */
  #inHeader = false;
  #inBinary = false;
  #older: Older | undefined;

  constructor(readonly lines: readonly string[]) {}

  get #file(): FileDiff | undefined {
    const last = this.items.at(-1);
    return last?.kind === "file" ? last : undefined;
  }

  /** Reads the line at `index`, which begins at `start`. */
  line(index: number, start: number): void {
    const line = this.lines[index] ?? "";
    if (this.#older?.takes(line, this.lines[index + 1] ?? "")) return;
    this.#older = undefined;
    if (this.#open && this.#row(line, this.#open)) return;
    this.#open = undefined;
    if (this.#begins(line, index, start)) return;
    if (this.#file && this.#hunk(line, index, this.#file)) return;
    if (this.#file && this.#inHeader && this.#header(line, this.#file)) return;
    if (this.#inBinary && /^(?:(?:literal|delta) \d+$|[A-Za-z][!-~]+$|$)/.test(line)) return;
    this.#rest(line, start);
  }

  #begins(line: string, index: number, start: number): boolean {
    const [one, two] = [this.lines[index + 1] ?? "", this.lines[index + 2] ?? ""];
    const combined = /^diff --(?:cc|combined) (.+)$/.exec(line)?.[1];
    if (combined !== undefined) this.#add(start, { old: unquoted(combined), now: unquoted(combined) });
    else if (isContext(line, one, two)) this.#beginOlder(start, nameOf(line.slice(4), "a/"), nameOf(one.slice(4), "b/"), line);
    else if (isNormal(line, one)) this.#beginOlder(start, undefined, undefined, line);
    else if (line.startsWith("diff --git ")) this.#add(start, headerOf(line.slice(11)));
    else if (/^Index: \S/.test(line) && /^={20,}$/.test(one)) this.#add(start, { old: line.slice(7), now: line.slice(7) });
    // Without a header of its own a file begins with two names and a hunk.
    else if (line.startsWith("--- ") && one.startsWith("+++ ") && HUNK.test(two) && !this.#inHeader) {
      this.#add(start, { old: undefined, now: undefined });
      return false;
    } else return false;
    return true;
  }

  #add(start: number, { old, now }: { old: string | undefined; now: string | undefined }): void {
    this.items.push({ kind: "file", start, old, now, change: "changed", isBinary: false, mode: { old: "", now: "" }, hunks: [], added: 0, removed: 0 });
    [this.#inHeader, this.#inBinary] = [true, false];
  }

  /** A file of an older form; what follows the same header, or the same nameless text, belongs to it. */
  #beginOlder(start: number, old: string | undefined, now: string | undefined, line: string): void {
    const last = this.#file;
    const isSame = old === undefined && now === undefined && last?.isNormal === true;
    // A header before it, as `diff -r` and Index lines write, named the file already.
    if (!isSame && !(this.#inHeader && last)) this.#add(start, { old, now });
    const file = this.#file;
    if (!file) return;
    if (!line.startsWith("*")) file.isNormal = true;
    file.old ??= old;
    file.now ??= now;
    this.#inHeader = false;
    this.#older = begun(line, file);
  }

  #hunk(line: string, index: number, file: FileDiff): boolean {
    const found = HUNK.exec(line);
    const parents = [...(found?.[2] ?? "").matchAll(/-(\d+)(?:,(\d+))?/g)];
    if (!found || parents.length !== (found[1] ?? "").length - 1 || parents.length > PARENTS_MAX) return false;
    const hunk: Hunk = { heading: line, rows: [] };
    file.hunks.push(hunk);
    this.#open = {
      hunk,
      old: parents.map(([, from]) => Number(from)),
      oldLeft: parents.map(([, , count]) => Number(count ?? "1")),
      now: Number(found[3]),
      nowLeft: Number(found[4] ?? "1"),
      isByWords: parents.length === 1 && isByWords(this.lines, index + 1, Number(parents[0]?.[2] ?? "1") + Number(found[4] ?? "1")),
    };
    this.#inHeader = false;
    return true;
  }

  /** A row of the hunk; false when the hunk has all that it promised, or this is none. */
  #row(line: string, open: Open): boolean {
    if (line[0] === "\\") {
      open.hunk.rows.push({ sign: "\\", text: line.slice(2), old: undefined, now: undefined });
      return true;
    }
    if (open.isByWords) return this.#words(line, open);
    const width = open.old.length;
    // Some mail programs take away the spaces of an empty line.
    const sign = line.slice(0, width).padEnd(width, " ");
    if (!/^[ +-]+$/.test(sign)) return false;
    const isNow = !sign.includes("-");
    // What a merge leaves out stood in the parents with a minus; what it has, in those without a plus.
    const isIn = [...sign].map((one) => (isNow ? one === " " : one === "-"));
    if (isIn.some((is, parent) => is && open.oldLeft[parent] === 0) || (isNow && open.nowLeft === 0)) return false;
    const before = isIn.findIndex((is) => is);
    open.hunk.rows.push({ sign, text: line.slice(width), old: before < 0 ? undefined : open.old[before], now: isNow ? open.now++ : undefined });
    isIn.forEach((is, parent) => {
      if (!is) return;
      open.old[parent] = (open.old[parent] ?? 0) + 1;
      open.oldLeft[parent] = (open.oldLeft[parent] ?? 0) - 1;
    });
    if (isNow) open.nowLeft -= 1;
    const file = this.#file;
    if (file && isNow && sign.includes("+")) file.added += 1;
    if (file && !isNow) file.removed += 1;
    return true;
  }

  /** A line in which words are marked: of one side where all of it is, else of both. */
  #words(line: string, open: Open): boolean {
    const sign = /^\[-.*-\]$/.test(line) && !line.includes("{+") ? "-" : /^\{\+.*\+\}$/.test(line) && !line.includes("[-") ? "+" : " ";
    const [isOld, isNow] = [sign !== "+", sign !== "-"];
    if ((isOld && (open.oldLeft[0] ?? 0) === 0) || (isNow && open.nowLeft === 0)) return false;
    open.hunk.rows.push({ sign, text: line, old: isOld ? open.old[0] : undefined, now: isNow ? open.now++ : undefined });
    if (isOld) [open.old[0], open.oldLeft[0]] = [(open.old[0] ?? 0) + 1, (open.oldLeft[0] ?? 0) - 1];
    if (isNow) open.nowLeft -= 1;
    const file = this.#file;
    if (file && (sign === "+" || line.includes("{+"))) file.added += 1;
    if (file && (sign === "-" || line.includes("[-"))) file.removed += 1;
    return true;
  }

  /** A line between a file's first line and its first hunk. */
  #header(line: string, file: FileDiff): boolean {
    const [, key = "", value = ""] = /^(old mode|new mode|new file mode|deleted file mode|mode|rename from|rename to|copy from|copy to|similarity index|dissimilarity index|index|---|\+\+\+)(?: (.*))?$/.exec(line) ?? [];
    if (key === "---" || key === "+++") this.#name(key, value, file);
    else if (key === "old mode") file.mode.old = value;
    else if (key === "new mode") file.mode.now = value;
    else if (key === "mode") [file.mode.old = "", file.mode.now = ""] = value.split("..");
    else if (key === "new file mode") file.change = "added";
    else if (key === "deleted file mode") file.change = "deleted";
    else if (key.endsWith(" from")) file.old = unquoted(value);
    else if (key.endsWith(" to")) [file.now, file.change] = [unquoted(value), key === "copy to" ? "copied" : "renamed"];
    else if (/^Binary files .* differ$/.test(line)) file.isBinary = true;
    else if (line === "GIT binary patch") this.#inBinary = file.isBinary = true;
    else if (/^={20,}$/.test(line)) return true;
    else if (key === "") return false;
    if (file.isBinary) this.#inHeader = false;
    return true;
  }

  #name(key: "---" | "+++", value: string, file: FileDiff): void {
    const name = nameOf(value, key === "---" ? "a/" : "b/");
    if (name === undefined) file.change = key === "---" ? "added" : "deleted";
    if (key === "---") file.old = name ?? file.old;
    else file.now = name ?? (file.now === undefined ? file.old : file.now);
    if (key === "+++" && file.old === undefined) file.old = file.now;
  }

  #rest(line: string, start: number): void {
    [this.#inHeader, this.#inBinary] = [false, false];
    const last = this.items.at(-1);
    if (last?.kind === "rest") last.text += `\n${line}`;
    else this.items.push({ kind: "rest", start, text: line });
  }
}

/** The files of a diff and what stands between them, in order. */
export function parse(text: string): Item[] {
  // Where no line feed is, a carriage return ends a line.
  const lines = text.split(text.includes("\n") ? "\n" : "\r");
  if (lines.at(-1) === "") lines.pop();
  const parser = new Parser(lines.map((line) => line.replace(/\r+$/, "")));
  let start = 0;
  lines.forEach((line, index) => {
    parser.line(index, start);
    start += line.length + 1;
  });
  return parser.items.filter((item) => item.kind === "file" || item.text.trim() !== "");
}

/** How many items will stay what they are when more text comes: all before the last file. */
export const settled = (items: readonly Item[]): number => Math.max(0, items.findLastIndex((item) => item.kind === "file"));
