// A notebook: parsed and decided by the documents module while it arrives, drawn here cell by cell.
//
// A large file's cells are drawn as soon as their bytes are there, in slices, so that the first ones can be read while the last
// ones are under way. What the file says of itself comes last, so its end is asked for at the same time.

import { besideContents, contents, loadContentsStyle } from "../contents";
import { loadDocuments } from "../documents";
import type { NotebookReader } from "../documents";
import { element, problem } from "../elements";
import type { FileInput, Mounted } from "../file";
import { SourceError, readPieces, readRange, readText } from "../source";
import { t } from "../text";
import { CELL_GAP, cellElement, heightOf } from "./cell";
import { Colours } from "./colours";
import type { DrawnCell } from "./drawing";
import { countHeadings, headingsOf } from "./headings";
import type { Notebook } from "./shared";

/** From this size on a file is drawn while it arrives; a smaller one is there at once. */
const PIECES_FROM = 400_000;

/** What a notebook says of itself is seldom longer, but for the state of widgets. */
const TAIL = 32_000;

/** From this many cells on, laying out those that cannot be seen would be felt. */
const LONG_FROM = 40;

/** So many cells are one thing to the browser, which looks at each frame what is near: a thousand would take it longer than to draw them. */
const GROUP = 16;

/** How long one slice of drawing may take before the page gets a turn. */
const SLICE_MS = 16;

/** Below this many headings there is no contents list (`contents.ts`). */
const HEADINGS_MIN = 3;

export async function notebook(host: HTMLElement, input: FileInput, signal: AbortSignal): Promise<Mounted> {
  const [documents, file] = await Promise.all([loadDocuments(), open(input, signal), loadContentsStyle()]);
  const reader = documents.readNotebook(file.tail);
  const page = new Page(host, input, reader, signal);
  let show: () => void = () => {};
  const first = new Promise<void>((resolve) => (show = resolve));
  const drawn = page.draw(file.pieces, () => show());
  // A file that cannot be had is for the page to say; what goes wrong later stands below what there is.
  await Promise.race([first, drawn]);
  drawn.catch(() => undefined);
  return {
    drawn,
    destroy() {
      page.destroy();
    },
  };
}

interface Opened {
  tail: Uint8Array;
  pieces: AsyncIterable<Uint8Array>;
}

async function open(input: FileInput, signal: AbortSignal): Promise<Opened> {
  if (input.size < PIECES_FROM) {
    const bytes = new TextEncoder().encode(await readText(input, signal));
    return { tail: bytes.subarray(-TAIL), pieces: inPieces(bytes) };
  }
  // Both requests are under way before either is waited for.
  const pieces = readPieces(input, signal);
  const first = pieces.next();
  const rest = readRange(input, input.size - TAIL, input.size, signal).catch(() => undefined);
  const [tail, { utf8Pieces }] = await Promise.all([rest, import("../encodings/pieces")]);
  return { tail: tail?.bytes ?? new Uint8Array(), pieces: utf8Pieces(from(await first, pieces), input) };
}

/** Small enough that the first cells are drawn before the last ones are parsed. */
const PIECE = 100_000;

async function* inPieces(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += PIECE) yield bytes.subarray(at, at + PIECE);
}

async function* from(first: IteratorResult<Uint8Array<ArrayBuffer>, void>, rest: AsyncGenerator<Uint8Array<ArrayBuffer>, void>): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  if (first.done) return;
  yield first.value;
  yield* rest;
}

class Page {
  readonly #column = element("div", "notebook");
  readonly #facts = element("p", "facts notebook-facts", "\u00a0");
  readonly #list = element("div", "notebook-contents");
  readonly #shared: Notebook;
  #cells = 0;
  #group: { readonly place: HTMLElement; height: number } | undefined;
  #headings = 0;
  #isPlaced = false;
  /** Cells that came with the page (`worker/src/gateway/cells.rs`). */
  readonly #written: number;
  #sliceEnd = 0;
  #gone = false;
  #end: (ended: boolean) => void = () => {};

  constructor(
    private readonly host: HTMLElement,
    private readonly input: FileInput,
    private readonly reader: NotebookReader,
    private readonly signal: AbortSignal,
  ) {
    this.#written = host.querySelectorAll(".cell").length;
    const ended = new Promise<boolean>((resolve) => (this.#end = resolve));
    this.#shared = {
      links: input.links,
      macros: {},
      styled: true,
      signal,
      frameUrl: input.frameUrl,
      colours: new Colours(signal),
      headings: new Map(),
      mounted: [],
      widget: async (model) => ((await ended) && !this.#gone ? reader.widget(model) : undefined),
    };
  }

  /** Draws what arrives; `shown` is called when there is something to read. */
  async draw(pieces: AsyncIterable<Uint8Array>, shown: () => void): Promise<void> {
    try {
      for await (const piece of pieces) {
        const cells = this.reader.push(piece);
        if (this.signal.aborted) return;
        if (cells.length === 0) continue;
        await this.#add(cells, shown);
      }
      await this.#finish(shown);
    } catch (error) {
      if (this.signal.aborted) return;
      if (this.#cells === 0) throw error;
      this.#broken(error instanceof SourceError ? error.message : String(error));
    } finally {
      this.#end(true);
    }
  }

  async #finish(shown: () => void): Promise<void> {
    const answer = this.reader.finish();
    if ("error" in answer) {
      if (this.#cells > 0) this.#broken(answer.error);
      else await this.#showSource(answer.error);
      return;
    }
    const { kernel, format, cells } = answer.ok;
    this.#facts.textContent = t("notebook.about", { kernel, format });
    // Widgets can be asked for from here on.
    this.#end(true);
    await this.#add(cells, shown);
    if (this.signal.aborted) return;
    if (this.#cells === 0) this.host.replaceChildren(element("p", "empty", t("notebook.empty")));
    else {
      this.#place();
      this.#showContents();
    }
  }

  async #add(cells: DrawnCell[], shown: () => void): Promise<void> {
    this.#reserve(cells);
    if (this.#cells === 0) this.#sliceEnd = performance.now() + SLICE_MS;
    for (const cell of cells) {
      this.#cells += 1;
      if (this.#cells === LONG_FROM) this.#column.classList.add("notebook-long");
      this.#append(this.#cell(cell), heightOf(cell));
      if (this.#cells >= this.#written) this.#place();
      if (performance.now() < this.#sliceEnd) continue;
      if (this.#isPlaced) shown();
      await new Promise((resolve) => setTimeout(resolve));
      if (this.signal.aborted) return;
      this.#sliceEnd = performance.now() + SLICE_MS;
    }
    if (this.#isPlaced) shown();
  }

  /** Takes the place of what came with the page, when there is as much. */
  #place(): void {
    if (this.#isPlaced) return;
    this.#isPlaced = true;
    this.host.replaceChildren(this.#facts, besideContents(this.#list, this.#column));
  }

  #append(cell: HTMLElement, height: number): void {
    if (!this.#group || this.#group.place.childElementCount >= GROUP) {
      this.#group = { place: element("div", "cells"), height: 0 };
      this.#column.append(this.#group.place);
    }
    const { place } = this.#group;
    this.#group.height += height + CELL_GAP;
    cell.style.setProperty("--height", `${height}px`);
    place.style.setProperty("--height", `${this.#group.height}px`);
    place.append(cell);
  }

  /** Keeps a place for the contents list as soon as there will be one, so that nothing moves when it comes. */
  #reserve(cells: DrawnCell[]): void {
    for (const cell of cells) if (cell.kind === "text") this.#headings += countHeadings(cell.html);
    this.#list.classList.toggle("contents", this.#headings >= HEADINGS_MIN);
    this.#column.classList.toggle("notebook-alone", this.#headings < HEADINGS_MIN);
  }

  #cell(cell: DrawnCell): HTMLElement {
    try {
      return cellElement(cell, this.#shared);
    } catch (error) {
      console.warn("A cell could not be drawn", error);
      const source = element("pre", "plain", "source" in cell ? cell.source : cell.html);
      return element("div", "", problem("notebook", t("notebook.cell.failed"), String(error)), source);
    }
  }

  #showContents(): void {
    const list = contents(headingsOf(this.#column));
    if (list) this.#list.replaceWith(list);
    else this.#list.remove();
  }

  /** The file ends, or goes wrong, after some cells. */
  #broken(reason: string): void {
    this.#place();
    this.#column.append(problem("notebook", t("notebook.broken"), reason));
    this.#showContents();
  }

  async #showSource(error: string): Promise<void> {
    const place = element("div", "code-view");
    this.host.replaceChildren(problem("notebook", t("notebook.unreadable"), t("notebook.unreadable.why", { reason: error })), place);
    const [{ editor }, text] = await Promise.all([import("../code"), readText(this.input, this.signal)]);
    const { name, fragment } = this.input;
    this.#shared.mounted.push(editor(place, { text, name, language: "json", fragment, onFragment: (fragment) => this.input.onFragment(fragment) }, this.signal));
  }

  destroy(): void {
    for (const mounted of this.#shared.mounted) mounted.destroy();
    this.#gone = true;
    this.#end(false);
    this.reader.free();
  }
}

