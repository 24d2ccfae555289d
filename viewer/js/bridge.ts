// The only door between the wasm and the JavaScript renderers. Each renderer is its own chunk, fetched when a file first needs
// it; a renderer that fails leaves the text of its file, if it has one, and never the page.

import { problem } from "./elements";
import type { FileInput, Mounted, Renderer } from "./file";
import { opened } from "./keys/keys";
import { list } from "./listing/listing";
import { SourceError } from "./source";
import { day, loadRendererTexts, machine, minute, number, size, t } from "./text";

/** By the names of `protocol::Presentation`; how large each may be stands in `scripts/renderers.mjs`. */
const renderers: Record<string, () => Promise<Renderer<never>>> = {
  markdown: async () => (await import("./markdown")).markdown,
  notebook: async () => (await import("./notebook/notebook")).notebook,
  table: async () => (await import("./table/table")).table,
  parquet: async () => (await import("./parquet/parquet")).parquet,
  code: async () => (await import("./code")).code,
  json: async () => (await import("./json")).json,
  log: async () => (await import("./log/log")).log,
  diff: async () => (await import("./diff/diff")).diff,
  map: async () => (await import("./map/map")).map,
  board: async () => (await import("./whiteboard/board")).board,
  slides: async () => (await import("./whiteboard/slides")).slides,
  tasks: async () => (await import("./tasks/tasks")).tasks,
  chat: async () => (await import("./chat/chat")).chat,
  worksheet: async () => (await import("./worksheet/worksheet")).worksheet,
  model: async () => (await import("./model/model")).model,
  archive: async () => (await import("./archive/archive")).archive,
  pdf: async () => (await import("./pdf/pdf")).pdf,
  image: async () => (await import("./image/image")).image,
  player: async () => (await import("./player/player")).player,
  plain: async () => (await import("./plain")).plain,
};

/** Past this a text is not shown in place of a renderer that failed. */
const PLAIN_MAX = 5_000_000;

const hasText = (input: Partial<FileInput>): input is FileInput => /charset/.test(input.contentType ?? "") && (input.size ?? Infinity) <= PLAIN_MAX;

/** Called by the wasm: draws `input` into `host`. Rejects when neither the renderer nor the text can be had. */
async function mount(name: string, host: HTMLElement, input: Partial<FileInput>, signal: AbortSignal): Promise<Mounted> {
  const load = renderers[name];
  if (!load) throw new Error(`There is no renderer called ${name}`);
  try {
    const [renderer] = await Promise.all([load() as Promise<Renderer<unknown>>, loadRendererTexts()]);
    if (signal.aborted) return { destroy() {} };
    return await renderer(host, input, signal);
  } catch (error) {
    if (signal.aborted || error instanceof SourceError || name === "plain" || !hasText(input)) throw error;
    console.warn(`The renderer ${name} failed`, error);
    host.replaceChildren(problem(name, t("part.failed"), error instanceof Error ? error.message : String(error)));
    const { plain } = await import("./plain");
    return plain(host, input, signal);
  }
}

export const bridge = { mount, list, opened, t, number, size, day, minute, machine };
