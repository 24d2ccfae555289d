// What the toolbars of boards and slides are made of, and the note about what could not be read.

import { button, element } from "../elements";
import { t } from "../text";

/** A button that says whether what it switches is on. */
export function toggle(label: string, change: (on: boolean) => void): HTMLButtonElement {
  const made = button("tool", label, (self) => {
    const on = self.getAttribute("aria-pressed") !== "true";
    self.setAttribute("aria-pressed", String(on));
    change(on);
  });
  made.setAttribute("aria-pressed", "false");
  return made;
}

/** A button whose sign says little by itself. */
export function signed(sign: string, label: string, press: () => void): HTMLButtonElement {
  const made = button("tool", sign, press);
  made.setAttribute("aria-label", label);
  made.title = label;
  return made;
}

/** What the file held that could not be read. */
export const skippedNote = (skipped: number): HTMLElement[] => (skipped === 0 ? [] : [element("p", "small", t("cocalc.skipped", { count: skipped }))]);
