// The search of the JSON tree: words in keys and values, one place after another. The JSON page calls it.

import { button, element } from "../elements";
import { t } from "../text";
import { matches } from "./rows";

/** Nobody steps through more places than this. */
const MATCHES_MAX = 10_000;

/** A pause in typing of this length ends a word. */
const TYPING_MS = 250;

/** `reveal` shows a place of the text. */
export function searchBox(text: string, reveal: (at: number) => void): HTMLElement {
  const field = element("input", "json-search");
  field.type = "search";
  field.placeholder = t("json.search");
  field.setAttribute("aria-label", t("json.search"));
  const note = element("span", "tools-note");
  note.setAttribute("role", "status");
  let [words, found, at] = ["", [] as number[], -1];
  let timer: ReturnType<typeof setTimeout> | undefined;

  const look = () => {
    clearTimeout(timer);
    if (field.value === words) return;
    [words, found, at] = [field.value, matches(text, field.value, MATCHES_MAX), -1];
    tell();
  };
  const tell = () => {
    if (words === "") note.textContent = "";
    else if (found.length === 0) note.textContent = t("json.nothing");
    else note.textContent = at < 0 ? t("json.found", { count: found.length }) : t("json.at", { number: at + 1, all: found.length });
  };
  const go = (by: 1 | -1) => {
    look();
    if (found.length === 0) return;
    // The first step back from nowhere is to the last place.
    at = at < 0 && by < 0 ? found.length - 1 : (at + by + found.length) % found.length;
    reveal(found[at] ?? 0);
    tell();
  };
  field.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(look, TYPING_MS);
  });
  field.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    go(event.shiftKey ? -1 : 1);
    field.focus({ preventScroll: true });
  });
  const step = (label: string, sign: string, by: 1 | -1) => {
    const made = button("tool", sign, () => go(by));
    made.setAttribute("aria-label", label);
    return made;
  };
  return element("span", "json-find", field, step(t("json.previous"), "↑", -1), step(t("json.next"), "↓", 1), note);
}
