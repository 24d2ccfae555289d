// The viewer's lazy parts and how large each may be: what a reader waits for, in KB (1,000 bytes) of brotli, grammars of single
// languages aside. `scripts/build-viewer.mjs` holds the build to it.

/** The wasm, the entry script and the style sheet: all that the first listing takes. */
export const FIRST_PAINT_BUDGET = 200;

export const FRAME_PAGE_BUDGET = 6;

/**
 * By the names of `protocol::Presentation`: the chunk's entry, its budget with everything it loads at once, and what it fetches
 * besides scripts (an asset's name in `scripts/build-viewer.mjs`, or a sheet's in `static/styles/renderers`). One that reads its
 * file `whole` says up to which size the viewer lets it (`viewer/src/presentation.rs`): the page then asks for the file before
 * the viewer is there.
 */
export const RENDERERS = [
  { name: "markdown", entry: "viewer/js/markdown.ts", budget: 210, extras: ["documentsWasm", "contents"], whole: 2_000_000 },
  { name: "notebook", entry: "viewer/js/notebook/notebook.ts", budget: 215, extras: ["documentsWasm"], whole: 20_000_000 },
  { name: "table", entry: "viewer/js/table/table.ts", budget: 24, extras: ["table", "tableWorker"] },
  { name: "parquet", entry: "viewer/js/parquet/parquet.ts", budget: 60, extras: ["table", "parquetWorker"] },
  { name: "map", entry: "viewer/js/map/map.ts", budget: 80, extras: ["map"] },
  { name: "model", entry: "viewer/js/model/model.ts", budget: 200, extras: ["model"] },
  { name: "archive", entry: "viewer/js/archive/archive.ts", budget: 20, extras: ["archive"] },
  { name: "json", entry: "viewer/js/json.ts", budget: 8, extras: ["json"] },
  { name: "code", entry: "viewer/js/code.ts", budget: 140 },
  { name: "log", entry: "viewer/js/log/log.ts", budget: 14, extras: ["log"] },
  { name: "diff", entry: "viewer/js/diff/diff.ts", budget: 12, extras: ["diff"] },
  { name: "board", entry: "viewer/js/whiteboard/board.ts", budget: 40, extras: ["board", "rich-text"] },
  { name: "slides", entry: "viewer/js/whiteboard/slides.ts", budget: 40, extras: ["board", "slides", "rich-text"] },
  { name: "tasks", entry: "viewer/js/tasks/tasks.ts", budget: 30, extras: ["tasks", "rich-text"] },
  { name: "chat", entry: "viewer/js/chat/chat.ts", budget: 30, extras: ["chat", "rich-text"] },
  { name: "worksheet", entry: "viewer/js/worksheet/worksheet.ts", budget: 30, extras: ["worksheet", "rich-text"] },
  { name: "pdf", entry: "viewer/js/pdf/pdf.ts", budget: 500, extras: ["pdfWorker", "pdf"] },
  { name: "image", entry: "viewer/js/image/image.ts", budget: 12, extras: ["image"] },
  { name: "player", entry: "viewer/js/player/player.ts", budget: 12, extras: ["player"] },
];

/** Chunks that several renderers share, and those around the files. */
export const PARTS = [
  { name: "around", entry: "viewer/js/around/index.ts", budget: 8, extras: ["around"] },
  { name: "share dialog", entry: "viewer/js/around/share.ts", budget: 10 },
  { name: "finder", entry: "viewer/js/finder/dialog.ts", budget: 10, extras: ["dialogs"] },
  { name: "grid", entry: "viewer/js/listing/grid.ts", budget: 3, extras: ["grid"] },
  { name: "shortcuts", entry: "viewer/js/keys/help.ts", budget: 4, extras: ["dialogs"] },
  { name: "copy command", entry: "viewer/js/menu/copy.ts", budget: 4, extras: ["dialogs"] },
  { name: "math", entry: "viewer/js/math.ts", budget: 80, extras: ["katexStyle"] },
  { name: "encodings", entry: "viewer/pkg/encodings/encodings.js", budget: 200, extras: ["encodingsWasm"] },
  { name: "highlight", entry: "viewer/js/highlight.ts", budget: 100 },
];
