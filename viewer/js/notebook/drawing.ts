// A notebook as the documents module decides it: what `viewer/src/notebook/drawing.rs` and `reader.rs` write, name by name.

export type DrawnOutput =
  | { kind: "terminal"; look: string; text: string }
  | { kind: "html"; html: string }
  | { kind: "frame"; form: string; data: string }
  | { kind: "page"; address: string; width: number | null; height: number | null }
  | { kind: "image"; url: string; width: number | null; height: number | null; alt: string; onDark: boolean }
  | { kind: "pdf"; data: string }
  | { kind: "json"; text: string; mime: string }
  | { kind: "widget"; model: string; text: string; otherwise: DrawnOutput | null }
  | { kind: "nothing"; types: string[] };

interface AnyCell {
  id: string;
  sourceHidden: boolean;
  tags: string[];
}

export interface TextCell extends AnyCell {
  kind: "text";
  html: string;
  attachments: [string, string][];
}

export interface RawCell extends AnyCell {
  kind: "raw";
  format: string | null;
  source: string;
}

export interface CodeCell extends AnyCell {
  kind: "code";
  count: number | null;
  source: string;
  language: string;
  outputsHidden: boolean;
  scrolled: boolean | null;
  outputs: DrawnOutput[];
  outputsLeftOut: number;
}

export type DrawnCell = TextCell | RawCell | CodeCell;

/** What is known when the last byte is there. */
export interface NotebookEnd {
  kernel: string;
  format: string;
  /** Cells that could only be found in the whole. */
  cells: DrawnCell[];
}
