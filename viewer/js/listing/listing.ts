// The entries of a folder: a filter, the ways to lay them out, and the keyboard's way through them. The address says how they are
// ordered and laid out; what a reader wishes goes to the wasm, which changes it and calls `arrange`.
//
// It comes with the first paint, so it is small: the grid, the finder and the help are chunks of their own.

import { button, element } from "../elements";
import { bind } from "../keys/keys";
import { t } from "../text";
import { Entries, type Folder } from "./entries";
import { COLUMNS, type Drawn, Rows, WHOLE_MAX } from "./rows";

/** From this many entries on, a field to filter them by name is worth its place. */
const FILTER_FROM = 15;

const LAYOUTS = ["list", "grid"] as const;

/** What the wasm keeps. */
export interface List {
  arrange(order: string, layout: string | undefined): void;
  destroy(): void;
}

class Listing implements List {
  readonly #entries: Entries;
  readonly #filter = element("input");
  readonly #note = element("span");
  readonly #switches: HTMLButtonElement[];
  readonly #place = element("div");
  readonly #unbind: () => void;
  #drawn: Drawn | undefined;
  #layout = "";
  #order = "name";
  #at = -1;
  #gone = false;

  constructor(
    private readonly host: HTMLElement,
    folder: Folder,
    private readonly refine: (wish: string) => void,
  ) {
    this.#entries = new Entries(folder);
    this.#switches = LAYOUTS.map((layout) => button("", t(`list.${layout}`), () => refine(layout)));
    host.append(this.#tools(), this.#place);
    this.#place.addEventListener("keydown", this.#arrows);
    document.addEventListener("keydown", this.#search);
    const unbind = [
      bind("j", "keys.next", () => this.#go(1)),
      bind("k", "keys.previous", () => this.#go(-1)),
      bind("v", "keys.layout", () => refine(this.#layout === "grid" ? "list" : "grid")),
      ...(this.#hasFilter ? [bind("/", "keys.filter", () => this.#filter.focus())] : []),
    ];
    this.#unbind = () => unbind.forEach((one) => one());
  }

  arrange(order: string, layout: string | undefined): void {
    this.#order = order;
    const wanted = layout ?? (this.#entries.folder.gallery() ? "grid" : "list");
    this.#switches.forEach((one, n) => (one.ariaPressed = `${LAYOUTS[n] === wanted}`));
    if (wanted === this.#layout) return this.#show();
    this.#layout = wanted;
    if (wanted === "list") this.#draw(new Rows(this.#entries, this.refine));
    else void this.#drawGrid();
  }

  destroy(): void {
    this.#gone = true;
    this.#unbind();
    document.removeEventListener("keydown", this.#search);
    this.#drawn?.destroy();
    this.#entries.folder.free();
    // The next folder's list may be drawn into the same element.
    this.host.replaceChildren();
  }

  get #hasFilter(): boolean {
    return this.#entries.length >= FILTER_FROM;
  }

  #tools(): HTMLElement {
    const filter = this.#filter;
    filter.type = "search";
    filter.placeholder = filter.ariaLabel = t("list.filter");
    filter.autocomplete = "off";
    filter.spellcheck = false;
    filter.addEventListener("input", () => this.#show());
    filter.addEventListener("keydown", (event) => {
      if (event.key === "ArrowDown" || event.key === "Enter") this.#focus(0, event);
    });
    this.#note.role = "status";
    const layouts = element("span", "switch", ...this.#switches);
    layouts.role = "group";
    layouts.ariaLabel = t("list.layout");
    const find = button("tool", t("list.find"), () => {});
    const help = button("tool", "?", () => {});
    find.dataset["opens"] = "find";
    help.dataset["opens"] = "keys";
    help.ariaLabel = help.title = t("list.keys");
    return element("div", "list-tools", ...(this.#hasFilter ? [filter, this.#note] : []), element("span", "right", find, layouts, help));
  }

  async #drawGrid(): Promise<void> {
    this.host.dataset["rendered"] = "pending";
    try {
      const { grid } = await import("./grid");
      const drawn = await grid(this.#entries);
      if (this.#layout === "grid" && !this.#gone) this.#draw(drawn);
    } catch (error) {
      console.warn("The grid could not be loaded", error);
      if (!this.#gone) this.arrange(this.#order, "list");
    }
    this.host.dataset["rendered"] = "done";
  }

  #draw(drawn: Drawn): void {
    this.#drawn?.destroy();
    this.#drawn = drawn;
    this.#place.replaceChildren(drawn.element);
    this.#show();
  }

  #show(): void {
    const total = this.#entries.length;
    const places = this.#entries.arranged(this.#order, this.#filter.value.trim());
    this.#at = -1;
    this.#note.textContent = places.length < total ? t("list.filtered", { found: places.length, total }) : "";
    this.#sayOrder();
    this.#drawn?.show(places);
    performance.mark("vitrine-listed");
  }

  #sayOrder(): void {
    if (!(this.#drawn instanceof Rows)) return;
    const descending = this.#order.startsWith("-");
    const column = this.#order.replace("-", "");
    this.#drawn.heads.forEach((head, n) => {
      head.ariaSort = COLUMNS[n] !== column ? "none" : descending ? "descending" : "ascending";
    });
  }

  #focus(at: number, event?: Event): void {
    const link = at < 0 ? undefined : this.#drawn?.link(at);
    if (!link) return;
    event?.preventDefault();
    this.#at = at;
    link.focus();
    link.scrollIntoView({ block: "nearest" });
  }

  #go(step: number, event?: Event): void {
    this.#focus(Math.max(0, (this.#drawn?.focused() ?? this.#at) + step), event);
  }

  /** Arrows go from link to link once one has the focus; before that they scroll, as on every page. */
  readonly #arrows = (event: KeyboardEvent): void => {
    const drawn = this.#drawn;
    if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey || drawn?.focused() === undefined) return;
    const steps: Record<string, number> = { ArrowDown: drawn.across(), ArrowUp: -drawn.across() };
    if (this.#layout === "grid") Object.assign(steps, { ArrowRight: 1, ArrowLeft: -1 });
    const step = steps[event.key];
    if (step !== undefined) this.#go(step, event);
  };

  /** The browser's own search would find only what is in the page; a second Ctrl+F is left to it. */
  readonly #search = (event: KeyboardEvent): void => {
    const isLong = this.#entries.length > WHOLE_MAX && document.activeElement !== this.#filter;
    if (event.key !== "f" || !(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey || !isLong) return;
    event.preventDefault();
    this.#filter.select();
    this.#filter.focus();
  };
}

/** Called by the wasm. */
export const list = (host: HTMLElement, folder: Folder, refine: (wish: string) => void): List => new Listing(host, folder, refine);
