// One slide at a time over the whole screen. A dialog, so that nothing behind it is reached and Escape ends it; where the browser refuses
// the screen, the window has to do. `slides.ts` calls it.

import { colourAll } from "../computed";
import { element } from "../elements";
import type { Mounted } from "../file";
import { t } from "../text";
import type { Page } from "./model";
import type { Drawing } from "./pieces";
import { slideElement } from "./slide";
import { signed } from "./tools";

/** Shows slides from `first` on; tells where it ended. */
export function present(pages: readonly Page[], drawing: Drawing, first: number, ended: (last: number) => void): void {
  const stage = element("div", "stage");
  // Else the dialog would give the focus to its first button, which the space bar presses.
  stage.tabIndex = -1;
  stage.autofocus = true;
  const at = element("span", "stage-number");
  at.setAttribute("role", "status");
  const dialog = element("dialog", "presenting");
  dialog.setAttribute("aria-label", t("slides.presenting"));
  let current = -1;
  let shown: Mounted | undefined;
  const show = (n: number) => {
    const next = Math.max(0, Math.min(pages.length - 1, n));
    const page = pages[next];
    if (next === current || !page) return;
    current = next;
    shown?.destroy();
    const made = slideElement(page, drawing);
    shown = made;
    stage.replaceChildren(made.box);
    void made.drawn.then(() => colourAll(drawing.coloured.splice(0), drawing.signal));
    at.textContent = t("slides.of", { number: next + 1, count: pages.length });
  };
  const close = () => dialog.close();
  dialog.append(stage, element("div", "stage-tools", signed("‹", t("slides.back"), () => show(current - 1)), at, signed("›", t("slides.on"), () => show(current + 1)), signed("✕", t("slides.end"), close)));
  const screenLeft = () => document.fullscreenElement === null && close();
  const left = () => dialog.close();
  drawing.signal.addEventListener("abort", left, { once: true });
  dialog.addEventListener("keydown", (event) => press(event, { show, current: () => current, last: pages.length - 1 }));
  stage.addEventListener("click", (event) => {
    if (event.target instanceof Element && event.target.closest("a, summary, button")) return;
    if ((getSelection()?.toString() ?? "") === "") show(current + 1);
  });
  dialog.addEventListener("close", () => {
    document.removeEventListener("fullscreenchange", screenLeft);
    drawing.signal.removeEventListener("abort", left);
    if (document.fullscreenElement === dialog) void document.exitFullscreen().catch(() => {});
    shown?.destroy();
    dialog.remove();
    ended(current);
  }, { once: true });
  document.body.append(dialog);
  dialog.showModal();
  show(first);
  if (!document.fullscreenEnabled) return;
  dialog.requestFullscreen().then(
    () => document.addEventListener("fullscreenchange", screenLeft),
    () => {},
  );
}

const ON = new Set(["ArrowRight", "ArrowDown", "PageDown", " ", "Enter", "n"]);
const BACK = new Set(["ArrowLeft", "ArrowUp", "PageUp", "Backspace", "p"]);

function press(event: KeyboardEvent, { show, current, last }: { show(n: number): void; current(): number; last: number }): void {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  // A button that has the focus is pressed by these.
  if ((event.key === " " || event.key === "Enter") && event.target instanceof HTMLButtonElement) return;
  if (ON.has(event.key)) show(current() + 1);
  else if (BACK.has(event.key)) show(current() - 1);
  else if (event.key === "Home") show(0);
  else if (event.key === "End") show(last);
  else return;
  event.preventDefault();
}
