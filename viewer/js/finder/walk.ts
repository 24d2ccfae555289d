// The paths of a share without an index: an older program published it, or it is so small that its manifest holds all of it.
// Folders are listed breadth first, a few at a time, up to a limit, for each may be a request. Called by `dialog.ts`.

import type { Folder } from "../listing/entries";
import { fold, maskOf } from "./fold";
import type { Paths } from "./match";
import type { Page } from "./page";

/** A listing may be a request each, so this is what a reader can be made to wait for; then the finder says that it stopped. */
const FOLDERS_MAX = 2_000;
const PATHS_MAX = 300_000;

const AT_ONCE = 4;

/** What came of walking. */
export interface Walked {
  readonly complete: boolean;
}

export type ListFolder = (path: string, signal: AbortSignal) => Promise<Folder | undefined>;

/** Paths and their kinds as lines that can be searched, like a page of an index. */
export function pageOf(paths: readonly string[], kinds: readonly string[]): Page {
  const kindNames = [...new Set(kinds)];
  const text = paths.join("");
  const folded = fold(text);
  const starts = new Uint32Array(paths.length + 1);
  const names = new Uint32Array(paths.length);
  const masks = new Int32Array(paths.length);
  let at = 0;
  for (const [line, path] of paths.entries()) {
    names[line] = at + path.lastIndexOf("/") + 1;
    masks[line] = maskOf(folded, at, at + path.length);
    at += path.length;
    starts[line + 1] = at;
  }
  return { text, folded, starts, names, masks, kinds: Uint8Array.from(kinds, (kind) => kindNames.indexOf(kind)), kindNames };
}

/** Adds all paths to `paths`; `onMore` hears of each step. A folder that cannot be listed is left out, and said to be. */
export async function walkPaths(list: ListFolder, paths: Paths, signal: AbortSignal, onMore: () => void): Promise<Walked> {
  const folders = [""];
  let [next, busy, complete] = [0, 0, true];
  const one = async (path: string): Promise<void> => {
    const folder = await list(path, signal).catch(() => undefined);
    signal.throwIfAborted();
    if (!folder) {
      complete = false;
      return;
    }
    const [names, kinds] = [folder.names(), folder.kinds().split("/")];
    folder.free();
    // An empty folder has no names, and no name is empty.
    if (names === "") return;
    const below = names.split("/").map((name) => (path === "" ? name : `${path}/${name}`));
    paths.add(pageOf(below, kinds));
    folders.push(...below.filter((_, n) => kinds[n] === "folder"));
    onMore();
  };
  await new Promise<void>((resolve, reject) => {
    const go = (): void => {
      while (busy < AT_ONCE && next < folders.length && next < FOLDERS_MAX && paths.length < PATHS_MAX) {
        busy += 1;
        one(folders[next++] ?? "").then(() => ((busy -= 1), go()), reject);
      }
      if (busy === 0) resolve();
    };
    go();
  });
  return { complete: complete && next === folders.length };
}
