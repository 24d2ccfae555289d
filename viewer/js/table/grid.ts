// A table of any length in a window: scrolls through a million rows, sorts by its heads, selects and copies cells by mouse,
// touch and keys. It draws what is near the screen; where the rows come from is `remote.ts`'s affair. Used by `table-view.ts`.
//
// The grid is one stop of the Tab key. The arrow keys move an active cell (`aria-activedescendant`), because the element that
// has a cell now has another one after a turn of the wheel, and must not take the focus away with it.

import { element } from "../elements";
import { GridHead, nameOf } from "./grid-head";
import { GridRows } from "./grid-rows";
import type { RemoteTable } from "./remote";
import { Scrolling } from "./scrolling";
import { type Area, areaOf, moved, type Place } from "./selection";
import { Widths } from "./widths";

const ROW_HEIGHT = 30;
/** Rows and pixels of columns that are drawn beyond the edges. */
const ROWS_AROUND = 8;
const COLUMNS_AROUND = 200;
/** The bar is put right when nothing has moved for so long. */
const STILL_MS = 160;

const NOWHERE: Place = { row: -2, column: -1 };

export interface GridEvents {
  /** The reader points at a row's number; `isMore` with the row pointed at before. */
  row(number: number, isMore: boolean): void;
  /** Another cell is active, or other cells are selected. */
  selected(active: Place, area: Area | undefined): void;
  sort(column: number): void;
  filter(column: number, wish: string): void;
  copy(): void;
}

export class Grid {
  readonly root = element("div", "grid");
  private readonly widths = new Widths();
  private readonly scrolling = new Scrolling(ROW_HEIGHT);
  private readonly head: GridHead;
  private readonly rows = new GridRows(this.widths);
  private active: Place = { row: 0, column: 0 };
  private anchor: Place = this.active;
  private marked: { from: number; to: number } | undefined;
  private ruler: HTMLElement | undefined;
  /** Before a reader has come to a cell, none is marked. */
  private isChosen = false;
  private layout = 0;
  private waiting = 0;
  private still: ReturnType<typeof setTimeout> | undefined;
  private readonly seen = new ResizeObserver(() => this.drawSoon());

  constructor(
    private readonly table: RemoteTable,
    label: string,
    private readonly events: GridEvents,
  ) {
    this.head = new GridHead(this.widths, { sort: events.sort, filter: events.filter, resize: (column, width) => this.resize(column, width) });
    this.root.role = "grid";
    this.root.tabIndex = 0;
    this.root.ariaLabel = label;
    this.root.ariaReadOnly = "true";
    this.root.ariaMultiSelectable = "true";
    this.root.append(this.head.root, this.rows.root);
    this.root.addEventListener("scroll", () => this.scrolled(), { passive: true });
    this.root.addEventListener("focus", () => this.choose());
    this.root.addEventListener("keydown", (event) => this.key(event));
    this.rows.root.addEventListener("pointerdown", (event) => this.press(event));
    this.rows.root.addEventListener("click", (event) => this.click(event));
    this.seen.observe(this.root);
  }

  destroy(): void {
    this.seen.disconnect();
    cancelAnimationFrame(this.waiting);
    clearTimeout(this.still);
  }

  /** The table has other rows or columns. */
  refresh(isMoved: boolean): void {
    const { columns } = this.table.shape;
    this.widths.fit(columns, this.character());
    this.layout += 1;
    if (isMoved) {
      this.scrolling.top = 0;
      this.active = { row: Math.min(this.active.row, 0), column: this.active.column };
      this.anchor = this.active;
      this.tell();
    }
    this.root.ariaRowCount = String(this.table.count + 1);
    this.root.ariaColCount = String(columns.length + 1);
    this.drawSoon(isMoved);
  }

  /** How wide a digit is in the grid's font. */
  private character(): number {
    this.ruler ??= this.root.appendChild(element("span", "grid-ruler", "0".repeat(20)));
    return this.ruler.offsetWidth / 20;
  }

  drawSoon(putsBar = false): void {
    cancelAnimationFrame(this.waiting);
    this.waiting = requestAnimationFrame(() => this.draw(putsBar));
  }

  /** Marks the rows of these numbers. */
  mark(rows: { from: number; to: number } | undefined): void {
    this.marked = rows;
    this.drawSoon();
  }

  /** Makes a cell the active one and scrolls to it. */
  show(place: Place, isCentred = false): void {
    this.active = place;
    this.anchor = place;
    this.reveal(isCentred);
  }

  private get body(): number {
    return this.root.clientHeight - this.head.root.offsetHeight;
  }

  private get numberWidth(): number {
    return String(this.table.shape.rows).length * 8 + 26;
  }

  private draw(putsBar: boolean): void {
    const { table, scrolling } = this;
    scrolling.resize(table.count, this.body);
    this.rows.root.style.height = `${scrolling.space}px`;
    this.rows.root.style.width = `${this.numberWidth + this.widths.total}px`;
    if (putsBar) this.root.scrollTop = scrolling.settle();
    const left = this.root.scrollLeft;
    const shown = this.widths.range(left - COLUMNS_AROUND, left + this.root.clientWidth + COLUMNS_AROUND);
    this.head.draw(table.shape.columns, shown, this.numberWidth, table.arrangement, this.isChosen && this.active.row < 0 ? this.active.column : -1);
    this.rows.draw({
      columns: table.shape.columns,
      rows: scrolling.range(ROWS_AROUND),
      shown,
      numberWidth: this.numberWidth,
      rowHeight: ROW_HEIGHT,
      origin: Math.round(this.root.scrollTop - scrolling.top),
      active: this.isChosen ? this.active : NOWHERE,
      area: this.isChosen ? areaOf(this.anchor, this.active) : undefined,
      marked: this.marked,
      needle: table.arrangement.needle.trim().toLowerCase(),
      layout: `${this.layout} ${this.numberWidth}`,
      row: (position) => table.row(position),
    });
    if (document.getElementById("grid-active")) this.root.setAttribute("aria-activedescendant", "grid-active");
    else this.root.removeAttribute("aria-activedescendant");
  }

  private scrolled(): void {
    this.scrolling.moved(this.root.scrollTop);
    this.draw(false);
    clearTimeout(this.still);
    this.still = setTimeout(() => this.draw(true), STILL_MS);
  }

  private resize(column: number, width: number): void {
    if (Number.isNaN(width)) this.widths.set(column, this.widest(column));
    else this.widths.set(column, width);
    this.layout += 1;
    this.drawSoon();
  }

  /** How wide the texts are that are drawn. */
  private widest(column: number): number {
    const cells = [...this.root.querySelectorAll<HTMLElement>(`[aria-colindex="${column + 2}"]`)];
    return Math.max(...cells.map((cell) => cell.scrollWidth + (cell.role === "columnheader" ? 24 : 2)));
  }

  private key(event: KeyboardEvent): void {
    if (event.target !== this.root || event.altKey) return;
    const { columns } = this.table.shape;
    const isFar = event.ctrlKey || event.metaKey;
    const key = event.key.toLowerCase();
    if (isFar && key === "c" && String(getSelection()) === "") this.events.copy();
    else if (isFar && key === "a") this.select({ row: 0, column: 0 }, { row: this.table.count - 1, column: columns.length - 1 });
    else if (this.active.row < 0 && (key === "enter" || key === " ")) this.events.sort(this.active.column);
    else if (this.active.row < 0 && event.shiftKey && (key === "arrowleft" || key === "arrowright")) {
      this.resize(this.active.column, this.widths.width(this.active.column) + (key === "arrowleft" ? -24 : 24));
    } else {
      const page = Math.max(1, Math.floor(this.body / ROW_HEIGHT) - 1);
      const to = moved(this.active, event.key, isFar, { rows: this.table.count, columns: columns.length, page });
      if (!to) return;
      this.active = to;
      if (!event.shiftKey) this.anchor = to;
      this.reveal(false);
    }
    event.preventDefault();
  }

  private choose(): void {
    if (this.isChosen) return;
    this.isChosen = true;
    this.tell();
    this.drawSoon();
  }

  private select(anchor: Place, active: Place): void {
    [this.anchor, this.active, this.isChosen] = [anchor, active, true];
    this.tell();
    this.drawSoon();
  }

  private reveal(isCentred: boolean): void {
    const { row, column } = this.active;
    this.isChosen = true;
    this.scrolling.resize(this.table.count, this.body);
    if (row >= 0) this.scrolling.reveal(row, isCentred);
    const room = this.root.clientWidth - this.numberWidth;
    const [left, width] = [this.widths.left(column), this.widths.width(column)];
    if (left < this.root.scrollLeft) this.root.scrollLeft = left;
    else if (left + width > this.root.scrollLeft + room) this.root.scrollLeft = Math.min(left, left + width - room);
    this.tell();
    this.draw(true);
  }

  private tell(): void {
    if (this.isChosen) this.events.selected(this.active, areaOf(this.anchor, this.active));
  }

  /** The cell at a point of the screen. */
  private at(target: EventTarget | null): Place | undefined {
    const cell = target instanceof Element ? target.closest<HTMLElement>("[data-column]") : null;
    const row = cell?.closest<HTMLElement>("[data-position]");
    return cell && row ? { row: Number(row.dataset["position"]), column: Number(cell.dataset["column"]) } : undefined;
  }

  /** A press chooses a cell, and with a mouse all that it is drawn over. */
  private press(event: PointerEvent): void {
    const place = this.at(event.target);
    if (!place || event.button !== 0) return;
    this.select(event.shiftKey ? this.anchor : place, place);
    if (event.pointerType !== "mouse") return;
    event.preventDefault();
    this.root.focus({ preventScroll: true });
    const move = (next: PointerEvent) => {
      const over = this.at(document.elementFromPoint(next.clientX, next.clientY));
      if (over && (over.row !== this.active.row || over.column !== this.active.column)) this.select(this.anchor, over);
    };
    addEventListener("pointermove", move);
    addEventListener("pointerup", () => removeEventListener("pointermove", move), { once: true });
  }

  private click(event: MouseEvent): void {
    const number = event.target instanceof Element ? event.target.closest("a.grid-number")?.textContent : undefined;
    if (!number || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    this.events.row(Number(number), event.shiftKey);
  }

  /** What the column of that index is called. */
  nameOf(column: number): string {
    return nameOf(this.table.shape.columns, column);
  }
}
