// The bar below a text that is not all there: how much is, and buttons for more. The code, log and diff pages call it, each with
// what it does with the next part.

import { button, element } from "../elements";
import { SourceError } from "../source";
import { size, t } from "../text";
import type { TextParts } from "./parts";

export interface More {
  readonly bar: HTMLElement;
  /** Reads on until `enough`, or to the end; rejects when the way to the file fails. */
  until(enough: () => boolean): Promise<void>;
}

/** `add` shows the next part. */
export function more(parts: TextParts, add: (text: string) => void, signal: AbortSignal): More {
  const note = element("span", "tools-note");
  note.setAttribute("role", "status");
  const bar = element("div", "tools more-bar", note);
  let reading: Promise<void> | undefined;

  const tell = (failure = "") => {
    bar.hidden = parts.isWhole;
    note.textContent = failure || t("more.note", { shown: size(parts.read), all: size(parts.total) });
  };
  const read = async (enough: () => boolean) => {
    while (!parts.isWhole && !enough() && !signal.aborted) {
      const text = await parts.next();
      if (signal.aborted) return;
      add(text);
      tell();
      // Between two parts the page gets a turn.
      await new Promise((resolve) => setTimeout(resolve));
    }
  };
  const until = (enough: () => boolean): Promise<void> => {
    const before = reading ?? Promise.resolve();
    const now = before.catch(() => {}).then(() => read(enough));
    reading = now;
    return now;
  };
  const press = (enough: () => boolean) => {
    bar.setAttribute("aria-busy", "true");
    until(enough)
      .catch((error: unknown) => {
        if (!signal.aborted) tell(error instanceof SourceError ? error.message : String(error));
      })
      .finally(() => bar.removeAttribute("aria-busy"));
  };
  const one = () => {
    const before = parts.read;
    press(() => parts.read > before);
  };
  bar.append(button("tool", t("more.next"), one), button("tool", t("more.all"), () => press(() => false)));
  tell();
  return { bar, until };
}
