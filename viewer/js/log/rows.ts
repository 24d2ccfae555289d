// The lines of a log in the page: numbered, in blocks that the browser lays out only when they come near. Text goes in as text. It
// refuses more lines than a page can hold and says so. The log page calls it.

import type { Lines } from "../code/fragment";
import { element } from "../elements";
import { lookOf } from "./style";
import type { Line } from "./terminal";

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
  #open: HTMLElement | undefined;
  #marked: Lines = { from: 0, to: 0 };

  /** All lines that are drawn. */
  get count(): number {
    return this.#ended + (this.#open ? 1 : 0);
  }

  get isFull(): boolean {
    return this.#ended >= LINES_MAX;
  }

  /** Adds lines, and the open one behind them in place of the one that was there. */
  add(lines: readonly Line[], open: Line): void {
    this.#open?.remove();
    this.#open = undefined;
    for (const line of lines) {
      if (this.isFull) return;
      this.#place(line);
      this.#ended += 1;
    }
    if (open.length > 0 && !this.isFull) this.#open = this.#place(open);
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
    const row = element("div", "log-line", ...line.map(({ text, style }) => {
      const { classes, properties } = lookOf(style);
      if (classes === "") return text;
      const span = element("span", classes, text);
      for (const [name, value] of properties) span.style.setProperty(name, value);
      return span;
    }));
    row.dataset.line = String(this.#ended + 1);
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
