// The heads of a grid's columns that are near the screen: a button that sorts, an edge that makes wider, and a field that
// filters. A head that a reader types in stays, wherever the table is scrolled to. Used by `grid.ts`.

import { button, element } from "../elements";
import { t } from "../text";
import type { Arrangement, Column } from "./rows";
import type { Widths } from "./widths";

/** How a column is called when the file gives it no name, as spreadsheets do. */
export function letters(index: number): string {
  let name = "";
  for (let rest = index + 1; rest > 0; rest = Math.floor((rest - 1) / 26)) name = String.fromCharCode(65 + ((rest - 1) % 26)) + name;
  return name;
}

export const nameOf = (columns: readonly Column[], index: number): string => columns[index]?.name || letters(index);

export interface HeadEvents {
  sort(column: number): void;
  filter(column: number, wish: string): void;
  resize(column: number, width: number): void;
}

interface Head {
  readonly cell: HTMLElement;
  readonly press: HTMLButtonElement;
  readonly type: HTMLElement;
  readonly field: HTMLInputElement;
}

export class GridHead {
  readonly root = element("div", "grid-head");
  private readonly row = element("div", "grid-row");
  private readonly corner = element("div", "grid-number");
  private readonly heads = new Map<number, Head>();

  constructor(
    private readonly widths: Widths,
    private readonly events: HeadEvents,
  ) {
    this.root.role = "rowgroup";
    this.row.role = "row";
    this.row.ariaRowIndex = "1";
    this.corner.role = "columnheader";
    this.corner.ariaColIndex = "1";
    this.corner.append(element("span", "visually-hidden", t("table.rowNumber")));
    this.row.append(this.corner);
    this.root.append(this.row);
  }

  draw(columns: readonly Column[], [first, last]: readonly [number, number], numberWidth: number, { sort, needles }: Arrangement, active: number): void {
    this.corner.style.width = `${numberWidth}px`;
    this.root.style.width = `${numberWidth + this.widths.total}px`;
    for (const [index, { cell }] of this.heads) {
      if ((index >= first && index < last) || cell.contains(document.activeElement)) continue;
      cell.remove();
      this.heads.delete(index);
    }
    for (let index = first; index < last; index += 1) {
      let head = this.heads.get(index);
      if (!head) this.heads.set(index, (head = this.make(index)));
      const column = columns[index] as Column;
      const name = nameOf(columns, index);
      if (head.press.textContent !== name) head.press.textContent = name;
      head.press.title = column.type ? `${name} (${column.type})` : name;
      head.type.textContent = column.type ?? "";
      head.cell.classList.toggle("number", column.kind === "number");
      head.cell.ariaSort = sort?.column !== index ? "none" : sort.descending ? "descending" : "ascending";
      head.cell.id = index === active ? "grid-active" : "";
      head.cell.classList.toggle("active", index === active);
      head.cell.style.left = `${numberWidth + this.widths.left(index)}px`;
      head.cell.style.width = `${this.widths.width(index)}px`;
      head.field.setAttribute("aria-label", t("table.filterColumn", { column: name }));
      if (head.field !== document.activeElement) head.field.value = needles[index] ?? "";
    }
  }

  private make(index: number): Head {
    const cell = element("div", "grid-cell");
    cell.role = "columnheader";
    cell.ariaColIndex = String(index + 2);
    const press = button("grid-sort", "", () => this.events.sort(index));
    // The arrow keys lead here; a stop for each column would put the rows out of the Tab key's reach.
    press.tabIndex = -1;
    const type = element("span", "grid-type");
    const field = element("input", "grid-filter");
    field.type = "text";
    field.placeholder = t("table.filterShort");
    field.addEventListener("input", () => this.events.filter(index, field.value));
    const edge = element("div", "grid-edge");
    edge.addEventListener("pointerdown", (event) => this.drag(event, edge, index));
    edge.addEventListener("dblclick", () => this.events.resize(index, Number.NaN));
    cell.append(press, type, field, edge);
    this.row.append(cell);
    return { cell, press, type, field };
  }

  private drag(start: PointerEvent, edge: HTMLElement, index: number): void {
    start.preventDefault();
    start.stopPropagation();
    edge.setPointerCapture(start.pointerId);
    const width = this.widths.width(index);
    const move = (event: PointerEvent) => this.events.resize(index, width + event.clientX - start.clientX);
    edge.addEventListener("pointermove", move);
    edge.addEventListener("lostpointercapture", () => edge.removeEventListener("pointermove", move), { once: true });
  }
}
