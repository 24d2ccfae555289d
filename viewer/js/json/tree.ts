// The JSON tree on the page, by the pattern of WAI-ARIA: one stop for Tab, arrows inside. What is folded is not in the page. It
// refuses nothing; texts go in as text. The JSON page calls it.

import { element } from "../elements";
import { number, t } from "../text";
import { type Row, below, hasBelow, rootRow, shown } from "./rows";
import type { Value } from "./scan";

/** So many rows are opened without being asked, level by level. */
const OPEN_AT_FIRST = 60;

interface Item {
  readonly row: Row;
  readonly element: HTMLLIElement;
  readonly level: number;
}

export class Tree {
  readonly element = element("ul", "json-tree");
  readonly #text: string;
  readonly #items = new WeakMap<Element, Item>();
  readonly #root: Item;
  #current: Item;
  readonly #onCurrent: (row: Row) => void;

  constructor(text: string, root: Value, label: string, onCurrent: (row: Row) => void) {
    this.#text = text;
    this.#onCurrent = onCurrent;
    this.element.setAttribute("role", "tree");
    this.element.setAttribute("aria-label", label);
    this.#root = this.#make(rootRow(root), 1);
    this.element.append(this.#root.element);
    this.#current = this.#root;
    this.#root.element.tabIndex = 0;
    this.element.addEventListener("click", (event) => this.#click(event));
    this.element.addEventListener("keydown", (event) => this.#key(event));
    this.#openSome();
    this.#select(this.#root, false);
  }

  get current(): Row {
    return this.#current.row;
  }

  /** Opens what leads to a place of the text, and goes there. */
  reveal(at: number): void {
    let item = this.#root;
    for (;;) {
      if (!hasBelow(item.row)) break;
      this.#open(item);
      const next = this.#childrenOf(item).find(({ row }) => row.start <= at && at < row.end);
      if (!next) break;
      item = next;
    }
    this.#select(item, true);
    item.element.scrollIntoView({ block: "center" });
  }

  #openSome(): void {
    const level = [this.#root];
    let rows = 0;
    for (let item = level.shift(); item; item = level.shift()) {
      if (!hasBelow(item.row) || item.row.range || (rows > 0 && rows + item.row.value.count > OPEN_AT_FIRST)) continue;
      this.#open(item);
      const children = this.#childrenOf(item);
      rows += children.length;
      level.push(...children);
    }
  }

  #make(row: Row, level: number): Item {
    const made = element("li");
    made.setAttribute("role", "treeitem");
    made.setAttribute("aria-level", String(level));
    made.tabIndex = -1;
    const item: Item = { row, element: made, level };
    this.#items.set(made, item);
    if (hasBelow(row)) made.setAttribute("aria-expanded", "false");
    this.#write(item, false);
    return item;
  }

  /** The row's own line. */
  #write({ row, element: made }: Item, isOpen: boolean): void {
    const line = element("div", "json-row");
    if (row.name !== "") line.append(element("span", row.range ? "json-range" : row.isKey ? "json-key" : "json-index", row.name));
    if (!row.range) {
      const { kind, count } = row.value;
      if (kind === "object" || kind === "array" || kind === "lines") {
        const seen = element("span", "json-count", kind === "object" ? `{ ${number(count)} }` : `[ ${number(count)} ]`);
        seen.setAttribute("aria-hidden", "true");
        line.append(seen, element("span", "visually-hidden", t(kind === "object" ? "json.object" : "json.array", { count })));
      } else {
        const { text, isCut } = shown(this.#text, row.value, isOpen);
        line.append(element("span", `json-${kind}`, text));
        if (isCut || isOpen) made.dataset.cut = isOpen ? "open" : "cut";
      }
    }
    const old = made.querySelector(":scope > .json-row");
    if (old) old.replaceWith(line);
    else made.append(line);
  }

  #childrenOf({ element: made }: Item): Item[] {
    return [...(made.querySelector(":scope > ul")?.children ?? [])].flatMap((child) => this.#items.get(child) ?? []);
  }

  #open(item: Item): void {
    if (item.element.ariaExpanded !== "false") return;
    const list = element("ul", "", ...below(this.#text, item.row).map((row) => this.#make(row, item.level + 1).element));
    list.setAttribute("role", "group");
    item.element.append(list);
    item.element.ariaExpanded = "true";
  }

  #close(item: Item): void {
    if (item.element.ariaExpanded !== "true") return;
    item.element.querySelector(":scope > ul")?.remove();
    item.element.ariaExpanded = "false";
    if (!this.#current.element.isConnected) this.#select(item, true);
  }

  #toggle(item: Item): void {
    if (item.element.ariaExpanded === "true") this.#close(item);
    else if (hasBelow(item.row)) this.#open(item);
    else if (item.element.dataset.cut) this.#write(item, item.element.dataset.cut === "cut");
  }

  #select(item: Item, focus: boolean): void {
    this.#current.element.tabIndex = -1;
    this.#current.element.removeAttribute("aria-selected");
    item.element.tabIndex = 0;
    item.element.setAttribute("aria-selected", "true");
    this.#current = item;
    if (focus) item.element.focus({ preventScroll: true });
    this.#onCurrent(item.row);
  }

  #click(event: MouseEvent): void {
    const line = event.target instanceof Element ? event.target.closest(".json-row") : null;
    const item = line?.parentElement && this.#items.get(line.parentElement);
    if (!item || getSelection()?.isCollapsed === false) return;
    this.#select(item, true);
    this.#toggle(item);
  }

  #key(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const now = this.#current;
    const go = (to: Item | undefined) => {
      if (!to) return;
      this.#select(to, true);
      to.element.querySelector(".json-row")?.scrollIntoView({ block: "nearest" });
    };
    const isOpen = now.element.ariaExpanded === "true";
    const keys: Record<string, () => void> = {
      ArrowDown: () => go(this.#neighbour(now, 1)),
      ArrowUp: () => go(this.#neighbour(now, -1)),
      ArrowRight: () => (isOpen ? go(this.#childrenOf(now)[0]) : this.#open(now)),
      ArrowLeft: () => (isOpen ? this.#close(now) : go(this.#parentOf(now))),
      Home: () => go(this.#root),
      End: () => go(this.#lastBelow(this.#root)),
      Enter: () => this.#toggle(now),
      " ": () => this.#toggle(now),
    };
    const act = keys[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  }

  #parentOf({ element: made }: Item): Item | undefined {
    const parent = made.parentElement?.closest("li");
    return parent ? this.#items.get(parent) : undefined;
  }

  #lastBelow(item: Item): Item {
    const last = this.#childrenOf(item).at(-1);
    return last ? this.#lastBelow(last) : item;
  }

  /** The row that stands above or below this one on the page. */
  #neighbour(item: Item, by: 1 | -1): Item | undefined {
    if (by === -1) {
      const before = item.element.previousElementSibling;
      const sibling = before ? this.#items.get(before) : undefined;
      return sibling ? this.#lastBelow(sibling) : this.#parentOf(item);
    }
    const child = this.#childrenOf(item)[0];
    if (child) return child;
    for (let up: Item | undefined = item; up; up = this.#parentOf(up)) {
      const after = up.element.nextElementSibling;
      if (after) return this.#items.get(after);
    }
    return undefined;
  }
}
