// What a program wrote to its terminal, as lines of styled spans: it reads the text and its control sequences (ECMA-48, and what xterm
// added) and lets `screen.ts` do what they say. Pure; the pages of notebooks and of logs call it.
//
// It refuses whatever asks a terminal for something or draws pictures in it: such sequences are dropped, whole. Links are kept where
// they lead to `http` or `https`.

import { Screen } from "./screen";
import { type Line, applied, linked } from "./style";

// The parts of the text: a sequence with its parameters and final byte (ECMA-48, 5.4); a picture of pixels, in which lines may end; a
// string for the terminal up to BEL or ST, or to the end of the line when it has no end; a choice of letters; any other escape; one
// control character.
const TOKEN = /\x1b\[([0-?]*)([ -/]*)([@-~]?)|\x1bP[0-9;]*q[!-~\r\n]*|\x1b\]([^\x07\x1b\n]*)\x07?|\x1b[P^_Xk][^\x1b\n]*|\x1b([ -/]+)([0-~]?)|\x1b([0-~]?)|[\x00-\x08\x0b-\x1f\x7f-\x9f]/g;

/** A sequence that may go on in the next part, as a picture does over many; longer ones are none. */
const UNFINISHED = /^\x1b(?:\[[0-?]*[ -/]*|\][^\x07\n]*|P[0-9;]*q[!-~\r\n]*|[P^_Xk][^\n]*|[ -/]*)$/;
const UNFINISHED_MAX = 1_000_000;

const CONTROL = /[\x00-\x08\x0b-\x1f\x7f-\x9f]/;

/** The drawing letters of the VT100, from `` ` `` on: programs draw tables with them. */
const DRAWING = [..."◆▒␉␌␍␊°±␤␋┘┐┌└┼⎺⎻─⎼⎽├┤┴┬│≤≥π≠£·"];

/** Reads a text that comes in parts. */
export class Terminal {
  readonly #screen = new Screen();
  #held = "";
  /** Whether G0 and G1 are the drawing letters, and which of them is in use. */
  #isDrawing: [boolean, boolean] = [false, false];
  #inUse: 0 | 1 = 0;

  /** Takes a part; the lines that nothing can change any more. */
  write(text: string): Line[] {
    const all = this.#held + text;
    const last = all.lastIndexOf("\x1b");
    const isUnfinished = last >= 0 && all.length - last < UNFINISHED_MAX && UNFINISHED.test(all.slice(last));
    this.#held = isUnfinished ? all.slice(last) : "";
    this.#read(isUnfinished ? all.slice(0, last) : all);
    return this.#screen.takeSettled();
  }

  /** The lines that what comes may still change, without what is empty at their end. */
  get open(): Line[] {
    return this.#screen.lines();
  }

  #read(text: string): void {
    if (!CONTROL.test(text)) return this.#print(text);
    let at = 0;
    for (const token of text.matchAll(TOKEN)) {
      this.#print(text.slice(at, token.index));
      at = token.index + token[0].length;
      // The end of a line as Windows writes it overwrites nothing.
      if (token[0] === "\r" && text[at] === "\n") continue;
      this.#obey(token);
    }
    this.#print(text.slice(at));
  }

  #print(text: string): void {
    const drawn = this.#isDrawing[this.#inUse] ? text.replace(/[`-~]/g, (letter) => DRAWING[letter.charCodeAt(0) - 96] ?? letter) : text;
    let from = 0;
    for (let end = drawn.indexOf("\n"); end >= 0; end = drawn.indexOf("\n", from)) {
      this.#screen.type(drawn.slice(from, end));
      this.#screen.feed();
      from = end + 1;
    }
    this.#screen.type(drawn.slice(from));
  }

  #obey([token, parameters, between, final, command, choice, letters, escape]: RegExpExecArray | RegExpMatchArray): void {
    if (final !== undefined) {
      if (between === "") this.#sequence(final, parameters ?? "");
    } else if (command !== undefined) this.#command(command);
    else if (choice !== undefined) this.#choose(choice, letters ?? "");
    else if (escape !== undefined) this.#escape(escape);
    else if (token === "\r") this.#screen.return();
    else if (token === "\b") this.#screen.across(-1);
    else if (token === "\x0e" || token === "\x0f") this.#inUse = token === "\x0e" ? 1 : 0;
  }

  #sequence(final: string, parameters: string): void {
    const screen = this.#screen;
    if (final === "m") screen.style = applied(screen.style, parameters);
    // What only a terminal's settings know begins with one of `<=>?`.
    if (final === "m" || /^[<=>?]/.test(parameters)) return;
    const [first = 0, second = 0] = parameters.split(";").map((digits) => Number.parseInt(digits, 10) || 0);
    const count = Math.max(1, first);
    switch (final) {
      case "A": case "F": screen.down(-count); break;
      case "B": case "E": case "e": screen.down(count); break;
      case "C": case "a": screen.across(count); break;
      case "D": screen.across(-count); break;
      case "G": case "`": screen.column(count); break;
      case "H": case "f": screen.goTo(count, Math.max(1, second)); break;
      case "d": screen.row(count); break;
      case "J": screen.erase(first); break;
      case "K": screen.eraseLine(first); break;
      case "X": screen.blank(count); break;
      case "P": screen.remove(count); break;
      case "@": screen.insert(count); break;
      case "L": screen.insertLines(count); break;
      case "M": screen.removeLines(count); break;
      // With numbers these two are about margins and keys.
      case "s": if (parameters === "") screen.save(); break;
      case "u": if (parameters === "") screen.restore(); break;
    }
    if (final === "E" || final === "F") screen.column(1);
  }

  #escape(final: string): void {
    const screen = this.#screen;
    if (final === "7") screen.save();
    else if (final === "8") screen.restore();
    else if (final === "M") screen.down(-1);
    else if (final === "D") screen.down(1);
    else if (final === "E") screen.feed();
    else if (final === "c") this.#reset();
  }

  #reset(): void {
    [this.#isDrawing, this.#inUse] = [[false, false], 0];
    this.#screen.reset();
  }

  #choose(choice: string, letters: string): void {
    if (choice === "(") this.#isDrawing[0] = letters === "0";
    else if (choice === ")") this.#isDrawing[1] = letters === "0";
  }

  /** Commands of a terminal's own, of which one is a link (`8;parameters;address`). */
  #command(command: string): void {
    const link = /^8;[^;]*;(.*)$/s.exec(command);
    if (link) this.#screen.style = linked(this.#screen.style, link[1] ?? "");
  }
}

/** A whole text. */
export function linesOf(text: string): Line[] {
  const terminal = new Terminal();
  const settled = terminal.write(text);
  return [...settled, ...terminal.open];
}
