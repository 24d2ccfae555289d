// What the finder is given by the wasm (`viewer/src/folder.rs`): the paths of one snapshot.

import type { Folder } from "../listing/entries";

export interface Share {
  /** The page of a path. */
  page(path: string): string | undefined;
  /** What a folder holds; nothing when it is none. */
  list(path: string, signal: AbortSignal): Promise<Folder | undefined>;
  /** The manifest's index of paths, as JSON; nothing where an older program published, or the share is small. */
  index(): string | undefined;
  /** Where a blob's bytes are. */
  blob(hash: string): string | undefined;
  free(): void;
}
