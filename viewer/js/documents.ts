// The second wasm module: parses documents. Loaded once, when the first document is shown.

import init, { NotebookReader as WasmReader, render_markdown } from "vitrine-documents";
import type { DrawnCell, NotebookEnd } from "./notebook/drawing";

type Answer<T> = { ok: T } | { error: string };

/** A notebook that is drawn while it arrives. */
export interface NotebookReader {
  /** Takes more bytes; the cells that end in them. */
  push(bytes: Uint8Array): DrawnCell[];
  /** What is known when the last byte is there. */
  finish(): Answer<NotebookEnd>;
  /** The saved state of a widget, as JSON; known at the end. */
  widget(model: string): string | undefined;
  free(): void;
}

/** What the module offers, once it is there. */
export interface Documents {
  /** HTML that must be sanitised; a file's name says which Markdown it is, and without one it is GitHub's. */
  markdown(text: string, name: string): string;
  /** Begins a notebook with the last bytes of its file, or with none. */
  readNotebook(tail: Uint8Array): NotebookReader;
  /** A whole notebook that is at hand, such as one made of what a worksheet printed. */
  notebook(text: string): Answer<{ cells: DrawnCell[] }>;
}

function wholeNotebook(text: string): Answer<{ cells: DrawnCell[] }> {
  const bytes = new TextEncoder().encode(text);
  const reader = new WasmReader(bytes.subarray(-4_000));
  try {
    const cells = JSON.parse(reader.push(bytes) ?? "[]") as DrawnCell[];
    const end = JSON.parse(reader.finish()) as Answer<NotebookEnd>;
    return "error" in end ? end : { ok: { cells: [...cells, ...end.ok.cells] } };
  } finally {
    reader.free();
  }
}

const documents: Documents = {
  markdown: render_markdown,
  notebook: wholeNotebook,
  readNotebook(tail) {
    const reader = new WasmReader(tail);
    return {
      push: (bytes) => JSON.parse(reader.push(bytes) ?? "[]") as DrawnCell[],
      finish: () => JSON.parse(reader.finish()) as Answer<NotebookEnd>,
      widget: (model) => reader.widget(model),
      free: () => reader.free(),
    };
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
