// The forms of a diff before the unified one: context diffs (`diff -c`), which write both sides one below the other, and normal ones
// (`diff` alone), which name no file. Pure; the parser calls it. It refuses lines that are not of the form: they are somebody else's.

import type { FileDiff, Hunk } from "./parse";

/** Takes the lines of one file, one by one. */
export interface Older {
  /** False when the line is not of this file. */
  takes(line: string, next: string): boolean;
}

const STARS = /^\*{15}/;
const OLD_SIDE = /^\*\*\* (\d+)(?:,(\d+))? \*\*\*\*$/;
const NEW_SIDE = /^--- (\d+)(?:,(\d+))? ----$/;
const COMMAND = /^(\d+)(?:,\d+)?([acd])(\d+)(?:,\d+)?$/;

/** Whether a context diff begins with these three lines. */
export const isContext = (line: string, one: string, two: string): boolean => line.startsWith("*** ") && one.startsWith("--- ") && STARS.test(two);

/** Whether a normal diff begins with these two lines. */
export const isNormal = (line: string, one: string): boolean => COMMAND.test(line) && /^[<>] /.test(one);

/** Reads on behind a file's first line. */
export const begun = (line: string, file: FileDiff): Older => (line.startsWith("*") ? new Context(file) : new Normal(file, line));

interface Side {
  line: number;
  readonly rows: { readonly sign: string; readonly text: string }[];
}

class Context implements Older {
  #hunk: Hunk | undefined;
  #old: Side = { line: 0, rows: [] };
  #now: Side = { line: 0, rows: [] };
  #side: Side | undefined;
  /** Rows that are told already. */
  #told = { added: 0, removed: 0 };

  constructor(private readonly file: FileDiff) {}

  takes(line: string, next: string): boolean {
    if (line.startsWith("--- ") && !this.#hunk && !NEW_SIDE.test(line)) return true;
    if (STARS.test(line) && OLD_SIDE.test(next)) {
      this.#hunk = { heading: line, rows: [] };
      this.file.hunks.push(this.#hunk);
      [this.#old, this.#now, this.#side, this.#told] = [{ line: 0, rows: [] }, { line: 0, rows: [] }, undefined, { added: 0, removed: 0 }];
      return true;
    }
    const [old, now] = [OLD_SIDE.exec(line), NEW_SIDE.exec(line)];
    if (old && this.#hunk) this.#side = this.#old;
    else if (now && this.#hunk) this.#side = this.#now;
    if (this.#side && (old ?? now)) {
      this.#side.line = Number((old ?? now)?.[1]);
      if (next !== "" && /^[ !+-] /.test(next) && !NEW_SIDE.test(next)) return true;
      this.#tell();
      return true;
    }
    if (!this.#side || !/^(?:[ !+-] |$)/.test(line)) return line.startsWith("\\ ") && this.#side !== undefined;
    this.#side.rows.push({ sign: line[0] ?? " ", text: line.slice(2) });
    // Both sides are there when the next line is of neither.
    if (!/^[ !+-] /.test(next) || NEW_SIDE.test(next)) this.#tell();
    return true;
  }

  /** Puts both sides together. A side that is as before is not written. */
  #tell(): void {
    const hunk = this.#hunk;
    if (!hunk) return;
    const [old, now] = [this.#old.rows, this.#now.rows];
    const before = old.length > 0 ? old : now.filter(({ sign }) => sign === " ");
    const after = now.length > 0 ? now : old.filter(({ sign }) => sign === " ");
    let [i, j] = [0, 0];
    let [oldLine, nowLine] = [this.#old.line, this.#now.line];
    hunk.rows.length = 0;
    const told = { added: 0, removed: 0 };
    while (i < before.length || j < after.length) {
      const [left, right] = [before[i], after[j]];
      if (left && left.sign !== " ") {
        hunk.rows.push({ sign: "-", text: left.text, old: oldLine++, now: undefined });
        [i, told.removed] = [i + 1, told.removed + 1];
      } else if (right && right.sign !== " ") {
        hunk.rows.push({ sign: "+", text: right.text, old: undefined, now: nowLine++ });
        [j, told.added] = [j + 1, told.added + 1];
      } else {
        hunk.rows.push({ sign: " ", text: (left ?? right)?.text ?? "", old: left ? oldLine++ : undefined, now: right ? nowLine++ : undefined });
        [i, j] = [i + 1, j + 1];
      }
    }
    this.file.added += told.added - this.#told.added;
    this.file.removed += told.removed - this.#told.removed;
    this.#told = told;
  }
}

class Normal implements Older {
  #hunk: Hunk;
  #old = 0;
  #now = 0;

  constructor(private readonly file: FileDiff, command: string) {
    this.#hunk = this.#begin(command);
  }

  #begin(command: string): Hunk {
    const hunk: Hunk = { heading: command, rows: [] };
    this.file.hunks.push(hunk);
    const [, old, , now] = COMMAND.exec(command) ?? [];
    [this.#old, this.#now] = [Number(old), Number(now)];
    return hunk;
  }

  takes(line: string, next: string): boolean {
    const [sign, text] = [line.slice(0, 2), line.slice(2)];
    if (sign === "< " || line === "<") {
      this.#hunk.rows.push({ sign: "-", text, old: this.#old++, now: undefined });
      this.file.removed += 1;
    } else if (sign === "> " || line === ">") {
      this.#hunk.rows.push({ sign: "+", text, old: undefined, now: this.#now++ });
      this.file.added += 1;
    } else if (isNormal(line, next)) this.#hunk = this.#begin(line);
    else if (line.startsWith("\\ ")) this.#hunk.rows.push({ sign: "\\", text, old: undefined, now: undefined });
    else return line === "---" && /^> /.test(next);
    return true;
  }
}
