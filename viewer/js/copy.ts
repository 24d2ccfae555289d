// A button that copies a text and says that it did. It refuses nothing; the renderers call it.

import { button } from "./elements";
import { t } from "./text";

/** How long it says what happened. */
const SAID_MS = 2_000;

/** `text` is asked for when the button is pressed. */
export function copyButton(className: string, label: string, text: () => string): HTMLButtonElement {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const made = button(className, label, (self) => {
    const say = (what: string) => {
      self.textContent = what;
      clearTimeout(timer);
      timer = setTimeout(() => (self.textContent = label), SAID_MS);
    };
    // Without a secure context there is no clipboard at all.
    Promise.resolve(navigator.clipboard?.writeText(text()) ?? Promise.reject(new Error("no clipboard"))).then(
      () => say(t("copy.done")),
      () => say(t("copy.refused")),
    );
  });
  made.setAttribute("aria-live", "polite");
  return made;
}
