// The screen of a terminal: rows of cells and a place in them. It is as high as `ROWS`; what is scrolled off its top is settled, and
// nothing changes it again. It refuses to be moved out of its bounds, and to make more blanks than `BLANKS_MAX`. Pure; `terminal.ts`
// calls it.

import { type Line, PLAIN, type Span, type Style } from "./style";

/** How far up a program may come back to: programs with many bars have some dozens of them. */
export const ROWS = 100;

/** How far right a program may be moved past the end of a line. */
export const COLUMNS = 1_000;

/** So many blanks may all moves of one text make: a few bytes ask for a thousand. */
const BLANKS_MAX = 2_000_000;

/** So many cells may be moved or erased by sequences that do it to a whole line. */
const WORK_MAX = 20_000_000;

/** Fewer blanks may be meant as such. */
const BLANKED_MIN = 8;

interface Cell {
  readonly character: string;
  readonly style: Style;
}

const BLANK: Cell = { character: " ", style: PLAIN };

/** Most lines never need cells: their text is only ever written at its end. */
interface Row {
  spans: Span[];
  cells: Cell[] | undefined;
}

const emptyRow = (): Row => ({ spans: [], cells: undefined });

interface Place {
  readonly row: number;
  readonly column: number;
}

export class Screen {
  style: Style = PLAIN;
  #rows: Row[] = [emptyRow()];
  #settled: Line[] = [];
  #row = 0;
  /** Where the next character stands; of a row without cells, its end. */
  #column = 0;
  #saved: Place | undefined;
  #blanks = 0;
  #work = 0;
  /** Whether anything moved off its line: then lines that are empty at the end are leftovers. */
  #hasMoved = false;
  /** Whether the screen was cleared before: then what is on it was drawn to be drawn anew. */
  #hasCleared = false;
  /** Whether it is to be cleared as soon as the program goes to a place of it. */
  #isClearing = false;
  /** Whether nothing but blanks was written since the beginning of the line. */
  #isBlanking = false;

  /** The lines that were scrolled off since the last time. */
  takeSettled(): Line[] {
    const lines = this.#settled;
    this.#settled = [];
    return lines;
  }

  /** The lines on the screen, up to the last that has something in it. */
  lines(): Line[] {
    const lines = this.#rows.map(lineOf);
    const isEmpty = (line: Line | undefined) => line !== undefined && (line.length === 0 || (this.#hasMoved && line.every(({ text, style }) => style === PLAIN && text.trim() === "")));
    if (this.#hasMoved) while (isEmpty(lines.at(-1))) lines.pop();
    else if (isEmpty(lines.at(-1))) lines.pop();
    return lines;
  }

  type(text: string): void {
    if (text === "") return;
    this.#isClearing = false;
    this.#isBlanking &&= /^ +$/.test(text);
    const row = this.#current();
    if (!row.cells) {
      const last = row.spans.at(-1);
      if (last?.style === this.style) row.spans[row.spans.length - 1] = { text: last.text + text, style: this.style };
      else row.spans.push({ text, style: this.style });
      return;
    }
    const cells = row.cells;
    this.#fill(cells);
    for (const character of text) cells[this.#column++] = { character, style: this.style };
  }

  /** To the beginning of the next line. */
  feed(): void {
    this.#isClearing = this.#isBlanking = false;
    this.#row += 1;
    this.#column = 0;
    if (this.#row < this.#rows.length) {
      this.#cells(0);
      return;
    }
    this.#rows.push(emptyRow());
    if (this.#rows.length <= ROWS) return;
    this.#settled.push(lineOf(this.#rows.shift() ?? emptyRow()));
    this.#row -= 1;
  }

  /** To the beginning of the line. What was blanked from there is erased whole, though a program may have counted too few blanks. */
  return(): void {
    const cells = this.#cells();
    if (this.#isBlanking && this.#column >= BLANKED_MIN) cells.length = 0;
    this.#column = 0;
    this.#isBlanking = true;
  }

  /** Down by some lines, or up by as many below zero, within the screen. */
  down(count: number): void {
    this.row(this.#row + count + 1);
  }

  /** To a line of the screen, counted from 1. */
  row(number: number): void {
    this.#cells();
    this.#isBlanking = false;
    this.#hasMoved = true;
    this.#row = Math.min(ROWS - 1, Math.max(0, number - 1));
    while (this.#rows.length <= this.#row) this.#rows.push(emptyRow());
    const { column } = this.#place();
    this.#cells(column);
  }

  across(count: number): void {
    this.#cells();
    this.column(this.#column + count + 1);
  }

  /** To a column, counted from 1. */
  column(number: number): void {
    this.#cells();
    this.#isBlanking = false;
    // Where a line is longer than the screen is wide, one may go on at its end.
    this.#column = Math.max(0, Math.min(number - 1, Math.max(COLUMNS - 1, this.#column)));
  }

  goTo(row: number, column: number): void {
    if (this.#isClearing) this.#clear();
    this.row(row);
    this.column(column);
  }

  save(): void {
    this.#cells();
    this.#saved = this.#place();
  }

  restore(): void {
    if (this.#saved) this.goTo(this.#saved.row + 1, this.#saved.column + 1);
  }

  /** Erases from here to the end of the screen, from its beginning to here, or all of it. */
  erase(what: number): void {
    if (!this.#affords(ROWS)) return;
    this.#cells();
    this.#hasMoved = true;
    const isHome = this.#row === 0 && this.#column === 0;
    if (isHome && what !== 1) this.#clear();
    else if (what > 1) this.#isClearing = true;
    else {
      if (what === 0) this.#rows.length = this.#row + 1;
      else this.#rows = this.#rows.map((row, at) => (at < this.#row ? emptyRow() : row));
      this.eraseLine(what);
    }
  }

  /** An empty screen. What stood on it the first time was written to stay, and does; what is drawn again and again is there once. */
  #clear(): void {
    if (!this.#hasCleared) this.#settled.push(...this.lines());
    this.#hasCleared = true;
    this.#isClearing = false;
    this.#rows = [emptyRow()];
    [this.#row, this.#column] = [0, 0];
  }

  /** Erases from here to the end of the line, from its beginning to here, or all of it. */
  eraseLine(what: number): void {
    const cells = this.#cells();
    if (what === 1 && !this.#affords(this.#column)) return;
    if (what === 0) cells.length = Math.min(cells.length, this.#column);
    else if (what === 1) cells.fill(BLANK, 0, this.#column + 1);
    else if (what === 2) cells.length = 0;
  }

  /** Blanks in place of some characters. */
  blank(count: number): void {
    if (this.#affords(Math.min(count, COLUMNS))) this.#cells().fill(BLANK, this.#column, this.#column + Math.min(count, COLUMNS));
  }

  remove(count: number): void {
    const cells = this.#cells();
    if (this.#affords(cells.length - this.#column)) cells.splice(this.#column, count);
  }

  insert(count: number): void {
    const cells = this.#cells();
    if (this.#column >= cells.length || !this.#affords(cells.length - this.#column)) return;
    const blanks = Math.min(count, COLUMNS, BLANKS_MAX - this.#blanks);
    this.#blanks += blanks;
    cells.splice(this.#column, 0, ...Array.from({ length: blanks }, () => BLANK));
  }

  insertLines(count: number): void {
    if (!this.#affords(ROWS)) return;
    this.#hasMoved = true;
    this.#cells();
    this.#rows.splice(this.#row, 0, ...Array.from({ length: Math.min(count, ROWS - this.#row) }, emptyRow));
    this.#rows.length = Math.min(this.#rows.length, ROWS);
    this.#cells(this.#column);
  }

  removeLines(count: number): void {
    if (!this.#affords(ROWS)) return;
    this.#hasMoved = true;
    this.#cells();
    this.#rows.splice(this.#row, count);
    while (this.#rows.length <= this.#row) this.#rows.push(emptyRow());
    this.#cells(this.#column);
  }

  /** As the terminal is switched on: empty. */
  reset(): void {
    this.style = PLAIN;
    this.#clear();
  }

  /** Whether there is work left for this much, which is taken from it. */
  #affords(cells: number): boolean {
    this.#work += Math.max(0, cells);
    return this.#work <= WORK_MAX;
  }

  #current(): Row {
    return (this.#rows[this.#row] ??= emptyRow());
  }

  #place(): Place {
    return { row: this.#row, column: this.#column };
  }

  /** The cells of the line, made when they are first needed; the place in it is its end, or `column`. */
  #cells(column?: number): Cell[] {
    const row = this.#current();
    if (!row.cells) {
      row.cells = row.spans.flatMap(({ text, style }) => Array.from(text, (character) => ({ character, style })));
      row.spans = [];
      this.#column = row.cells.length;
    }
    if (column !== undefined) this.#column = column;
    return row.cells;
  }

  /** Blanks up to here: one in place of all when there were too many. */
  #fill(cells: Cell[]): void {
    if (this.#blanks + this.#column - cells.length > BLANKS_MAX) this.#column = Math.min(this.#column, cells.length);
    this.#blanks += Math.max(0, this.#column - cells.length);
    while (cells.length < this.#column) cells.push(BLANK);
  }
}

function lineOf({ spans: written, cells }: Row): Line {
  if (!cells) return [...written];
  const spans: Span[] = [];
  let [text, style] = ["", PLAIN];
  for (const cell of cells) {
    if (cell.style !== style) {
      if (text !== "") spans.push({ text, style });
      [text, style] = ["", cell.style];
    }
    text += cell.character;
  }
  if (text !== "") spans.push({ text, style });
  return spans;
}
