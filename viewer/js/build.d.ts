// What scripts/build-viewer.mjs puts in when it bundles.

/** The addresses of files that no script imports, under their hashed names. */
declare const ASSETS: {
  readonly wasm: string;
  readonly documentsWasm: string;
  readonly encodingsWasm: string;
  readonly katexStyle: string;
  /** Sheets that come with a renderer, by their names in `static/styles/renderers`. */
  readonly styles: Readonly<Record<string, string>>;
  readonly pdfWorker: string;
  readonly tableWorker: string;
  readonly parquetWorker: string;
  /** A folder, with its slash, that holds `cmaps/`, `standard_fonts/`, `wasm/` and `iccs/`. */
  readonly pdfData: string;
};

/** What the frame's page may load; `scripts/frame-libraries.mjs` has the names. */
declare const FRAME_ASSETS: {
  readonly libraries: Readonly<Record<string, string>>;
  readonly leafletStyle: string;
};

declare module "vitrine-wasm" {
  export default function init(options: { module_or_path: string }): Promise<unknown>;
  export function start(bridge: unknown, session: unknown): void;
}

declare module "vitrine-documents" {
  export default function init(options: { module_or_path: string }): Promise<unknown>;
  export function render_markdown(text: string): string;
  export class NotebookReader {
    constructor(tail: Uint8Array);
    push(bytes: Uint8Array): string | undefined;
    finish(): string;
    widget(model: string): string | undefined;
    free(): void;
  }
}

declare module "vitrine-encodings" {
  export default function init(options: { module_or_path: string }): Promise<unknown>;
  export function guess(bytes: Uint8Array): string;
}

/** The package says what the whole of it exports; of its parts, only what is imported by themselves. */
declare module "hyparquet-compressors/src/gzip.js" {
  export function gunzip(input: Uint8Array, output: Uint8Array): Uint8Array;
}

declare module "hyparquet-compressors/src/brotli.js" {
  export function decompressBrotli(input: Uint8Array, outputLength: number): Uint8Array;
}

declare module "hyparquet-compressors/src/lz4.js" {
  export function decompressLz4(input: Uint8Array, outputLength: number): Uint8Array;
  export function decompressLz4Raw(input: Uint8Array, outputLength: number): Uint8Array;
}

/** zlib's own interface, as far as it is called here; the package has no types. */
declare module "pako/lib/zlib/zstream.js" {
  export default class ZStream {
    input: Uint8Array;
    next_in: number;
    avail_in: number;
    output: Uint8Array;
    next_out: number;
    avail_out: number;
  }
}

declare module "pako/lib/zlib/crc32.js" {
  export default function crc32(crc: number, bytes: Uint8Array, length: number, position: number): number;
}

declare module "pako/lib/zlib/inflate.js" {
  import type ZStream from "pako/lib/zlib/zstream.js";
  const zlib: {
    inflateInit2(stream: ZStream, windowBits: number): number;
    inflateReset(stream: ZStream): number;
    inflate(stream: ZStream, flush: number): number;
  };
  export default zlib;
}

/** As `scripts/epsg.mjs` leaves it: a PROJ string, then north, west, south and east. */
declare module "epsg-index/all.json" {
  const index: Readonly<Record<string, readonly [string, number, number, number, number]>>;
  export default index;
}

declare module "markdown-it-emoji/lib/data/full.mjs" {
  const table: Readonly<Record<string, string>>;
  export default table;
}
