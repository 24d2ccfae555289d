// The lines of a log in the page: numbered, in blocks that the browser lays out only when they come near. Text goes in as text. It
// refuses more lines than a page can hold and says so. The log page calls it.

import type { Lines } from "../code/fragment";
import { element } from "../elements";
import { spanNode } from "../terminal/spans";
import type { Line } from "../terminal/style";

/** Lines in one block. */
const BLOCK = 200;

/** Each line is an element at least; with more than this a page of Chromium passes 500 MB. */
export const LINES_MAX = 400_000;

/** A run longer than this is marked at its beginning only. */
const MARKED_MAX = 5_000;

export class Rows {
  readonly element = element("div", "log-lines");
  /** Lines that are ended. */
  #ended = 0;
  #open: HTMLElement[] = [];
  #marked: Lines = { from: 0, to: 0 };

  /** All lines that are drawn. */
  get count(): number {
    return this.#ended + this.#open.length;
  }

  get isFull(): boolean {
    return this.#ended >= LINES_MAX;
  }

  /** Adds lines, and the open ones behind them in place of those that were there. */
  add(lines: readonly Line[], open: readonly Line[]): void {
    for (const row of this.#open) row.remove();
    this.#open = [];
    // A block that is empty now would take the place of one that is not.
    if (this.element.lastElementChild?.childElementCount === 0) this.element.lastElementChild.remove();
    for (const line of lines) {
      if (this.isFull) return;
      this.#place(line);
      this.#ended += 1;
    }
    for (const line of open) if (this.count < LINES_MAX) this.#open.push(this.#place(line));
    this.#paint(this.#marked, true);
  }

  /** What is drawn, as text. */
  text(): string {
    return [...this.element.children].flatMap((block) => [...block.children]).map((row) => row.textContent).join("\n");
  }

  /** Marks lines in place of those that were marked; returns the first. */
  mark(lines: Lines): HTMLElement | undefined {
    this.#paint(this.#marked, false);
    this.#marked = lines;
    this.#paint(lines, true);
    return this.#row(lines.from);
  }

  #place(line: Line): HTMLElement {
    const row = element("div", "log-line", ...line.map(spanNode));
    row.dataset.line = String(this.count + 1);
    let block = this.element.lastElementChild;
    if (!block || block.childElementCount >= BLOCK) this.element.append((block = element("div", "log-block")));
    block.append(row);
    return row;
  }

  #row(number: number): HTMLElement | undefined {
    if (number < 1) return undefined;
    const row = this.element.children[Math.floor((number - 1) / BLOCK)]?.children[(number - 1) % BLOCK];
    return row instanceof HTMLElement ? row : undefined;
  }

  #paint({ from, to }: Lines, on: boolean): void {
    const last = Math.min(to, this.count, from + MARKED_MAX);
    for (let number = Math.max(1, from); number <= last; number += 1) this.#row(number)?.classList.toggle("log-linked", on);
  }
}
