// What is in the menu beside a download: the command that copies the same with the program. Loaded when a menu is first opened.

import { button, element } from "../elements";
import { loadStyle } from "../styles";
import { loadRendererTexts, t } from "../text";
import { copyCommand } from "./command";

/** Fills a menu; the page may have moved on since it was last open. */
export async function fill(menu: HTMLDetailsElement): Promise<void> {
  await Promise.all([loadRendererTexts(), loadStyle(ASSETS.styles["dialogs"] ?? "")]);
  const title = document.querySelector(".crumbs li")?.textContent ?? "";
  const command = copyCommand(location.origin, location.pathname, title);
  const code = element("code", "", command);
  code.tabIndex = 0;
  const said = element("span", "small");
  said.role = "status";
  const copy = button("button", t("menu.copy"), () => {
    navigator.clipboard.writeText(command).then(
      () => (said.textContent = t("menu.copied")),
      // Without leave to copy, it is marked, so that the reader's own keys do.
      () => {
        getSelection()?.selectAllChildren(code);
        said.textContent = t("menu.marked");
      },
    );
  });
  const content = element("div", "menu-content", element("p", "", t("menu.command")), code, element("p", "", copy, " ", said));
  menu.querySelector(".menu-content")?.remove();
  menu.append(content);
  closeWith(menu);
}

/** A menu closes with Escape, and when the reader goes on elsewhere. */
function closeWith(menu: HTMLDetailsElement): void {
  const closing = new AbortController();
  const { signal } = closing;
  const close = (event: Event): void => {
    if (event instanceof KeyboardEvent) {
      if (event.key !== "Escape") return;
      menu.querySelector("summary")?.focus();
    } else if (event.target instanceof Node && menu.contains(event.target)) return;
    menu.open = false;
  };
  menu.addEventListener("toggle", () => closing.abort(), { signal });
  for (const name of ["keydown", "pointerdown", "focusin"]) document.addEventListener(name, close, { signal });
}
