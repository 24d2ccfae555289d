// What scripts/build-viewer.mjs puts in when it bundles.

/** The addresses of files that no script imports, under their hashed names. */
declare const ASSETS: {
  readonly wasm: string;
  readonly documentsWasm: string;
  readonly katexStyle: string;
  readonly pdfWorker: string;
  /** A folder, with its slash, that holds `cmaps/`, `standard_fonts/`, `wasm/` and `iccs/`. */
  readonly pdfData: string;
};

declare module "vitrine-wasm" {
  export default function init(options: { module_or_path: string }): Promise<unknown>;
  export function start(bridge: unknown, session: unknown): void;
}

declare module "vitrine-documents" {
  export default function init(options: { module_or_path: string }): Promise<unknown>;
  export function render_markdown(text: string): string;
  export function draw_notebook(text: string): string;
  export function read_table(text: string): string;
}
