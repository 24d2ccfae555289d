// What a renderer of files is given, and what it leaves behind. `viewer/src/renderers` makes the one and keeps the other.

import type { Links } from "./markup";

/** A file of the share, as every renderer gets it. */
export interface FileInput {
  /** Its bytes, inert; fetched through `source.ts`, which follows a renewed capability. */
  readonly url: string;
  /** The same, saved under its name. */
  readonly download: string;
  readonly name: string;
  /** In bytes. */
  readonly size: number;
  /** What the manifest says; texts have a `charset`. */
  readonly contentType: string;
  /** Resolves the addresses that stand in the file, and knows what lies beside it. */
  readonly links: Links;
  /** The frame origin's page, for what may run (`frame.ts`). */
  readonly frameUrl: string;
  /** What follows `#` in the page's address, still encoded. */
  readonly fragment: string;
  /** Replaces what follows `#`, without a new entry in the history. */
  onFragment(fragment: string): void;
}

/** What a renderer leaves behind, so that the page can speak to it and take it down. */
export interface Mounted {
  destroy(): void;
  /** Resolves when what a reader sees first is there, if it was not there with the answer; rejects when it will not be. */
  drawn?: Promise<void>;
  /** The address points elsewhere in the same file. */
  showFragment?(fragment: string): void;
}

/** A renderer draws into an element that is its own until `destroy`. */
export type Renderer<Input = FileInput> = (host: HTMLElement, input: Input, signal: AbortSignal) => Promise<Mounted> | Mounted;
