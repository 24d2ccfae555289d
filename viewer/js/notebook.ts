// A notebook: parsed and decided by the documents module, drawn here cell by cell.
//
// Large notebooks are drawn in slices, so that the first cells can be read while the last ones are made.

import type { Mounted } from "./bridge";
import { loadDocuments } from "./documents";
import { element, folded, preformatted, problem } from "./elements";
import { type Links, type Surroundings, fill } from "./markup";
import { type DrawnOutput, outputElement } from "./notebook-output";

/** What `notebook/drawing.rs` writes. */
export interface NotebookDrawing {
  about: string;
  cells: DrawnCell[];
}

type DrawnCell =
  | { kind: "text"; id: string; html: string; attachments: [string, string][] }
  | { kind: "raw"; id: string; label: string; source: string }
  | CodeCell;

interface CodeCell {
  kind: "code";
  id: string;
  label: string;
  prompt: string;
  source: string;
  language: string;
  sourceHidden: boolean;
  outputsHidden: boolean;
  outputs: DrawnOutput[];
  outputsLeftOut: number;
}

export interface NotebookInput {
  text: string;
  fileName: string;
  links: Links;
  /** The frame origin's page for outputs that may run. */
  frameUrl: string;
}

/** What the cells of one notebook share. */
export interface Notebook extends Surroundings {
  frameUrl: string;
  /** What has to be taken down at the end. */
  mounted: Mounted[];
}

/** From this many cells on, laying out those that cannot be seen would be felt. */
const LONG_FROM = 60;

/** How long one slice of drawing may take before the page gets a turn. */
const SLICE_MS = 16;

export async function notebook(host: HTMLElement, input: NotebookInput, signal: AbortSignal): Promise<Mounted> {
  const documents = await loadDocuments();
  const shared: Notebook = { links: input.links, macros: {}, signal, frameUrl: input.frameUrl, mounted: [] };
  const answer = documents.notebook(input.text);
  let drawn = Promise.resolve();
  if ("error" in answer) await showSource(host, input, answer.error, shared);
  else if (answer.ok.cells.length === 0) host.replaceChildren(element("p", "empty", "This notebook has no cells."));
  else drawn = drawCells(host, answer.ok, shared);
  return {
    drawn,
    destroy() {
      for (const mounted of shared.mounted) mounted.destroy();
    },
  };
}

async function showSource(host: HTMLElement, input: NotebookInput, error: string, shared: Notebook): Promise<void> {
  const place = element("div", "code-view");
  host.replaceChildren(problem("notebook", "This notebook cannot be read", `Its text is shown instead, because ${error}.`), place);
  const { code } = await import("./code");
  const { text, fileName } = input;
  const source = { text, fileName, language: "json", firstLine: 0, lastLine: 0, onLines() {} };
  shared.mounted.push(await code(place, source, shared.signal));
}

/** Resolves when the last cell is in the page; colours come later. */
async function drawCells(host: HTMLElement, drawing: NotebookDrawing, shared: Notebook): Promise<void> {
  const column = element("div", drawing.cells.length < LONG_FROM ? "notebook" : "notebook notebook-long");
  host.replaceChildren(element("p", "facts notebook-facts", drawing.about), column);
  const codes: [HTMLElement, CodeCell][] = [];
  let sliceEnd = performance.now() + SLICE_MS;
  for (const cell of drawing.cells) {
    try {
      column.append(cellElement(cell, shared, codes));
    } catch (error) {
      console.warn("A cell could not be drawn", error);
      column.append(problem("notebook", "A cell could not be drawn", String(error)));
    }
    if (performance.now() > sliceEnd) {
      await new Promise((resolve) => setTimeout(resolve));
      if (shared.signal.aborted) return;
      sliceEnd = performance.now() + SLICE_MS;
    }
  }
  void colourAll(codes, shared.signal);
}

async function colourAll(codes: [HTMLElement, CodeCell][], signal: AbortSignal): Promise<void> {
  if (codes.length === 0) return;
  try {
    const { colour } = await import("./highlight");
    let sliceEnd = performance.now() + SLICE_MS;
    for (const [code, cell] of codes) {
      if (signal.aborted) return;
      await colour(code, cell.source, cell.language);
      if (performance.now() > sliceEnd) {
        await new Promise((resolve) => setTimeout(resolve));
        sliceEnd = performance.now() + SLICE_MS;
      }
    }
  } catch (error) {
    // Without colours the code is still all there.
    console.warn("Could not colour the code", error);
  }
}

function cellElement(cell: DrawnCell, shared: Notebook, codes: [HTMLElement, CodeCell][]): HTMLElement {
  const section = element("section", `cell cell-${cell.kind}`);
  section.id = cell.id;
  if (cell.kind === "text") {
    const text = element("div", "prose");
    fill(text, cell.html, shared, cell.attachments);
    section.append(text);
    return section;
  }
  section.setAttribute("aria-label", cell.kind === "raw" ? "Raw cell" : cell.label);
  if (cell.kind === "raw") {
    section.append(element("span", "prompt", cell.label), preformatted("plain", cell.source));
    return section;
  }
  const prompt = element("span", "prompt", cell.prompt);
  prompt.setAttribute("aria-hidden", "true");
  section.append(prompt, sourceElement(cell, codes));
  if (cell.outputs.length > 0) section.append(outputsElement(cell, shared));
  return section;
}

/** The code of a cell, folded when its author folded it. */
function sourceElement(cell: CodeCell, codes: [HTMLElement, CodeCell][]): HTMLElement {
  if (cell.source.trim() === "") return element("pre", "snippet snippet-empty");
  const code = element("code", "", cell.source);
  codes.push([code, cell]);
  const block = preformatted("snippet", code);
  return cell.sourceHidden ? folded("folded", "Code", block) : block;
}

function outputsElement(cell: CodeCell, shared: Notebook): HTMLElement {
  const outputs = element("div", "outputs", ...cell.outputs.map((output) => outputElement(output, shared)));
  if (cell.outputsLeftOut > 0) outputs.append(element("p", "small", `${cell.outputsLeftOut} more outputs are not shown.`));
  return cell.outputsHidden ? folded("folded", "Output", outputs) : outputs;
}
