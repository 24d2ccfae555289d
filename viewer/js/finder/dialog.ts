// Finds a file anywhere in the share by a few letters: a field and a list, as WAI-ARIA's combobox is. Loaded when it is first
// opened. What is found are names of the share, which are text and nothing else.

import { element } from "../elements";
import { modal } from "../keys/help";
import { SourceError, readRange } from "../source";
import { loadStyle } from "../styles";
import { loadRendererTexts, t } from "../text";
import { loadPaths } from "./load";
import { type Hit, Paths } from "./match";
import type { Share } from "./share";
import { walkPaths } from "./walk";

/** More lines than this, nobody reads. */
const SHOWN_MAX = 50;

/** Paths that still arrive change what is found at most this often. */
const AGAIN_MS = 200;

/** The paths of the share that the page is of. They stay when the dialog closes, and so does their loading. */
interface Known {
  readonly share: Share;
  readonly paths: Paths;
  state: "loading" | "complete" | "partial" | "failed";
  reason: string;
  changed: () => void;
}

let known: Known | undefined;

async function load(into: Known): Promise<void> {
  const { share, paths } = into;
  const { signal } = new AbortController();
  const index = share.index();
  const read = async (blob: string, offset: number, length: number) =>
    (await readRange({ url: share.blob(blob) ?? "", contentType: "" }, offset, offset + length, signal)).bytes;
  try {
    const { complete } = await (index === undefined
      ? walkPaths((path, end) => share.list(path, end), paths, signal, () => into.changed())
      : loadPaths({ index }, read, paths, signal, () => into.changed()));
    into.state = complete ? "complete" : "partial";
  } catch (error) {
    console.warn("The paths of the share could not be read", error);
    into.state = "failed";
    into.reason = error instanceof SourceError ? error.message : "";
    // The next time it is opened, it is tried again.
    known = undefined;
  }
  into.changed();
}

function pathsOf(share: Share): Known {
  if (known?.share === share) return known;
  known = { share, paths: new Paths(), state: "loading", reason: "", changed() {} };
  void load(known);
  return known;
}

/** A path, the letters that were found in it marked, its file's name apart from the way to it. */
function label({ path, marks }: Hit): HTMLElement {
  const name = path.lastIndexOf("/") + 1;
  const cut = (from: number, to: number): (Node | string)[] => {
    const parts: (Node | string)[] = [];
    let at = from;
    for (const [begin, end] of marks) {
      const [first, last] = [Math.max(begin, from), Math.min(end, to)];
      if (first >= last) continue;
      parts.push(path.slice(at, first), element("mark", "", path.slice(first, last)));
      at = last;
    }
    return [...parts, path.slice(at, to)];
  };
  return element("bdi", "", element("span", "way", ...cut(0, name)), element("span", "", ...cut(name, path.length)));
}

class Finder {
  readonly #field = element("input");
  readonly #list = element("div", "found");
  readonly #note = element("p", "small");
  readonly #dialog: HTMLDialogElement;
  #search = new AbortController();
  #again: ReturnType<typeof setTimeout> | undefined;
  #options: HTMLAnchorElement[] = [];
  #at = 0;

  constructor(private readonly known: Known) {
    const [field, list] = [this.#field, this.#list];
    list.id = "finder-list";
    list.role = "listbox";
    list.ariaLabel = t("finder.results");
    field.role = "combobox";
    field.placeholder = field.ariaLabel = t("finder.hint");
    field.autocomplete = "off";
    field.spellcheck = false;
    field.ariaAutoComplete = "list";
    field.setAttribute("aria-controls", list.id);
    field.addEventListener("input", () => void this.#find(true));
    field.addEventListener("keydown", (event) => this.#key(event));
    this.#note.role = "status";
    // A link like any other: the router goes there, and a new tab can have it.
    list.addEventListener("click", (event) => event.ctrlKey || event.metaKey || event.shiftKey || this.#dialog.close());
    this.#dialog = modal("finder", t("finder.title"), field, list, this.#note);
    this.#dialog.addEventListener("close", () => this.#end());
    known.changed = () => (this.#again ??= setTimeout(() => void this.#find(false), AGAIN_MS));
    void this.#find(true);
  }

  #end(): void {
    this.#search.abort();
    clearTimeout(this.#again);
    this.known.changed = () => {};
  }

  /** Searches; what is chosen stays so when only more paths have arrived. */
  async #find(fresh: boolean): Promise<void> {
    clearTimeout(this.#again);
    this.#again = undefined;
    this.#search.abort();
    this.#search = new AbortController();
    const { signal } = this.#search;
    const text = this.#field.value;
    const hits = await this.known.paths.find(text, SHOWN_MAX, signal).catch(() => undefined);
    if (!hits || signal.aborted) return;
    this.#options = hits.map((hit, n) => this.#option(hit, n));
    this.#list.replaceChildren(...this.#options);
    this.#field.ariaExpanded = `${hits.length > 0}`;
    this.#choose(fresh ? 0 : Math.min(this.#at, hits.length - 1));
    this.#note.textContent = this.#said(text, hits.length);
  }

  #option(hit: Hit, n: number): HTMLAnchorElement {
    const kind = hit.kind === "dir" ? "folder" : hit.kind;
    const option = element("a", `icon icon-${kind}`, label(hit));
    option.role = "option";
    option.id = `finder-${n}`;
    option.tabIndex = -1;
    option.href = this.known.share.page(hit.path) ?? "#";
    return option;
  }

  #said(text: string, count: number): string {
    const { state, reason, paths } = this.known;
    if (state === "failed") return reason || t("finder.failed");
    const said: string[] = [];
    if (count >= SHOWN_MAX) said.push(t("finder.more", { count }));
    else if (count > 0) said.push(t("finder.found", { count }));
    else if (text.trim() !== "" && state !== "loading") said.push(t("finder.none"));
    if (state === "loading") said.push(t("finder.reading"));
    if (state === "partial") said.push(t("finder.partial", { count: paths.length }));
    return said.join(" ");
  }

  #choose(at: number): void {
    this.#at = Math.max(0, at);
    this.#options.forEach((option, n) => (option.ariaSelected = `${n === this.#at}`));
    const chosen = this.#options[this.#at];
    if (chosen) this.#field.setAttribute("aria-activedescendant", chosen.id);
    else this.#field.removeAttribute("aria-activedescendant");
    chosen?.scrollIntoView({ block: "nearest" });
  }

  #key(event: KeyboardEvent): void {
    const count = this.#options.length;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (event.isComposing || (step === undefined && event.key !== "Enter")) return;
    event.preventDefault();
    if (step !== undefined) this.#choose((this.#at + step + count) % Math.max(count, 1));
    else this.#options[this.#at]?.click();
  }
}

export async function find(share: Share): Promise<void> {
  await Promise.all([loadRendererTexts(), loadStyle(ASSETS.styles["dialogs"] ?? "")]);
  if (document.querySelector("dialog[open]") === null) new Finder(pathsOf(share));
}
