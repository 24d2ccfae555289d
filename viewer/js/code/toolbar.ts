// The bar above a text: how long it is, in which language, and buttons to search, wrap and copy it. The code page calls it.

import { openSearchPanel } from "@codemirror/search";
import type { Compartment } from "@codemirror/state";
import { EditorView } from "@codemirror/view";
import { copyButton } from "../copy";
import { button, element } from "../elements";
import { t } from "../text";

export interface About {
  readonly language: string | undefined;
  /** The text is set out for reading, and `source` is what the file holds. */
  readonly isFormatted: boolean;
  readonly source: string | undefined;
}

export interface Toolbar {
  readonly element: HTMLElement;
  /** Counts the lines anew. */
  count(): void;
}

export function toolbar(view: EditorView, wrapping: Compartment, about: About): Toolbar {
  const facts = element("span", "tools-note");
  const count = () => {
    const parts = [t("code.lines", { count: view.state.doc.lines }), about.language, about.isFormatted ? t("code.formatted") : undefined];
    facts.textContent = parts.filter((part) => part !== undefined).join(" · ");
  };
  count();
  const wrap = button("tool", t("code.wrap"), (self) => {
    const on = self.getAttribute("aria-pressed") !== "true";
    self.setAttribute("aria-pressed", String(on));
    view.dispatch({ effects: wrapping.reconfigure(on ? EditorView.lineWrapping : []) });
  });
  wrap.setAttribute("aria-pressed", "false");
  const copy = copyButton("tool", t("copy.do"), () => about.source ?? view.state.doc.toString());
  const bar = element("div", "tools", facts, button("tool", t("code.find"), () => openSearchPanel(view)), wrap, copy);
  return { element: bar, count };
}
