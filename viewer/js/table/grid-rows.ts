// The rows of a grid that are near the screen. Elements are used again for other rows, and written to only where something
// changed: a table scrolls as fast as a few hundred texts can be set. Used by `grid.ts`.

import { element } from "../elements";
import type { Column } from "./rows";
import { type Area, holds, type Place } from "./selection";
import type { Widths } from "./widths";

interface Cell {
  readonly element: HTMLElement;
  text: string | undefined;
}

interface Row {
  readonly element: HTMLElement;
  readonly number: HTMLAnchorElement;
  readonly cells: Cell[];
  /** Which layout the cells' places are of. */
  layout: string;
}

/** What a drawing of the rows is made from. */
export interface Drawing {
  readonly columns: readonly Column[];
  readonly rows: readonly [number, number];
  readonly shown: readonly [number, number];
  readonly numberWidth: number;
  readonly rowHeight: number;
  /** Where the first row of all would be. */
  readonly origin: number;
  readonly active: Place;
  readonly area: Area | undefined;
  readonly marked: { readonly from: number; readonly to: number } | undefined;
  readonly needle: string;
  /** Changes when widths do. */
  readonly layout: string;
  row(position: number): { readonly number: number; readonly cells: readonly string[] } | undefined;
}

/** A text in which what was looked for is marked. */
function marked(text: string, needle: string): (Node | string)[] {
  const parts: (Node | string)[] = [];
  const lower = text.toLowerCase();
  let at = 0;
  for (let found = lower.indexOf(needle); found >= 0 && parts.length < 40; found = lower.indexOf(needle, at)) {
    parts.push(text.slice(at, found), element("mark", "", text.slice(found, found + needle.length)));
    at = found + needle.length;
  }
  return [...parts, text.slice(at)];
}

export class GridRows {
  readonly root = element("div", "grid-space");
  private readonly pool: Row[] = [];

  constructor(private readonly widths: Widths) {
    this.root.role = "rowgroup";
  }

  draw(drawing: Drawing): void {
    const [first, last] = drawing.rows;
    while (this.pool.length < last - first) this.pool.push(this.make());
    for (const spare of this.pool.splice(last - first)) spare.element.remove();
    this.pool.forEach((row, at) => this.drawRow(row, first + at, drawing));
  }

  private make(): Row {
    const number = element("a", "grid-number");
    number.role = "rowheader";
    number.ariaColIndex = "1";
    number.tabIndex = -1;
    const row = element("div", "grid-row", number);
    row.role = "row";
    this.root.append(row);
    return { element: row, number, cells: [], layout: "" };
  }

  private drawRow(row: Row, position: number, drawing: Drawing): void {
    const known = drawing.row(position);
    const { element: line, number } = row;
    line.style.transform = `translateY(${drawing.origin + position * drawing.rowHeight}px)`;
    line.dataset["position"] = String(position);
    line.ariaRowIndex = String(position + 2);
    line.classList.toggle("coming", known === undefined);
    line.classList.toggle("odd", position % 2 === 1);
    const isMarked = known !== undefined && drawing.marked !== undefined && known.number >= drawing.marked.from && known.number <= drawing.marked.to;
    line.classList.toggle("marked", isMarked);
    const label = known ? String(known.number) : "";
    if (number.textContent !== label) {
      number.textContent = label;
      number.href = `#row=${label}`;
    }
    this.place(row, drawing);
    row.cells.forEach((cell, at) => this.drawCell(cell, position, drawing.shown[0] + at, known?.cells, drawing));
  }

  /** Gives the row its cells, each at its place. */
  private place(row: Row, { shown: [first, last], layout, numberWidth, columns }: Drawing): void {
    const wanted = `${layout} ${first} ${last}`;
    if (row.layout === wanted) return;
    row.layout = wanted;
    row.number.style.width = `${numberWidth}px`;
    row.element.style.width = `${numberWidth + this.widths.total}px`;
    while (row.cells.length < last - first) {
      const cell = element("div", "grid-cell");
      cell.role = "gridcell";
      row.element.append(cell);
      row.cells.push({ element: cell, text: undefined });
    }
    for (const spare of row.cells.splice(last - first)) spare.element.remove();
    row.cells.forEach(({ element: cell }, at) => {
      const column = first + at;
      cell.ariaColIndex = String(column + 2);
      cell.dataset["column"] = String(column);
      cell.style.left = `${numberWidth + this.widths.left(column)}px`;
      cell.style.width = `${this.widths.width(column)}px`;
      cell.classList.toggle("number", columns[column]?.kind === "number");
    });
  }

  private drawCell(cell: Cell, position: number, column: number, cells: readonly string[] | undefined, { active, area, needle }: Drawing): void {
    const text = cells?.[column] ?? "";
    // What the cell says, and what is marked in it, in one word.
    const state = `${needle}\0${text}`;
    if (cell.text !== state) {
      cell.text = state;
      if (needle !== "" && text.toLowerCase().includes(needle)) cell.element.replaceChildren(...marked(text, needle));
      else cell.element.textContent = text;
    }
    const isActive = active.row === position && active.column === column;
    if (isActive !== (cell.element.id !== "")) cell.element.id = isActive ? "grid-active" : "";
    cell.element.classList.toggle("active", isActive);
    const isSelected = holds(area, position, column);
    cell.element.classList.toggle("selected", isSelected);
    if (isSelected) cell.element.ariaSelected = "true";
    else cell.element.removeAttribute("aria-selected");
  }
}
