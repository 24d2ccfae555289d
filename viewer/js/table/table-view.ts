// A table with all that is around it: the field that filters, how many rows there are, the grid, and the active cell in full.
// Used by the renderers of tables, which bring the rows.

import { button, element, problem } from "../elements";
import type { Choose } from "../encodings/address";
import type { FileInput, Mounted } from "../file";
import { size, t } from "../text";
import { Grid } from "./grid";
import type { RemoteTable } from "./remote";
import { readingPanel } from "./reading";
import { type Area, type Place, rowsOf, tabSeparated } from "./selection";

/** Rows that are copied or added up at most. */
const COPIED_MAX = 100_000;

/** Typing is followed when it pauses. */
const TYPING_MS = 180;

export class TableView implements Mounted {
  readonly drawn: Promise<void>;
  private readonly grid: Grid;
  private readonly search = element("input", "table-search");
  private readonly facts = element("p", "table-facts");
  private readonly cell = element("div", "table-cell");
  private readonly label = element("span", "table-cell-name");
  private readonly value = element("div", "table-cell-value");
  private readonly reading = element("div", "table-reading");
  private readonly nothing = element("p", "table-nothing");
  private readonly cleanup = new AbortController();
  private area: Area | undefined;
  private pointed = 0;
  private wanted: { from: number; to: number } | undefined;
  private isDrawn = false;
  private hasFailed = false;
  private resolve: () => void = () => {};
  private reject: (error: Error) => void = () => {};
  private typing: ReturnType<typeof setTimeout> | undefined;
  private needles: Record<number, string> = {};

  constructor(
    private readonly host: HTMLElement,
    private readonly input: FileInput,
    private readonly table: RemoteTable,
    private readonly choose?: Choose,
  ) {
    this.drawn = new Promise((resolve, reject) => ([this.resolve, this.reject] = [resolve, reject]));
    this.grid = new Grid(table, t("table.label", { name: input.name }), {
      row: (number, isMore) => this.point(number, isMore),
      selected: (active, area) => void this.selected(active, area),
      sort: (column) => this.sort(column),
      filter: (column, wish) => this.filterColumn(column, wish),
      copy: () => void this.copy(),
    });
    table.onChange = (moved) => this.changed(moved);
    table.onFailure = (reason) => this.fail(reason);
    host.replaceChildren(this.bar(), this.grid.root, this.nothing, this.panel());
    this.showFragment(input.fragment);
    addEventListener("keydown", (event) => this.find(event), { signal: this.cleanup.signal });
  }

  destroy(): void {
    clearTimeout(this.typing);
    this.cleanup.abort();
    this.grid.destroy();
    this.table.stop();
  }

  private bar(): HTMLElement {
    this.search.type = "search";
    this.search.placeholder = t("table.filter");
    this.search.ariaLabel = t("table.filter");
    this.search.addEventListener("input", () => this.arrangeSoon());
    const columns = button("tool", t("table.filterColumns"), (self) => {
      const isOn = this.grid.root.classList.toggle("with-filters");
      self.ariaPressed = String(isOn);
      if (!isOn) {
        this.needles = {};
        this.arrangeSoon();
      }
      this.grid.drawSoon();
    });
    columns.ariaPressed = "false";
    columns.title = t("table.filterHelp");
    this.facts.role = "status";
    return element("div", "table-bar", this.search, columns, this.facts, this.reading);
  }

  private panel(): HTMLElement {
    const copy = button("tool", t("table.copy"), (self) => void this.copy().then((done) => {
      self.textContent = t(done ? "table.copied" : "table.notCopied");
      setTimeout(() => (self.textContent = t("table.copy")), 2_000);
    }));
    this.value.tabIndex = 0;
    this.value.role = "group";
    this.value.ariaLabel = t("table.cell");
    this.cell.append(element("div", "table-cell-head", this.label, copy), this.value);
    this.cell.hidden = true;
    return this.cell;
  }

  /** Says why a table is not, or not whole; of one that has no row yet nothing else stays. */
  private fail(reason: string): void {
    if (this.hasFailed) return;
    this.hasFailed = true;
    const said = problem("table", t("table.failed"), reason);
    if (this.isDrawn && this.table.shape.columns.length > 0) this.host.prepend(said);
    else this.host.replaceChildren(said);
    if (!this.isDrawn) this.reject(new Error(reason));
  }

  /** What the reader should know besides. */
  failed(error: Error): void {
    this.fail(error.message);
  }

  /** What the text turned out to be encoded in, if it is not ASCII's. */
  encoding: string | undefined;

  /** Says how the text was taken apart, once it is known, and lets it be changed. */
  private showReading(): void {
    const { dialect } = this.table.shape;
    if (!dialect || !this.choose || this.reading.childElementCount > 0) return;
    this.reading.append(readingPanel(dialect, this.encoding, this.choose));
  }

  private changed(moved: boolean): void {
    const { shape, count } = this.table;
    this.showReading();
    if (this.hasFailed && !this.isDrawn) return;
    if (shape.complete && shape.columns.length === 0 && !this.hasFailed) this.host.replaceChildren(this.reading, element("p", "empty", t("table.empty")));
    this.grid.refresh(moved);
    const parts = [
      count === shape.rows ? t("table.rows", { count }) : t("table.rowsOf", { shown: count, count: shape.rows }),
      t("table.columns", { count: shape.columns.length }),
    ];
    if (shape.isFixed) parts.push(t("table.fixed"));
    this.host.classList.toggle("fixed-order", shape.isFixed === true);
    if (shape.dialect && shape.dialect.leftOut > 0) parts.push(t("table.leftOut", { count: shape.dialect.leftOut }));
    if (shape.cut) parts.push(t("table.cut"));
    if (!shape.complete) parts.push(t("table.reading", { read: size(shape.read), total: size(this.input.size) }));
    const text = parts.join(" · ");
    if (this.facts.textContent !== text) this.facts.textContent = text;
    this.nothing.hidden = count > 0 || shape.rows === 0;
    this.nothing.textContent = t("table.nothing");
    this.grid.root.style.setProperty("--rows", String(Math.min(count, 1_000)));
    this.goToWanted();
    const isThere = shape.complete || (shape.columns.length > 0 && this.table.row(0) !== undefined);
    if (this.isDrawn || !isThere) return;
    this.isDrawn = true;
    this.resolve();
  }

  showFragment(fragment: string): void {
    this.wanted = rowsOf(fragment);
    this.pointed = 0;
    this.grid.mark(this.wanted);
    this.goToWanted();
  }

  /** Goes to the row that the address points at, once it has come. */
  private goToWanted(): void {
    const { wanted } = this;
    if (!wanted || wanted.from > this.table.shape.rows) return;
    this.wanted = undefined;
    this.pointed = wanted.from;
    void this.table.placeOf(wanted.from).then((row) => {
      if (row >= 0) this.grid.show({ row, column: 0 }, true);
    });
  }

  private point(number: number, isMore: boolean): void {
    const [from, to] = isMore && this.pointed > 0 ? [Math.min(number, this.pointed), Math.max(number, this.pointed)] : [number, number];
    if (!isMore) this.pointed = number;
    this.grid.mark({ from, to });
    this.input.onFragment(from === to ? `row=${from}` : `row=${from}-${to}`);
  }

  private sort(column: number): void {
    if (this.table.shape.isFixed) return;
    const before = this.table.arrangement.sort;
    const next = before?.column !== column ? { column, descending: false } : before.descending ? undefined : { column, descending: true };
    this.arrange(next);
  }

  private filterColumn(column: number, wish: string): void {
    this.needles = { ...this.needles, [column]: wish };
    this.arrangeSoon();
  }

  private arrangeSoon(): void {
    clearTimeout(this.typing);
    this.typing = setTimeout(() => this.arrange(this.table.arrangement.sort), TYPING_MS);
  }

  private arrange(sort: { column: number; descending: boolean } | undefined): void {
    this.host.ariaBusy = "true";
    const arrangement = { needle: this.search.value, needles: this.needles, ...(sort ? { sort } : {}) };
    const done = () => {
      if (this.table.arrangement === arrangement) this.host.ariaBusy = "false";
    };
    this.table.arrange(arrangement).then(done, (error: Error) => {
      done();
      if (!this.cleanup.signal.aborted) this.fail(error.message);
    });
    this.grid.drawSoon();
  }

  private async selected(active: Place, area: Area | undefined): Promise<void> {
    this.area = area;
    this.cell.hidden = active.row < 0 || !area || active.row >= this.table.count;
    if (!area || this.cell.hidden) return;
    const [rows, columns] = [area.bottom - area.top + 1, area.right - area.left + 1];
    if (rows * columns > 1) {
      this.label.textContent = t("table.selection", { rows, columns });
      this.value.textContent = "";
      return;
    }
    const [row] = await this.table.whole(active.row, active.row + 1).catch(() => []);
    if (this.area !== area) return;
    this.label.textContent = t("table.place", { column: this.grid.nameOf(active.column), row: String(this.table.row(active.row)?.number ?? "") });
    this.value.textContent = row?.[active.column] ?? "";
  }

  /** Puts the selected cells on the clipboard; false where the browser refuses. */
  private async copy(): Promise<boolean> {
    const { area } = this;
    if (!area) return false;
    try {
      const rows = await this.table.whole(area.top, Math.min(area.bottom + 1, area.top + COPIED_MAX));
      const isOne = area.top === area.bottom && area.left === area.right;
      await navigator.clipboard.writeText(isOne ? (rows[0]?.[area.left] ?? "") : tabSeparated(rows, area.left, area.right));
      return true;
    } catch {
      return false;
    }
  }

  /** The browser's own search sees only the rows that are drawn. */
  private find(event: KeyboardEvent): void {
    const isFind = (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && event.key.toLowerCase() === "f";
    if (!isFind) return;
    event.preventDefault();
    this.search.focus();
    this.search.select();
  }
}
