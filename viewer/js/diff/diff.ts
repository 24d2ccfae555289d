// A unified diff: its files at the top, a box for each, and what is no diff as it stands. Of a large one the first part is shown at
// once, the rest when the reader asks for it.

import { more } from "../code/more";
import { TextParts } from "../code/parts";
import { button, element, folded } from "../elements";
import { type Choose, rereadable } from "../encodings/address";
import { encodingChoice, isDoubtful } from "../encodings/choice";
import type { FileInput, Mounted } from "../file";
import { loadStyle } from "../styles";
import { t } from "../text";
import { box, counts, nameOf, rest, rowsOf } from "./box";
import { type FileDiff, type Item, parse, settled } from "./parse";

/** When this many rows are drawn, the boxes that follow come closed. */
const OPEN_ROWS_MAX = 5_000;

/** With more files than this, the list of them comes closed. */
const OPEN_FILES_MAX = 50;

export const diff = (host: HTMLElement, input: FileInput, signal: AbortSignal): Promise<Mounted> => rereadable(host, input, signal, drawn);

async function drawn(host: HTMLElement, input: FileInput, signal: AbortSignal, choose: Choose): Promise<Mounted> {
  const parts = new TextParts(input, signal);
  const [text] = await Promise.all([parts.next(), loadStyle(ASSETS.styles.diff ?? "")]);
  if (signal.aborted) return { destroy() {} };
  const page = new Page(parts.encoding !== undefined && isDoubtful(parts.encoding, text) ? [encodingChoice(parts.encoding, choose)] : []);
  page.add(text);
  const left = more(parts, (text) => page.add(text), signal);
  host.replaceChildren(page.bar, page.element, left.bar);
  showFragment(host, input.fragment);
  return { destroy() {}, showFragment: (fragment) => showFragment(host, fragment) };
}

/** Opens the box that the address names, and goes there. */
function showFragment(host: HTMLElement, fragment: string): void {
  if (!/^diff-\d{1,7}$/.test(fragment)) return;
  const file = host.querySelector<HTMLDetailsElement>(`#${fragment}`);
  if (!file) return;
  file.open = true;
  file.scrollIntoView();
}

class Page {
  readonly bar = element("div", "tools");
  readonly element = element("div", "diff-items");
  readonly #contents = element("div");
  readonly #list = element("div");
  #items: Item[] = [];
  #rows = 0;
  /** The text from where the last file begins: it and what follows it may be something else when more is there. */
  #tail = "";

  /** `beside` stands in the bar, whatever comes. */
  constructor(private readonly beside: readonly HTMLElement[]) {
    this.element.append(this.#contents, this.#list);
  }

  get #files(): FileDiff[] {
    return this.#items.filter((item) => item.kind === "file");
  }

  add(text: string): void {
    this.#tail += text;
    const kept = settled(this.#items);
    for (const item of this.#items.splice(kept)) {
      this.#list.lastElementChild?.remove();
      if (item.kind === "file") this.#rows -= rowsOf(item);
    }
    const found = parse(this.#tail);
    const before = this.#files.length;
    this.#items.push(...found);
    this.#tail = this.#tail.slice(found[settled(found)]?.start ?? 0);
    this.#draw(found, before);
    this.#tell();
  }

  /** `before` counts the files that are there. */
  #draw(items: readonly Item[], before: number): void {
    for (const item of items) {
      if (item.kind === "rest") {
        this.#list.append(rest(item));
        continue;
      }
      before += 1;
      this.#list.append(box(item, `diff-${before}`, this.#rows < OPEN_ROWS_MAX));
      this.#rows += rowsOf(item);
    }
  }

  #tell(): void {
    const files = this.#files;
    const sum = (of: (file: FileDiff) => number) => files.reduce((total, file) => total + of(file), 0);
    const facts = element("span", "tools-note", files.length > 0 ? t("diff.files", { count: files.length }) : t("diff.none"));
    if (files.length > 0) facts.append(" ", counts(sum((file) => file.added), sum((file) => file.removed)));
    const all = (open: boolean) => this.#list.querySelectorAll<HTMLDetailsElement>(".diff-file").forEach((file) => (file.open = open));
    this.bar.replaceChildren(facts, ...this.beside, ...(files.length > 1 ? [button("tool", t("diff.unfold"), () => all(true)), button("tool", t("diff.fold"), () => all(false))] : []));
    this.#contents.replaceChildren(...(files.length > 1 ? [contents(files)] : []));
  }
}

function contents(files: readonly FileDiff[]): HTMLElement {
  const list = element("ul", "", ...files.map((file, index) => {
    const link = element("a", "", nameOf(file));
    link.href = `#diff-${index + 1}`;
    return element("li", "", link, " ", counts(file.added, file.removed));
  }));
  const fold = folded("diff-contents-fold", t("diff.contents"), list);
  fold.open = files.length <= OPEN_FILES_MAX;
  const nav = element("nav", "diff-contents", fold);
  nav.setAttribute("aria-label", t("diff.contents"));
  return nav;
}
