// A file among the others of its folder: which come before and after it. Pictures and sounds ask; the folder's order is that
// of its listing.

import { element } from "./elements";
import type { FileInput } from "./file";
import type { Neighbour } from "./markup";
import { t } from "./text";
import { toolLink } from "./tool";

/** All files of a file's folder; none when the listing cannot be had, as the file itself can be shown without. */
export async function folderOf(input: FileInput, signal: AbortSignal): Promise<Neighbour[]> {
  try {
    return JSON.parse(await input.links.folder(signal)) as Neighbour[];
  } catch (error) {
    if (!signal.aborted) console.warn("The files beside this one are not known", error);
    return [];
  }
}

export interface Place {
  /** The first is 1; 0 when the file is not among them. */
  readonly position: number;
  readonly count: number;
  readonly before: Neighbour | undefined;
  readonly after: Neighbour | undefined;
}

/** Where a file stands among those of a kind. */
export function placeOf(name: string, kind: string, folder: readonly Neighbour[]): Place {
  const same = folder.filter((one) => one.kind === kind);
  const at = same.findIndex((one) => one.name === name);
  if (at < 0) return { position: 0, count: same.length, before: undefined, after: undefined };
  return { position: at + 1, count: same.length, before: same[at - 1], after: same[at + 1] };
}

/** Links to the file before and the one after, with the place in between; nothing for a file that is alone. */
export function steps(place: Place): { element: HTMLElement; before: HTMLAnchorElement; after: HTMLAnchorElement } | undefined {
  const { position, count, before, after } = place;
  if (position === 0 || count < 2) return undefined;
  const link = (icon: string, words: string, none: string, one: Neighbour | undefined) => toolLink(icon, one ? `${words}: ${one.name}` : none, one?.page);
  const links = {
    before: link("previous", t("gallery.previous"), t("gallery.first"), before),
    after: link("next", t("gallery.next"), t("gallery.last"), after),
  };
  const note = element("span", "tools-note", t("gallery.position", { position, count }));
  const group = element("nav", "tool-group", links.before, note, links.after);
  group.setAttribute("aria-label", t("gallery.folder"));
  return { element: group, ...links };
}
