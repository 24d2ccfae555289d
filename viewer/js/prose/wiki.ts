// Links in double brackets name a note or a picture without its folder: each is looked for beside the document, in the folders that
// programs of notes keep pictures in, and upwards to the share's root. `markup.ts` calls it.

import { t } from "../text";

/** What looks an address up, and makes a link of it. */
interface Lookup {
  link(address: string): string | undefined;
  image(address: string, signal: AbortSignal): Promise<string | undefined>;
}

/** Where pictures of notes lie. */
const FOLDERS = ["attachments", "Attachments", "_attachments", "assets", "images", "img", "media", "files", "_resources"];

/** So many folders upwards are looked into; beyond them only the root. */
const LEVELS = 3;

/** More different links than this lead where they say, looked up or not. */
const LOOKUPS_MAX = 300;

const PICTURE = /\.(?:png|jpe?g|gif|svg|webp|avif|bmp|ico)$/i;

/** The addresses to try for a name, the likeliest first. */
export function candidates(path: string): string[] {
  const names = PICTURE.test(path) ? [path, ...FOLDERS.map((folder) => `${folder}/${path}`)] : [path, path.replace(/\.md$/, ".ipynb")];
  const levels = [...Array.from({ length: LEVELS + 1 }, (_, up) => "../".repeat(up)), "/"];
  return [...new Set(levels.flatMap((level) => names.map((name) => (name.startsWith("/") ? name : level + name))))];
}

/** The first address of these that the share has: what it is called, and its bytes. */
async function found(path: string, links: Lookup, signal: AbortSignal): Promise<{ name: string; url: string } | undefined> {
  for (const name of candidates(path)) {
    if (signal.aborted) return undefined;
    const url = await links.image(name, signal);
    if (url !== undefined) return { name, url };
  }
  return undefined;
}

/** The address of a picture's bytes. */
export async function wikiPicture(src: string, links: Lookup, signal: AbortSignal): Promise<string | undefined> {
  return (await found(src.split("#")[0] ?? "", links, signal))?.url;
}

/** Lets every link lead to the note that is there; one that is nowhere is text. */
export async function wikiLinks(root: ParentNode, links: Lookup, signal: AbortSignal): Promise<void> {
  const known = new Map<string, ReturnType<typeof found>>();
  const anchors = [...root.querySelectorAll<HTMLAnchorElement>("a.wiki[data-wiki]")];
  await Promise.all(anchors.map(async (anchor) => {
    const [path = "", fragment = ""] = (anchor.dataset["wiki"] ?? "").split("#");
    if (!known.has(path) && known.size >= LOOKUPS_MAX) return;
    if (!known.has(path)) known.set(path, found(path, links, signal));
    const target = await known.get(path);
    if (signal.aborted) return;
    const url = target && links.link(fragment === "" ? target.name : `${target.name}#${fragment}`);
    if (url !== undefined) {
      anchor.setAttribute("href", url);
      return;
    }
    anchor.removeAttribute("href");
    anchor.classList.add("missing-link");
    anchor.title = t("prose.link-removed");
  }));
}
