// A folder as pictures: a list of links, each with the file itself made small, or with its icon. There are no derived thumbnails
// yet, so a picture above a cap is not fetched for its looks. Loaded when a folder is first laid out so; called by `listing.ts`.

import { element } from "../elements";
import { loadStyle } from "../styles";
import { t } from "../text";
import type { Entries } from "./entries";
import type { Drawn } from "./rows";

/** A picture with more bytes has its icon: a screen of them would be more than a phone should fetch unasked. */
const PICTURE_MAX = 10_000_000;

/** Tiles come in so many at once, as the reader scrolls. */
const PART = 200;

export class Grid implements Drawn {
  readonly element = element("ul", "grid");
  readonly #end = element("li", "end");
  readonly #observer = new IntersectionObserver((seen) => seen.some((one) => one.isIntersecting) && this.#more(), { rootMargin: "1500px" });
  #places: Uint32Array = new Uint32Array();
  #drawn: HTMLAnchorElement[] = [];

  constructor(private readonly entries: Entries) {
    this.element.ariaLabel = t("list.caption");
    this.#end.ariaHidden = "true";
    this.#observer.observe(this.#end);
  }

  show(places: Uint32Array): void {
    this.#places = places;
    this.#drawn = [];
    this.element.replaceChildren();
    this.#more();
  }

  link(at: number): HTMLAnchorElement | undefined {
    while (at >= this.#drawn.length && this.#drawn.length < this.#places.length) this.#more();
    return this.#drawn[at];
  }

  focused(): number | undefined {
    const at = this.#drawn.indexOf(document.activeElement as HTMLAnchorElement);
    return at < 0 ? undefined : at;
  }

  across(): number {
    const top = this.#drawn[0]?.offsetTop;
    const next = this.#drawn.findIndex((tile) => tile.offsetTop !== top);
    return next < 0 ? this.#drawn.length : next;
  }

  destroy(): void {
    this.#observer.disconnect();
  }

  #more(): void {
    const from = this.#drawn.length;
    const tiles = Array.from(this.#places.subarray(from, from + PART), (place) => this.#tile(place));
    this.#drawn.push(...tiles);
    this.#end.remove();
    this.element.append(...tiles.map((tile) => element("li", "", tile)));
    if (this.#drawn.length < this.#places.length) this.element.append(this.#end);
  }

  #tile(place: number): HTMLAnchorElement {
    const { folder, names, kinds, sizes } = this.entries;
    const [name, kind] = [names[place] ?? "", kinds[place] ?? ""];
    const view = element("span", `view icon icon-${kind}`);
    const url = kind === "image" && (sizes[place] ?? 0) <= PICTURE_MAX ? folder.picture(name) : undefined;
    if (url !== undefined) picture(view, url);
    const tile = element("a", "tile", view, element("bdi", "", name));
    tile.href = folder.page(name) ?? "#";
    tile.title = name;
    return tile;
  }
}

/** Puts a picture in the place of an icon, which stays if it cannot be shown. The name beside it says what it is. */
function picture(view: HTMLElement, url: string): void {
  const image = element("img");
  image.loading = "lazy";
  image.decoding = "async";
  image.alt = "";
  image.addEventListener("error", () => image.remove());
  image.src = url;
  view.append(image);
}

/** The grid, when its sheet applies. */
export async function grid(entries: Entries): Promise<Grid> {
  await loadStyle(ASSETS.styles["grid"] ?? "");
  return new Grid(entries);
}
