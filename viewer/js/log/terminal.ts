// What a terminal wrote, as lines of styled spans: colours, carriage returns, backspaces, erased ends of lines. Pure; the log page
// calls it. It refuses whatever moves the cursor off its line or asks the terminal for something: such sequences are dropped.
// `viewer/src/ansi.rs` does the same for notebooks; the classes are the same, the colours stand in `notebook.css`.

import { PLAIN, type Style, applied } from "./style";

/** A run of text of one style. */
export interface Span {
  readonly text: string;
  readonly style: Style;
}

export type Line = readonly Span[];

interface Cell {
  readonly character: string;
  readonly style: Style;
}

// The parts of the text: a sequence with its parameters and final byte (ECMA-48, 5.4), a title or a link up to BEL or ST, any other
// escape, or one control character.
const TOKEN = /\x1b\[([0-?]*)[ -/]*([@-~]?)|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)?|\x1b[ -/]*[^[\]\x00-\x1f]?|[\x00-\x08\x0b-\x1f\x7f-\x9f]/g;

/** A sequence that may go on in the next part; longer ones are none. */
const UNFINISHED = /\x1b(?:\[[0-?]*[ -/]*|\][^\x07\x1b]{0,4000}\x1b?|[ -/]*)?$/;
const UNFINISHED_MAX = 4_100;

const CONTROL = /[\x00-\x08\x0b-\x1f\x7f-\x9f]/;

/** Reads a text that comes in parts. */
export class Terminal {
  #held = "";
  #cells: Cell[] = [];
  /** The line being written, as long as nothing was overwritten in it: most never need cells. */
  #plain = "";
  #column = 0;
  #style = PLAIN;

  /** The lines that the text ends; the last one stays open. */
  write(text: string): Line[] {
    const all = this.#held + text;
    const tail = all.slice(-UNFINISHED_MAX);
    this.#held = UNFINISHED.exec(tail)?.[0] ?? "";
    const pieces = all.slice(0, all.length - this.#held.length).split("\n");
    const last = pieces.pop() ?? "";
    const lines = pieces.map((piece) => {
      // The end of a line as Windows writes it overwrites nothing.
      this.#put(piece.endsWith("\r") ? piece.slice(0, -1) : piece);
      return this.#end();
    });
    this.#put(last);
    return lines;
  }

  /** The line that no line break has ended yet. */
  get open(): Line {
    return this.#cells.length === 0 ? spanOf(this.#plain, PLAIN) : joined(this.#cells);
  }

  #end(): Line {
    const line = this.open;
    [this.#cells, this.#plain, this.#column] = [[], "", 0];
    return line;
  }

  #put(text: string): void {
    if (this.#cells.length === 0 && this.#style === PLAIN && !CONTROL.test(text)) {
      this.#plain += text;
      return;
    }
    if (this.#plain !== "") {
      const before = this.#plain;
      this.#plain = "";
      this.#type(before, PLAIN);
    }
    let at = 0;
    for (const token of text.matchAll(TOKEN)) {
      this.#type(text.slice(at, token.index), this.#style);
      at = token.index + token[0].length;
      this.#obey(token[0], token[1] ?? "", token[2] ?? "");
    }
    this.#type(text.slice(at), this.#style);
  }

  #obey(token: string, parameters: string, final: string): void {
    if (token === "\r") this.#column = 0;
    else if (token === "\b") this.#column = Math.max(0, this.#column - 1);
    else if (final === "m") this.#style = applied(this.#style, parameters);
    else if (final === "K") this.#erase(parameters);
  }

  #type(text: string, style: Style): void {
    for (const character of text) this.#cells[this.#column++] = { character, style };
  }

  #erase(what: string): void {
    if (what === "" || what === "0") this.#cells.length = Math.min(this.#cells.length, this.#column);
    else if (what === "2") this.#cells.fill({ character: " ", style: PLAIN });
  }
}

const spanOf = (text: string, style: Style): Line => (text === "" ? [] : [{ text, style }]);

function joined(cells: readonly Cell[]): Line {
  const spans: Span[] = [];
  let [text, style] = ["", PLAIN];
  for (const cell of cells) {
    if (cell.style !== style) {
      spans.push(...spanOf(text, style));
      [text, style] = ["", cell.style];
    }
    text += cell.character;
  }
  spans.push(...spanOf(text, style));
  return spans;
}
