// What cells of boards and worksheets printed: said as outputs of a notebook, so that one place decides what is drawn in the page and
// what goes to the frame. What is kept outside of the file is a placeholder. `whiteboard/` and `worksheet/` call it.

import { element, preformatted, problem } from "./elements";
import type { Mounted } from "./file";
import type { DrawnOutput } from "./notebook/drawing";
import { outputElement } from "./notebook/output";
import type { Printing } from "./notebook/shared";
import { type Row, asRow, asText } from "./records";
import type { Around } from "./rich-text";
import { t } from "./text";

/** What cells share: the frame's page, and what has to be taken down. */
export interface Cells extends Around {
  readonly frameUrl: string;
  readonly mounted: Mounted[];
}

/** An output as a notebook's file has it, or a note in its place. */
export type Printed = Row | { readonly note: string };

/** Outputs are stored under a hash when they were kept in the program's own store. */
const STORED = /^[\da-f]{40}$/;

/** One message of a kernel, as CoCalc keeps it. */
export function printedOf(message: Row): Printed[] {
  const text = asText(message.text);
  if (text !== undefined) return [{ output_type: "stream", name: message.name === "stderr" ? "stderr" : "stdout", text }];
  if (message.traceback !== undefined || message.ename !== undefined) {
    return [{ output_type: "error", ename: asText(message.ename) ?? "", evalue: asText(message.evalue) ?? "", traceback: message.traceback ?? [] }];
  }
  if (message.more_output !== undefined) return [{ note: t("cocalc.moreOutput") }];
  const data = asRow(message.data);
  if (!data) return [];
  const kept = Object.fromEntries(Object.entries(data).filter(([, value]) => !(typeof value === "string" && STORED.test(value))));
  if (Object.keys(kept).length === 0 && Object.keys(data).length > 0) return [{ note: t("cocalc.storedElsewhere") }];
  return [{ output_type: "display_data", data: kept, metadata: asRow(message.metadata) ?? {} }];
}

/** The outputs as the documents module decides them: one for each, in order. */
function decide(outputs: readonly Row[], kernel: string, cells: Cells): DrawnOutput[] {
  const book = {
    nbformat: 4,
    nbformat_minor: 5,
    metadata: { kernelspec: { name: kernel, display_name: kernel } },
    cells: [{ id: "x", cell_type: "code", execution_count: null, metadata: {}, source: "", outputs }],
  };
  const answer = cells.documents.notebook(JSON.stringify(book));
  if ("error" in answer) throw new Error(answer.error);
  return answer.ok.cells.flatMap((cell) => (cell.kind === "code" ? cell.outputs : []));
}

/** Draws what a cell printed; a failure of one cell is a box in its place. */
export function printedElement(printed: readonly Printed[], kernel: string, cells: Cells): HTMLElement {
  const place = element("div", "outputs");
  // The state of widgets was in the kernel.
  const shared: Printing = { ...cells, styled: true, widget: async () => undefined };
  let run: Row[] = [];
  const flush = () => {
    if (run.length > 0) place.append(...decide(run, kernel, cells).map((output) => outputElement(output, null, shared)));
    run = [];
  };
  try {
    for (const one of printed) {
      const note = "note" in one ? asText(one.note) : undefined;
      if (note === undefined) {
        run.push(one);
        continue;
      }
      flush();
      place.append(element("p", "left-out", note));
    }
    flush();
  } catch (error) {
    console.warn("What a cell printed could not be drawn", error);
    place.append(problem("worksheet", t("cocalc.outputFailed"), String(error)));
  }
  return place;
}

/** Code that will have its colours later. */
export interface Coloured {
  readonly place: HTMLElement;
  readonly code: string;
  readonly language: string;
}

/** A block of code, which is put on the list of those to colour. */
export function codeElement(code: string, language: string, list: Coloured[]): HTMLElement {
  const place = element("code", "", code);
  list.push({ place, code, language });
  return preformatted("snippet", place);
}

/** Colours all of them, a slice at a time; without colours the code is still all there. */
export async function colourAll(list: readonly Coloured[], signal: AbortSignal): Promise<void> {
  if (list.length === 0) return;
  try {
    const { colour } = await import("./highlight");
    for (const { place, code, language } of list) {
      if (signal.aborted) return;
      await colour(place, code, language);
      await new Promise((resolve) => setTimeout(resolve));
    }
  } catch (error) {
    console.warn("Could not colour the code", error);
  }
}
