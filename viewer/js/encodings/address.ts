// How the reader wants a text to be read, as the page's address has it: its encoding, and how a table is made of it. It refuses values
// that `viewer/src/location.rs` would not keep. The pages that show texts call it.

import { problem } from "../elements";
import type { FileInput, Mounted } from "../file";
import { t } from "../text";

/** The parameters, as `viewer/src/location.rs` names them. */
export type Reading = "encoding" | "delimiter" | "quotes" | "head" | "skip";

/** What the address says. */
export function reading(name: Reading): string | undefined {
  if (typeof location === "undefined") return undefined;
  return new URLSearchParams(location.search).get(name) ?? undefined;
}

/** Puts a choice into the address; nothing takes it away. */
function keep(name: Reading, value: string | undefined, input: FileInput): void {
  const parameters = new URLSearchParams(location.search);
  if (value === undefined) parameters.delete(name);
  else parameters.set(name, value);
  const search = parameters.toString();
  history.replaceState(history.state, "", location.pathname + (search === "" ? "" : `?${search}`) + location.hash);
  // The router reads the address anew.
  input.onFragment(location.hash.slice(1));
}

/** Chooses, and shows the file anew. */
export type Choose = (name: Reading, value: string | undefined) => void;

type Draw = (host: HTMLElement, input: FileInput, signal: AbortSignal, choose: Choose) => Promise<Mounted> | Mounted;

/** Draws a file, and again whenever the reader chooses how it is read. */
export async function rereadable(host: HTMLElement, input: FileInput, signal: AbortSignal, draw: Draw): Promise<Mounted> {
  let end = new AbortController();
  let shown: Mounted | undefined;
  const begin = async (fragment: string): Promise<Mounted> => {
    const mine = (end = new AbortController());
    if (signal.aborted) mine.abort();
    return draw(host, { ...input, fragment }, mine.signal, choose);
  };
  const again = async () => {
    end.abort();
    shown?.destroy();
    shown = undefined;
    host.replaceChildren();
    const begun = begin(location.hash.slice(1));
    const mine = end;
    const next = await begun;
    // A newer choice has drawn in the meantime.
    if (mine !== end) next.destroy();
    else shown = next;
  };
  const choose: Choose = (name, value) => {
    keep(name, value, input);
    again().catch((error: unknown) => {
      if (end.signal.aborted) return;
      host.replaceChildren(problem("text", t("part.failed"), error instanceof Error ? error.message : String(error)));
    });
  };
  signal.addEventListener("abort", () => end.abort(), { once: true });
  const first = await begin(input.fragment);
  shown = first;
  return {
    ...(first.drawn ? { drawn: first.drawn } : {}),
    destroy() {
      end.abort();
      shown?.destroy();
    },
    showFragment: (fragment) => shown?.showFragment?.(fragment),
  };
}
