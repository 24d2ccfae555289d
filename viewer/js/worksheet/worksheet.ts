// A Sage worksheet: cells of code and what they printed, one below the other. `bridge.ts` loads it.

import { type Cells, type Coloured, type Printed, codeElement, colourAll, printedElement } from "../computed";
import { loadDocuments } from "../documents";
import { element, folded, problem } from "../elements";
import type { FileInput, Mounted } from "../file";
import { loadStyles, richElement } from "../rich-text";
import { readText } from "../source";
import { t } from "../text";
import { type Output, type SheetCell, readWorksheet } from "./model";

/** How long one slice of drawing may take before the page gets a turn. */
const SLICE_MS = 16;

/** From this many cells on, laying out those that cannot be seen would be felt. */
const LONG_FROM = 60;

export async function worksheet(host: HTMLElement, input: FileInput, signal: AbortSignal): Promise<Mounted> {
  const [documents, text] = await Promise.all([loadDocuments(), readText(input, signal), loadStyles("notebook", "worksheet")]);
  const { cells, skipped } = readWorksheet(text);
  const notes = skipped === 0 ? [] : [element("p", "small", t("sheet.skipped", { count: skipped }))];
  const mounted: Mounted[] = [];
  if (cells.length === 0) {
    host.replaceChildren(element("p", "empty", t("sheet.empty")), ...notes);
    return { destroy() {} };
  }
  const shared: Cells = { documents, links: input.links, macros: {}, signal, frameUrl: input.frameUrl, mounted };
  const column = element("div", cells.length < LONG_FROM ? "sheet-cells" : "sheet-cells sheet-long");
  host.replaceChildren(column, ...notes);
  return {
    drawn: drawAll(cells, column, shared).then(() => pointAt(host, input.fragment)),
    showFragment: (fragment) => pointAt(host, fragment),
    destroy: () => mounted.forEach((one) => one.destroy()),
  };
}

/** CoCalc's own links name a cell by its id. */
function pointAt(host: HTMLElement, fragment: string): void {
  const [, id] = /^(?:cell-|id=)([\da-f-]{1,36})$/.exec(fragment) ?? [];
  if (id !== undefined) host.querySelector(`#cell-${CSS.escape(id)}`)?.scrollIntoView({ block: "start" });
}

async function drawAll(cells: readonly SheetCell[], column: HTMLElement, shared: Cells): Promise<void> {
  const coloured: Coloured[] = [];
  let sliceEnd = performance.now() + SLICE_MS;
  for (const [n, cell] of cells.entries()) {
    column.append(cellElement(cell, n, shared, coloured));
    if (performance.now() > sliceEnd) {
      await new Promise((resolve) => setTimeout(resolve));
      if (shared.signal.aborted) return;
      sliceEnd = performance.now() + SLICE_MS;
    }
  }
  void colourAll(coloured, shared.signal);
}

function cellElement(cell: SheetCell, n: number, shared: Cells, coloured: Coloured[]): HTMLElement {
  const section = element("section", "sheet-cell");
  section.id = `cell-${cell.id}`;
  section.setAttribute("aria-label", t("sheet.cell", { number: n + 1 }));
  try {
    if (cell.source !== "") {
      const block = codeElement(cell.source, cell.language, coloured);
      // A text whose source was hidden is a text; code that was hidden can be looked at.
      if (!cell.hideSource) section.append(block);
      else if (cell.outputs.length === 0 || cell.language !== "markdown") section.append(folded("folded sheet-hidden", t("sheet.code"), block));
    }
    if (cell.outputs.length > 0) {
      const printed = outputsElement(cell, shared, coloured);
      section.append(cell.hideOutput ? folded("folded", t("sheet.output"), printed) : printed);
    }
  } catch (error) {
    console.warn("A cell could not be drawn", error);
    section.append(problem("worksheet", t("cocalc.outputFailed"), String(error)));
  }
  return section;
}

/** What the notebook's outputs know is drawn by them, in one go where it follows one another. */
function outputsElement({ outputs, language }: SheetCell, shared: Cells, coloured: Coloured[]): HTMLElement {
  const place = element("div", "sheet-outputs");
  let run: Printed[] = [];
  const flush = () => {
    if (run.length > 0) place.append(printedElement(run, language, shared));
    run = [];
  };
  for (const output of outputs) {
    const known = asNotebook(output);
    if (known) run.push(known);
    else {
      flush();
      place.append(ownElement(output, shared, coloured));
    }
  }
  flush();
  return place;
}

function asNotebook(output: Output): Printed | undefined {
  switch (output.kind) {
    case "stream":
      return { output_type: "stream", name: output.name, text: output.text };
    case "html":
      return { output_type: "display_data", data: { "text/html": output.text }, metadata: {} };
    case "tex":
      return { output_type: "display_data", data: { "text/latex": output.display ? `$$${output.text}$$` : `$${output.text}$` }, metadata: {} };
    case "file":
      return { note: output.name === "" ? t("cocalc.storedElsewhere") : t("cocalc.fileElsewhere", { name: output.name }) };
    case "lost":
      return { note: output.what === "interact" ? t("sheet.interact") : t("sheet.graphic") };
    default:
      return undefined;
  }
}

function ownElement(output: Output, shared: Cells, coloured: Coloured[]): HTMLElement {
  if (output.kind === "markdown") return richElement("", output.text, shared);
  if (output.kind === "code") return codeElement(output.text, output.mode, coloured);
  if (output.kind !== "input") return element("div", "hidden");
  return element("p", "sheet-input", element("span", "", output.prompt), " ", element("kbd", "", output.value === "" ? t("sheet.noInput") : output.value));
}
