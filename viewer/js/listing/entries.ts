// The entries of a folder as the list draws them: columns that the wasm made (`viewer/src/folder.rs`), read once. Pure but for
// the texts; called by `listing.ts`, `rows.ts` and `grid.ts`.

import { t } from "../text";

/** Made by the wasm; all columns have one order. */
export interface Folder {
  /** With `/` in between. */
  names(): string;
  /** With `/` in between: `folder`, `link` or the kind of a file. */
  kinds(): string;
  /** Of the links, which are last, with NUL in between. */
  targets(): string;
  /** Of the folders, which are first: how many files each holds. */
  counts(): Float64Array;
  sizes(): Float64Array;
  times(): Float64Array;
  /** The places of the entries in an order as it stands in an address (`-size`). */
  order(order: string): Uint32Array;
  /** Whether it is better looked at than read. */
  gallery(): boolean;
  /** The page of an entry. */
  page(name: string): string | undefined;
  /** The bytes of a picture. */
  picture(name: string): string | undefined;
  free(): void;
}

export class Entries {
  readonly names: readonly string[];
  readonly kinds: readonly string[];
  readonly sizes: Float64Array;
  readonly times: Float64Array;
  readonly #counts: Float64Array;
  readonly #targets: readonly string[];
  #lower: string[] | undefined;

  constructor(readonly folder: Folder) {
    this.names = folder.names().split("/");
    this.kinds = folder.kinds().split("/");
    this.sizes = folder.sizes();
    this.times = folder.times();
    this.#counts = folder.counts();
    const targets = folder.targets();
    this.#targets = targets === "" ? [] : targets.split("\0");
  }

  get length(): number {
    return this.names.length;
  }

  /** What stands in the column of types. */
  label(place: number): string {
    const kind = this.kinds[place] ?? "";
    return kind === "folder" ? t("files", { count: this.#counts[place] ?? 0 }) : t(`kind.${kind}`);
  }

  /** Where a symbolic link leads. */
  target(place: number): string | undefined {
    return this.#targets[place - (this.length - this.#targets.length)];
  }

  /** The places in an order, of the entries whose name has a text in it. */
  arranged(order: string, filter: string): Uint32Array {
    const places = this.folder.order(order);
    const needle = filter.toLowerCase();
    if (needle === "") return places;
    const lower = (this.#lower ??= this.names.map((name) => name.toLowerCase()));
    return places.filter((place) => lower[place]?.includes(needle));
  }
}
