// The page's shortcuts of one key, and what opens the chunks that they lead to. A key is left alone in a field, with a modifier,
// under a dialog, and when the reader has turned shortcuts off (WCAG 2.1.4), which `help.ts` lets them do.

import type { Share } from "../finder/share";

/** A key and what it does, as the help lists it. */
export interface Shortcut {
  readonly key: string;
  /** In the catalogue. */
  readonly text: string;
  run(): void;
}

const OFF = "vitrine-keys";
const shortcuts = new Set<Shortcut>();
let share: Share | undefined;

/** Those that work here now. */
export const bound = (): readonly Shortcut[] => [...shortcuts];

/** Adds a shortcut for as long as what it belongs to is shown; the answer takes it away. */
export function bind(key: string, text: string, run: () => void): () => void {
  const shortcut = { key, text, run };
  shortcuts.add(shortcut);
  return () => void shortcuts.delete(shortcut);
}

/** Whether shortcuts of one key are on. */
export function areOn(): boolean {
  try {
    return localStorage.getItem(OFF) === null;
  } catch {
    return true;
  }
}

/** Turns them on or off, in this browser. */
export function turn(on: boolean): void {
  try {
    if (on) localStorage.removeItem(OFF);
    else localStorage.setItem(OFF, "off");
  } catch {
    // A browser that keeps nothing keeps this neither.
  }
}

/** Takes over what the finder looks in; called by the wasm when a snapshot is opened. */
export function opened(snapshot: Share): void {
  share?.free();
  share = snapshot;
}

/** Goes up: the last but one of the breadcrumbs. */
const up = (): void => document.querySelector<HTMLAnchorElement>(".crumbs li:nth-last-child(2) a")?.click();

const doors: Record<string, () => Promise<void>> = {
  find: async () => {
    const { find } = await import("../finder/dialog");
    if (share) await find(share);
  },
  keys: async () => (await import("./help")).help(),
};

/** Opens the finder or the help. A chunk that cannot be had leaves the page as it was. */
export function openDoor(name: string): void {
  doors[name]?.().catch((error: unknown) => console.warn(`${name} could not be opened`, error));
}

bind("t", "keys.find", () => openDoor("find"));
bind("u", "keys.up", up);
bind("Backspace", "keys.up", up);
bind("?", "keys.help", () => openDoor("keys"));

const FIELDS = "input, textarea, select, [contenteditable]:not([contenteditable=false]), [role=textbox], dialog";

function press(event: KeyboardEvent): void {
  const { target } = event;
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (target instanceof Element && target.closest(FIELDS)) return;
  if (document.querySelector("dialog[open]") || !areOn()) return;
  const found = bound().findLast(({ key }) => key === event.key);
  if (!found) return;
  event.preventDefault();
  found.run();
}

document.addEventListener("keydown", press);
document.addEventListener("click", ({ target }) => {
  const opens = target instanceof Element ? target.closest<HTMLElement>("[data-opens]")?.dataset["opens"] : undefined;
  if (opens !== undefined) openDoor(opens);
});
// `toggle` does not bubble.
document.addEventListener(
  "toggle",
  ({ target }) => {
    if (target instanceof HTMLDetailsElement && target.open && target.dataset["menu"] === "copy") {
      void import("../menu/copy").then(({ fill }) => fill(target)).catch(() => (target.open = false));
    }
  },
  true,
);
