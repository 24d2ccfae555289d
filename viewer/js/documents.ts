// The second wasm module: parses documents. Loaded once, when the first document is shown.

import init, { draw_notebook, read_table, render_markdown } from "vitrine-documents";
import type { NotebookDrawing } from "./notebook";
import type { Table } from "./table";

type Answer<T> = { ok: T } | { error: string };

/** What the module offers, once it is there. */
export interface Documents {
  /** HTML that must be sanitised. */
  markdown(text: string): string;
  notebook(text: string): Answer<NotebookDrawing>;
  table(text: string): Table;
}

const documents: Documents = {
  markdown: render_markdown,
  notebook: (text) => JSON.parse(draw_notebook(text)) as Answer<NotebookDrawing>,
  table(text) {
    const answer = JSON.parse(read_table(text)) as Answer<Table>;
    if ("error" in answer) throw new Error(answer.error);
    return answer.ok;
  },
};

let loading: Promise<Documents> | undefined;

/** Resolves when the module can be used; a failure is forgotten, so that the next document tries again. */
export function loadDocuments(): Promise<Documents> {
  loading ??= init({ module_or_path: ASSETS.documentsWasm }).then(
    () => documents,
    (error: unknown) => {
      loading = undefined;
      throw error;
    },
  );
  return loading;
}
