// Search in a PDF: all pages, with the number of places and steps between them. pdf.js reads the pages' texts one after another
// and marks what it found in the layer of text above each page.

import { type EventBus, FindState, PDFFindController } from "pdfjs-dist/web/pdf_viewer.mjs";
import { button, element } from "../elements";
import { t } from "../text";
import { tool } from "../tool";

interface Count {
  current: number;
  total: number;
}

/** Shows a place that was found by scrolling the pages alone: pdf.js would scroll the whole window with them. */
export class Finder extends PDFFindController {
  scroller: HTMLElement | undefined;

  override scrollMatchIntoView(match: { element?: HTMLElement | null; pageIndex?: number; matchIndex?: number }): void {
    const { element: found } = match;
    const { scroller } = this;
    if (!found || !scroller) return;
    const scrollIntoView = () => {
      const [place, room] = [found.getBoundingClientRect(), scroller.getBoundingClientRect()];
      const left = place.left < room.left || place.right > room.right ? place.left - room.left - room.width / 2 : 0;
      scroller.scrollBy({ top: place.top - room.top - room.height / 4, left, behavior: "instant" });
    };
    super.scrollMatchIntoView({ ...match, element: { scrollIntoView } } as never);
  }
}

export class Find {
  readonly element = element("div", "tools pdf-find");
  readonly #field = element("input", "field");
  readonly #note = element("span", "tools-note");
  readonly #options: Record<"caseSensitive" | "entireWord", HTMLButtonElement>;
  #state: number | undefined;

  constructor(
    private readonly bus: EventBus,
    private readonly leave: () => void,
  ) {
    this.element.hidden = true;
    this.element.setAttribute("role", "search");
    this.#field.type = "search";
    this.#field.placeholder = t("pdf.find.placeholder");
    this.#field.setAttribute("aria-label", t("pdf.find.placeholder"));
    this.#field.addEventListener("input", () => this.#send(""));
    this.#note.setAttribute("role", "status");
    this.#options = { caseSensitive: this.#option(t("pdf.find.case"), "casesensitivitychange"), entireWord: this.#option(t("pdf.find.words"), "entirewordchange") };
    this.element.append(
      this.#field,
      tool("up", t("pdf.find.previous"), () => this.step(true)),
      tool("down", t("pdf.find.next"), () => this.step(false)),
      ...Object.values(this.#options),
      this.#note,
      tool("close", t("pdf.find.close"), () => this.close()),
    );
    this.element.addEventListener("keydown", (event) => this.#key(event));
    bus.on("updatefindmatchescount", ({ matchesCount }: { matchesCount: Count }) => this.#say(matchesCount));
    bus.on("updatefindcontrolstate", ({ state, matchesCount }: { state: number; matchesCount: Count }) => {
      this.#state = state;
      this.#say(matchesCount);
    });
  }

  #option(name: string, type: string): HTMLButtonElement {
    const made = button("tool", name, () => {
      made.setAttribute("aria-pressed", String(made.ariaPressed !== "true"));
      this.#send(type);
    });
    made.setAttribute("aria-pressed", "false");
    return made;
  }

  #key(event: KeyboardEvent): void {
    if (event.key === "Escape") this.close();
    else if (event.key === "Enter" && event.target === this.#field) this.step(event.shiftKey);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  /** `type` is pdf.js's word for what changed; nothing for the text. */
  #send(type: string, findPrevious = false): void {
    const [caseSensitive, entireWord] = [this.#options.caseSensitive.ariaPressed === "true", this.#options.entireWord.ariaPressed === "true"];
    this.bus.dispatch("find", { source: this, type, query: this.#field.value, caseSensitive, entireWord, highlightAll: true, findPrevious, matchDiacritics: false });
  }

  /** What was found, once the reader has asked for something. */
  #say({ current, total }: Count): void {
    const asked = this.#field.value !== "";
    const none = asked && this.#state === FindState.NOT_FOUND;
    this.#field.setAttribute("aria-invalid", String(none));
    const pending = this.#state === FindState.PENDING && total === 0;
    this.#note.textContent = !asked ? "" : none ? t("pdf.find.none") : pending ? t("pdf.find.pending") : t("pdf.find.count", { current, count: total });
  }

  /** A page's text is there. */
  shown(): void {
    this.element.dataset["ready"] = "true";
  }

  step(back: boolean): void {
    if (this.#field.value !== "") this.#send("again", back);
  }

  /** Whether the reader is at it already. */
  get active(): boolean {
    return !this.element.hidden && this.element.contains(document.activeElement);
  }

  open(): void {
    const selected = document.getSelection()?.toString().trim() ?? "";
    this.element.hidden = false;
    if (selected !== "" && selected.length < 100) this.#field.value = selected;
    this.#field.focus();
    this.#field.select();
    if (this.#field.value !== "") this.#send("");
  }

  /** Searches for what the address asks for (`#search=…`). */
  ask(query: string): void {
    this.element.hidden = false;
    this.#field.value = query;
    this.#send("");
  }

  close(): void {
    if (this.element.hidden) return;
    this.element.hidden = true;
    this.bus.dispatch("findbarclose", { source: this });
    this.leave();
  }
}
