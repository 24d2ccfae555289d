// From a manifest's path index to lines that can be searched: which ranges of which blobs, fetched a few at a time, the first
// ones short, so that there is something to find while the rest is on its way. Called by the finder's dialog.
//
// What comes from the bucket is somebody else's: its form and its numbers are looked at before they are used.

import { Paths } from "./match";
import { type Page, PageError, inflate, readPage } from "./page";

/** Where some bytes are: the blob, the first byte, how many. */
export type Extent = readonly [blob: string, offset: number, length: number];

/** Reads a range of a blob. */
export type ReadBlob = (blob: string, offset: number, length: number, signal: AbortSignal) => Promise<Uint8Array<ArrayBuffer>>;

/** What a snapshot says of its paths: one of the two, or neither where an older program published. */
export interface PathSource {
  /** The manifest's field `index`, as JSON. */
  readonly index?: string | undefined;
  /** `protocol::index::inline_page`: the text of the only page, of a snapshot that is all in its manifest. */
  readonly page?: Uint8Array | undefined;
}

/** As in `protocol/src/limits.rs`: a page has at most so many bytes, and deflate never adds a tenth; `LISTING_BYTES_MAX`. */
const PAGE_MAX = 288 * 1024;
const LIST_MAX = 8 * 1024 * 1024;

/** A tab has room for so many paths; the rest is not found, and `loadPaths` says so. */
const PATHS_MAX = 2_000_000;

/** Pages that lie end to end are fetched together up to so many bytes; the first ones up to fewer. */
const FIRST_SPAN = 64 * 1024;
const SPAN = 1024 * 1024;

/** So many requests at a time: more would keep what else the page asks for waiting. */
const AT_ONCE = 3;

/** Whether a snapshot can be searched at all. */
export function isSearchable(source: PathSource): boolean {
  return source.page !== undefined || source.index !== undefined;
}

/** A range of a blob and the pages in it, by their places in the range. */
interface Span {
  readonly blob: string;
  readonly offset: number;
  length: number;
  readonly pages: [from: number, to: number][];
}

function extent(value: unknown, max: number): Extent {
  const [blob, offset, length] = Array.isArray(value) ? (value as unknown[]) : [];
  const isNumber = (number: unknown): number is number => Number.isSafeInteger(number) && (number as number) >= 0;
  if (typeof blob !== "string" || !/^[0-9a-f]{64}$/.test(blob) || !isNumber(offset) || !isNumber(length) || length > max) {
    throw new PageError("The index names no range of a blob");
  }
  return [blob, offset, length];
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    throw new PageError("The index is not JSON");
  }
}

function extents(pages: unknown): Extent[] {
  if (!Array.isArray(pages)) throw new PageError("The index is no list of pages");
  return pages.map((page: unknown) => extent((page as { at?: unknown } | null)?.at, PAGE_MAX));
}

/** Where the pages are; of a long index, their list is fetched first. */
async function list(json: string, read: ReadBlob, signal: AbortSignal): Promise<Extent[]> {
  const index = (parse(json) ?? {}) as { pages?: unknown; at?: unknown };
  if (index.at === undefined) return extents(index.pages);
  const at = extent(index.at, LIST_MAX);
  return extents(parse(new TextDecoder().decode(await read(...at, signal))));
}

/** Joins pages that lie end to end. */
export function spans(pages: readonly Extent[]): Span[] {
  const joined: Span[] = [];
  for (const [blob, offset, length] of pages) {
    const last = joined[joined.length - 1];
    const max = joined.length <= AT_ONCE ? FIRST_SPAN : SPAN;
    if (last !== undefined && last.blob === blob && last.offset + last.length === offset && last.length + length <= max) {
      last.pages.push([last.length, last.length + length]);
      last.length += length;
    } else {
      joined.push({ blob, offset, length, pages: [[0, length]] });
    }
  }
  return joined;
}

/** What came of loading. */
export interface Loaded {
  /** Whether all paths are there: not, when there are more than a tab has room for. */
  readonly complete: boolean;
}

/**
 * Adds all paths of a snapshot to `paths`; after each step `onMore` hears how much of the index is there, from 0 to 1. Rejects
 * when something cannot be fetched or read, with a `PageError` when the index is damaged; what was added stays.
 */
export async function loadPaths(
  source: PathSource,
  read: ReadBlob,
  paths: Paths,
  signal: AbortSignal,
  onMore: (part: number) => void = () => undefined,
): Promise<Loaded> {
  if (source.page !== undefined) {
    paths.add(readPage(source.page));
    onMore(1);
    return { complete: true };
  }
  if (source.index === undefined) throw new PageError("The snapshot has no index");
  const todo = spans(await list(source.index, read, signal));
  const whole = todo.reduce((sum, span) => sum + span.length, 0);
  let [next, done] = [0, 0];
  const work = async (): Promise<void> => {
    for (let span = todo[next++]; span !== undefined && paths.length < PATHS_MAX; span = todo[next++]) {
      for (const page of await fetchSpan(span, read, signal)) paths.add(page);
      signal.throwIfAborted();
      done += span.length;
      onMore(done / Math.max(whole, 1));
    }
  };
  // Each goes on with what it can have, whatever becomes of the others.
  const ends = await Promise.allSettled(Array.from({ length: AT_ONCE }, work));
  const failed = ends.find((end) => end.status === "rejected");
  if (failed !== undefined) throw failed.reason;
  return { complete: done === whole };
}

async function fetchSpan({ blob, offset, length, pages }: Span, read: ReadBlob, signal: AbortSignal): Promise<Page[]> {
  const bytes = await read(blob, offset, length, signal);
  if (bytes.length !== length) throw new PageError("A page of the index is cut");
  const found: Page[] = [];
  for (const [from, to] of pages) found.push(readPage(await inflate(bytes.slice(from, to))));
  return found;
}
