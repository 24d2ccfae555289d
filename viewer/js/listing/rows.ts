// The table of a folder's entries. A short one is in the page whole, so that the browser's own search and the printer have all
// of it; of a long one only the rows near the screen are, between two empty ones that keep its height. Called by `listing.ts`.

import { element } from "../elements";
import { day, size, t } from "../text";
import type { Entries } from "./entries";
import { visible } from "./window";

/** From this many rows on, not all of them are in the page: some 20 ms of layout on a slow machine. */
export const WHOLE_MAX = 1000;

export const COLUMNS = ["name", "size", "date", "type"] as const;

/** A way of drawing entries, which the keyboard can go through. */
export interface Drawn {
  readonly element: HTMLElement;
  /** Draws the entries at these places. */
  show(places: Uint32Array): void;
  /** The link at a place of what is shown, brought into view. */
  link(at: number): HTMLAnchorElement | undefined;
  /** Which link has the focus. */
  focused(): number | undefined;
  /** How many there are in a row. */
  across(): number;
  destroy(): void;
}

function space(): HTMLTableRowElement {
  const row = element("tr", "space", element("td"));
  row.ariaHidden = "true";
  return row;
}

export class Rows implements Drawn {
  readonly element: HTMLTableElement;
  readonly heads: readonly HTMLTableCellElement[];
  readonly #body = element("tbody");
  readonly #above = space();
  readonly #below = space();
  readonly #drawn = new Map<number, HTMLTableRowElement>();
  #places: Uint32Array = new Uint32Array();
  #rowHeight = 37;
  #isMeasured = false;
  #frame = 0;

  constructor(
    private readonly entries: Entries,
    sort: (column: string) => void,
  ) {
    this.heads = COLUMNS.map((column) => {
      const press = element("button", "", t(`list.${column}`));
      press.type = "button";
      press.addEventListener("click", () => sort(column));
      const head = element("th", column, press);
      head.scope = "col";
      return head;
    });
    this.element = element("table", "listing", element("thead", "", element("tr", "", ...this.heads)), this.#body);
    this.element.ariaLabel = t("list.caption");
    addEventListener("scroll", this.#later, { passive: true });
    addEventListener("resize", this.#resized);
  }

  show(places: Uint32Array): void {
    this.#places = places;
    this.#isMeasured = false;
    this.#drawn.clear();
    this.#body.replaceChildren(this.#above, this.#below);
    this.element.classList.toggle("windowed", this.#isLong);
    if (this.#isLong) this.element.ariaRowCount = `${places.length + 1}`;
    else this.element.removeAttribute("aria-rowcount");
    this.#draw();
  }

  link(at: number): HTMLAnchorElement | undefined {
    if (this.#isLong) {
      const top = this.#body.getBoundingClientRect().top + at * this.#rowHeight;
      if (top < 0 || top > innerHeight - this.#rowHeight) scrollBy({ top: top - innerHeight / 2, behavior: "instant" });
      this.#draw();
    }
    return this.#drawn.get(at)?.querySelector("a") ?? undefined;
  }

  focused(): number | undefined {
    const row = document.activeElement?.closest("tr");
    for (const [at, drawn] of this.#drawn) if (drawn === row) return at;
    return undefined;
  }

  across(): number {
    return 1;
  }

  destroy(): void {
    cancelAnimationFrame(this.#frame);
    removeEventListener("scroll", this.#later);
    removeEventListener("resize", this.#resized);
  }

  get #isLong(): boolean {
    return this.#places.length > WHOLE_MAX;
  }

  readonly #later = (): void => {
    cancelAnimationFrame(this.#frame);
    if (this.#isLong) this.#frame = requestAnimationFrame(() => this.#draw());
  };

  readonly #resized = (): void => {
    this.#isMeasured = false;
    this.#later();
  };

  /** Brings the page's rows up to what is on the screen; rows that stay are not touched, so that one keeps the focus. */
  #draw(): void {
    const count = this.#places.length;
    const above = -this.#body.getBoundingClientRect().top;
    const [from, to] = this.#isLong ? visible(above, innerHeight, this.#rowHeight, count) : [0, count];
    for (const [at, row] of this.#drawn) {
      if (at >= from && at < to) continue;
      row.remove();
      this.#drawn.delete(at);
    }
    let next: Node = this.#below;
    for (let at = to - 1; at >= from; at -= 1) {
      let row = this.#drawn.get(at);
      if (!row) {
        row = this.#row(at);
        this.#drawn.set(at, row);
        this.#body.insertBefore(row, next);
      }
      next = row;
    }
    this.#measure(from);
    this.#keep(this.#above, from);
    this.#keep(this.#below, count - to);
  }

  /** Keeps the place of rows that are not in the page. */
  #keep(space: HTMLTableRowElement, rows: number): void {
    space.hidden = rows === 0;
    space.style.setProperty("height", `${rows * this.#rowHeight}px`);
  }

  /** The style sheet gives all rows of a long list one height, which the reader's fonts decide. Once: to ask is to lay all of them out. */
  #measure(from: number): void {
    if (this.#isMeasured || !this.#isLong) return;
    const height = this.#drawn.get(from)?.getBoundingClientRect().height;
    if (height) [this.#rowHeight, this.#isMeasured] = [height, true];
  }

  #row(at: number): HTMLTableRowElement {
    const { entries } = this;
    const place = this.#places[at] ?? 0;
    const name = entries.names[place] ?? "";
    const link = element("a", `icon icon-${entries.kinds[place]}`, element("bdi", "", name));
    link.href = entries.folder.page(name) ?? "#";
    const named = element("td", "name", link);
    const target = entries.target(place);
    if (target !== undefined) named.append(element("span", "target", " → ", element("bdi", "", target)));
    const bytes = entries.sizes[place] ?? NaN;
    const time = entries.times[place] ?? NaN;
    const row = element(
      "tr",
      "",
      named,
      element("td", "size", Number.isNaN(bytes) ? "" : size(bytes)),
      element("td", "date", Number.isNaN(time) ? "" : day(time)),
      element("td", "type", entries.label(place)),
    );
    if (this.#isLong) {
      row.ariaRowIndex = `${at + 2}`;
      link.title = name;
    }
    return row;
  }
}
