// The list of shortcuts under `?`, of those that work on the page that is shown, and the switch that turns them off. Loaded when
// it is first opened.

import { element } from "../elements";
import { loadStyle } from "../styles";
import { loadRendererTexts, t } from "../text";
import { areOn, bound, turn } from "./keys";

/** A modal dialog: Escape closes it, a click beside it does, and the focus returns to where it was. */
export function modal(className: string, label: string, ...children: Node[]): HTMLDialogElement {
  const before = document.activeElement;
  const dialog = element("dialog", `modal ${className}`, ...children);
  dialog.ariaLabel = label;
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  dialog.addEventListener("close", () => {
    dialog.remove();
    if (before instanceof HTMLElement && before.isConnected) before.focus();
  });
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}

/** Keys that go on a keyboard's own names. */
const caps = (key: string): HTMLElement => element("kbd", "", key);

function rows(): HTMLElement {
  const texts = new Map<string, string[]>();
  for (const { key, text } of bound()) texts.set(text, [...(texts.get(text) ?? []), key]);
  const shown = [...texts].flatMap(([text, keys]) => {
    const both = keys.flatMap((key, n) => (n === 0 ? [caps(key)] : [" ", caps(key)]));
    return [element("dt", "", ...both), element("dd", "", t(text))];
  });
  if (texts.has("keys.next")) shown.push(element("dt", "", caps("Enter")), element("dd", "", t("keys.open")));
  return element("dl", "keys", ...shown);
}

export async function help(): Promise<void> {
  await Promise.all([loadRendererTexts(), loadStyle(ASSETS.styles["dialogs"] ?? "")]);
  if (document.querySelector("dialog[open]")) return;
  const on = element("input");
  on.type = "checkbox";
  on.checked = areOn();
  on.addEventListener("change", () => turn(on.checked));
  const close = element("button", "button", t("dialog.close"));
  const form = element("form", "", element("label", "", on, " ", t("keys.on")), close);
  form.method = "dialog";
  modal("help", t("keys.title"), element("h2", "", t("keys.title")), rows(), form);
}
