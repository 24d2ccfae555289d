// What an archive holds, as far as it is looked at: entries, and the tree that their names make. Names are text, wherever they
// say they lead; nothing here is ever written to a disk. Pure.

/** More entries are counted, not kept. */
export const ENTRIES_MAX = 100_000;

/** Where the bytes of an entry are, if they can be had by themselves. */
export interface Place {
  readonly offset: number;
  readonly packed: number;
  readonly method: "stored" | "deflated";
  /** Whether a ZIP's local header stands before the bytes. */
  readonly hasHeader: boolean;
}

export interface Entry {
  /** As it stands in the archive, folders ending with a slash. */
  readonly path: string;
  readonly size: number;
  /** Milliseconds since the epoch; NaN when the archive does not say. */
  readonly time: number;
  readonly isFolder: boolean;
  /** Why its bytes cannot be had, as a key of the catalogue, or where they are. */
  readonly place: Place | string;
  /** How it was packed, where that is why. */
  readonly method?: string;
  /** What a link points at. */
  readonly target?: string;
}

export interface Listing {
  readonly entries: readonly Entry[];
  /** How many entries the archive says it has, or were found. */
  readonly count: number;
  /** Whether there is more than was looked at. */
  readonly isCut: boolean;
  /** What is wrong with it besides, as a key of the catalogue. */
  readonly problem?: string | undefined;
}

/** The archive is not what it says; the message is a key of the catalogue. */
export class ArchiveError extends Error {
  override name = "ArchiveError";
}

export interface Folder {
  readonly name: string;
  readonly folders: Map<string, Folder>;
  readonly files: { readonly name: string; readonly entry: Entry }[];
  /** Files in it and below. */
  count: number;
  size: number;
}

/** Folders deeper than this are not told apart; a name may have 32,000 slashes. */
const DEPTH_MAX = 64;

const folder = (name: string): Folder => ({ name, folders: new Map(), files: [], count: 0, size: 0 });

/** Puts the entries into folders by their names. */
export function treeOf(entries: readonly Entry[]): Folder {
  const root = folder("");
  for (const entry of entries) {
    const parts = entry.path.split("/").filter((part) => part !== "" && part !== ".");
    const last = entry.isFolder ? undefined : (parts.pop() ?? entry.path);
    const above = parts.length > DEPTH_MAX ? [...parts.slice(0, DEPTH_MAX - 1), parts.slice(DEPTH_MAX - 1).join("/")] : parts;
    let at = root;
    const way = [root];
    for (const part of above) {
      let next = at.folders.get(part);
      if (!next) at.folders.set(part, (next = folder(part)));
      way.push((at = next));
    }
    if (last === undefined) continue;
    at.files.push({ name: last, entry });
    for (const each of way) [each.count, each.size] = [each.count + 1, each.size + entry.size];
  }
  return root;
}
