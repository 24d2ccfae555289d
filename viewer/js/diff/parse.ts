// Unified diffs as git, diff, Subversion and Mercurial write them: files, hunks, rows with their numbers. Pure; the diff page calls
// it. It refuses to guess: lines that belong to no file come back as they stand, in their place.

import { headerOf, nameOf, unquoted } from "./names";

export interface Row {
  /** As the line begins; `\` says that the file has no line break at its end. */
  readonly sign: " " | "+" | "-" | "\\";
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
  old: number;
  now: number;
  oldLeft: number;
  nowLeft: number;
}

const HUNK = /^@@ -(\d{1,9})(?:,(\d{1,9}))? \+(\d{1,9})(?:,(\d{1,9}))? @@/;

class Parser {
  readonly items: Item[] = [];
  #open: Open | undefined;
  /** Between a file's first line and its first hunk. */
  #inHeader = false;
  #inBinary = false;

  constructor(readonly lines: readonly string[]) {}

  get #file(): FileDiff | undefined {
    const last = this.items.at(-1);
    return last?.kind === "file" ? last : undefined;
  }

  /** Reads the line at `index`, which begins at `start`. */
  line(index: number, start: number): void {
    const line = this.lines[index] ?? "";
    if (this.#open && this.#row(line, this.#open)) return;
    this.#open = undefined;
    if (this.#begins(line, index, start)) return;
    if (this.#file && this.#hunk(line, this.#file)) return;
    if (this.#file && this.#inHeader && this.#header(line, this.#file)) return;
    if (this.#inBinary && /^(?:(?:literal|delta) \d+$|[A-Za-z][!-~]+$|$)/.test(line)) return;
    this.#rest(line, start);
  }

  #begins(line: string, index: number, start: number): boolean {
    const [one, two] = [this.lines[index + 1] ?? "", this.lines[index + 2] ?? ""];
    if (line.startsWith("diff --git ")) this.#add(start, headerOf(line.slice(11)));
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

  #hunk(line: string, file: FileDiff): boolean {
    const found = HUNK.exec(line);
    if (!found) return false;
    const hunk: Hunk = { heading: line, rows: [] };
    file.hunks.push(hunk);
    const [old, oldLeft, now, nowLeft] = [found[1], found[2] ?? "1", found[3], found[4] ?? "1"].map(Number);
    this.#open = { hunk, old: old ?? 0, now: now ?? 0, oldLeft: oldLeft ?? 0, nowLeft: nowLeft ?? 0 };
    this.#inHeader = false;
    return true;
  }

  /** A row of the hunk; false when the hunk has all that it promised, or this is none. */
  #row(line: string, open: Open): boolean {
    // Some mail programs take away the space of an empty line.
    const sign = line === "" ? " " : line[0];
    if (sign === "\\") {
      open.hunk.rows.push({ sign, text: line.slice(2), old: undefined, now: undefined });
      return true;
    }
    if (sign !== " " && sign !== "+" && sign !== "-") return false;
    const [isOld, isNow] = [sign !== "+", sign !== "-"];
    if ((isOld && open.oldLeft === 0) || (isNow && open.nowLeft === 0)) return false;
    open.hunk.rows.push({ sign, text: line.slice(1), old: isOld ? open.old++ : undefined, now: isNow ? open.now++ : undefined });
    if (isOld) open.oldLeft -= 1;
    if (isNow) open.nowLeft -= 1;
    const file = this.#file;
    if (file && sign === "+") file.added += 1;
    if (file && sign === "-") file.removed += 1;
    return true;
  }

  /** A line between a file's first line and its first hunk. */
  #header(line: string, file: FileDiff): boolean {
    const [, key = "", value = ""] = /^(old mode|new mode|new file mode|deleted file mode|rename from|rename to|copy from|copy to|similarity index|dissimilarity index|index|---|\+\+\+)(?: (.*))?$/.exec(line) ?? [];
    if (key === "---" || key === "+++") this.#name(key, value, file);
    else if (key === "old mode") file.mode.old = value;
    else if (key === "new mode") file.mode.now = value;
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
  const lines = text.split("\n");
  if (lines.at(-1) === "") lines.pop();
  const parser = new Parser(lines.map((line) => (line.endsWith("\r") ? line.slice(0, -1) : line)));
  let start = 0;
  lines.forEach((line, index) => {
    parser.line(index, start);
    start += line.length + 1;
  });
  return parser.items.filter((item) => item.kind === "file" || item.text.trim() !== "");
}

/** How many items will stay what they are when more text comes: all before the last file. */
export const settled = (items: readonly Item[]): number => Math.max(0, items.findLastIndex((item) => item.kind === "file"));
