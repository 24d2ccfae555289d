// The sidebar of a PDF: its pages in small and its table of contents, each made when it is first looked at.

import { button, element } from "../elements";
import { t } from "../text";
import { outline } from "./outline";
import { Thumbnails } from "./thumbnails";
import type { View } from "./view";

export class Side {
  readonly element = element("aside", "pdf-side");
  onToggle: (open: boolean) => void = () => {};
  readonly #thumbnails: Thumbnails;
  readonly #panels: readonly HTMLElement[];
  readonly #tabs: readonly HTMLButtonElement[];
  #begun = false;

  constructor(private readonly view: View) {
    this.element.hidden = true;
    this.element.setAttribute("aria-label", t("pdf.side"));
    this.#thumbnails = new Thumbnails(view);
    this.#panels = [this.#thumbnails.element, element("div", "pdf-outline")];
    this.#tabs = [t("pdf.side.pages"), t("pdf.side.contents")].map((name, n) => button("tab", name, () => this.#choose(n)));
    const list = element("div", "pdf-tabs", ...this.#tabs);
    list.setAttribute("role", "tablist");
    this.#tabs.forEach((tab, n) => {
      tab.setAttribute("role", "tab");
      tab.id = `pdf-tab-${n}`;
      tab.setAttribute("aria-controls", `pdf-panel-${n}`);
      tab.addEventListener("keydown", (event) => {
        if (event.key !== "ArrowRight" && event.key !== "ArrowLeft") return;
        this.#choose(1 - n);
        this.#tabs[1 - n]?.focus();
      });
    });
    this.#panels.forEach((panel, n) => {
      panel.setAttribute("role", "tabpanel");
      panel.id = `pdf-panel-${n}`;
      panel.setAttribute("aria-labelledby", `pdf-tab-${n}`);
      panel.tabIndex = 0;
    });
    this.element.append(list, ...this.#panels);
    this.#choose(0);
  }

  #choose(chosen: number): void {
    this.#tabs.forEach((tab, n) => {
      tab.setAttribute("aria-selected", String(n === chosen));
      tab.tabIndex = n === chosen ? 0 : -1;
    });
    this.#panels.forEach((panel, n) => (panel.hidden = n !== chosen));
    if (this.#begun && chosen === 0) this.#thumbnails.show();
  }

  /** Opens or closes it. Of a document with contents, these come first. */
  toggle(): void {
    this.element.hidden = !this.element.hidden;
    this.onToggle(!this.element.hidden);
    if (this.element.hidden) return;
    if (this.#begun) this.#thumbnails.show();
    else void this.#begin();
  }

  /** Something in it was chosen: where it lies over the page, it goes. */
  chosen(): void {
    if (getComputedStyle(this.element).position === "absolute") this.toggle();
  }

  async #begin(): Promise<void> {
    this.#begun = true;
    this.#thumbnails.show();
    const [, panel] = this.#panels;
    const contents = await outline(this.view).catch((error: unknown) => console.warn("The contents could not be read", error));
    if (contents) this.#choose(1);
    panel?.append(contents ?? element("p", "small", t("pdf.side.none")));
  }

  destroy(): void {
    this.#thumbnails.destroy();
  }
}
