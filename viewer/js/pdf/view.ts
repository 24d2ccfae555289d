// An open PDF: its pages by pdf.js's own viewer, which draws what is near, keeps ten pages and drops the rest; around them our
// tools, search and sidebar. `pdf.ts` makes it.

import { AnnotationMode, type PDFDocumentProxy } from "pdfjs-dist";
import { EventBus, PDFViewer } from "pdfjs-dist/web/pdf_viewer.mjs";
import { element } from "../elements";
import type { FileInput } from "../file";
import { t } from "../text";
import { Find, Finder } from "./find";
import { keys } from "./keys";
import { labelIn, labelsOf, pageNamed } from "./labels";
import { Links } from "./links";
import { printPages } from "./print";
import { Side } from "./side";
import { tools } from "./tools";

/** Larger canvases fail on phones; of a page that is zoomed in further, the part that shows is drawn sharp. */
const PIXELS_MAX = 16_000_000;

/** What pdf.js would translate by a megabyte of its own; the few labels that we let it make are ours. */
const WORDS = {
  getLanguage: () => document.documentElement.lang,
  getDirection: () => "ltr",
  get: async () => "",
  translate: async () => {},
  translateOnce: async () => {},
  destroy: async () => {},
  pause() {},
  resume() {},
};

export class View {
  readonly pages: PDFViewer;
  readonly links: Links;
  readonly find: Find;
  readonly side: Side;
  readonly scroller = element("div", "pdf-scroll");
  /** Resolves when a page is on its canvas; rejects when there will be none. */
  readonly drawn: Promise<void>;
  /** What the pages are called, if not by their numbers; known soon after the document is open. */
  labels: readonly string[] | undefined;
  /** Resolves when the labels are known. */
  readonly labelled: Promise<void>;
  readonly #bus = new EventBus();
  readonly #end = new AbortController();
  #settle: (error?: unknown) => void = () => {};
  #said = "";

  constructor(
    private readonly host: HTMLElement,
    readonly file: PDFDocumentProxy,
    readonly input: FileInput,
  ) {
    this.drawn = new Promise((resolve, reject) => (this.#settle = (error) => (error === undefined ? resolve() : reject(error))));
    // Whoever does not wait for it has nothing to catch either.
    this.drawn.catch(() => {});
    const { signal } = this.#end;
    this.scroller.append(element("div", "pdfViewer"));
    this.scroller.tabIndex = 0;
    this.scroller.setAttribute("role", "region");
    this.scroller.setAttribute("aria-label", t("pdf.document", { name: input.name }));
    this.links = new Links(this.#bus, (hash) => this.#follow(hash));
    const finder = new Finder({ linkService: this.links, eventBus: this.#bus });
    finder.scroller = this.scroller;
    this.find = new Find(this.#bus, () => this.scroller.focus());
    this.side = new Side(this);
    this.labelled = this.#readLabels();
    const body = element("div", "pdf-body", this.side.element, element("div", "pdf-frame", this.scroller));
    host.replaceChildren(tools(this, this.#bus), this.find.element, body);
    this.pages = this.#viewer(finder, signal);
    this.links.setViewer(this.pages);
    this.links.setDocument(file);
    this.#listen(signal);
    keys(this, host, signal);
    this.pages.setDocument(file);
  }

  #viewer(findController: Finder, abortSignal: AbortSignal): PDFViewer {
    const options = {
      container: this.scroller,
      eventBus: this.#bus,
      linkService: this.links,
      findController,
      // Fields and notes are drawn, not filled in; nothing of the document is edited here.
      annotationMode: AnnotationMode.ENABLE,
      annotationEditorMode: -1,
      maxCanvasPixels: PIXELS_MAX,
      imageResourcesPath: `${ASSETS.pdfData}images/`,
      l10n: WORDS as never,
      // Known to pdf.js, but not to its types.
      abortSignal,
    };
    const viewer = new PDFViewer(options);
    const onIdle = () => {
      viewer.cleanup();
      // Refused while a page is being drawn in small; the next idle moment comes.
      void this.file.cleanup().catch(() => {});
    };
    Object.assign(viewer.renderingQueue ?? {}, { onIdle });
    return viewer;
  }

  #listen(signal: AbortSignal): void {
    this.#bus.on("pagesinit", () => {
      this.#begin();
      for (let n = 0; n < this.file.numPages; n += 1) {
        this.pages.getPageView(n)?.div?.setAttribute("aria-label", t("pdf.page", { page: this.nameOf(n + 1) }));
      }
    });
    this.#bus.on("pagerendered", ({ error, pageNumber }: { error?: unknown; pageNumber: number }) => {
      if (error) console.warn(`Page ${pageNumber} could not be drawn`, error);
      this.#settle(error ?? undefined);
    });
    this.#bus.on("annotationlayerrendered", ({ source }: { source: { div: HTMLElement } }) => {
      for (const icon of source.div.querySelectorAll<HTMLImageElement>(".textAnnotation img:not([alt])")) icon.alt = t("pdf.note");
    });
    this.#bus.on("textlayerrendered", () => this.find.shown());
    this.#bus.on("findfromurlhash", ({ query }: { query: string | string[] }) => this.find.ask([query].flat().join(" ")));
    addEventListener("resize", () => this.refit(), { signal });
    const sized = new ResizeObserver(() => this.refit());
    sized.observe(this.scroller);
    signal.addEventListener("abort", () => sized.disconnect());
  }

  /** Goes to where the address points. */
  #begin(): void {
    const { fragment } = this.input;
    // Before anything is drawn: a reader of page ten pays for page ten.
    const page = Number(/^page=(\d{1,6})$/.exec(fragment)?.[1] ?? 1);
    if (page > 1) this.pages.currentPageNumber = Math.min(page, this.file.numPages);
    this.pages.currentScaleValue = "auto";
    if (page === 1 && fragment !== "") this.#goTo(fragment);
  }

  async #readLabels(): Promise<void> {
    const said = await this.file.getPageLabels().catch(() => null);
    this.labels = labelsOf(said, this.file.numPages);
    if (!this.labels || this.#end.signal.aborted) return;
    for (const [n, page] of this.labels.entries()) this.pages.getPageView(n)?.div?.setAttribute("aria-label", t("pdf.page", { page }));
  }

  /** What a page is called. */
  nameOf(page: number): string {
    return this.labels?.[page - 1] ?? String(page);
  }

  #goTo(fragment: string): void {
    const label = labelIn(fragment);
    if (label === undefined) return this.links.show(fragment);
    void this.labelled.then(() => {
      const page = pageNamed(this.labels, label, this.file.numPages);
      if (page !== undefined && !this.#end.signal.aborted) this.pages.currentPageNumber = page;
    });
  }

  /** Pages that fit the width or the height go on fitting when the view changes. */
  refit(): void {
    const fitted = this.pages.currentScaleValue;
    if (/^(auto|page-)/.test(fitted ?? "")) this.pages.currentScaleValue = fitted;
    this.pages.update();
  }

  /** The address points elsewhere in the document. */
  show(fragment: string): void {
    // What this view itself said of where it is moves nothing.
    if (fragment !== "" && fragment !== this.#said) this.#goTo(fragment);
    this.#said = "";
  }

  /** Puts the page that is read into the address. */
  say(): string {
    const fragment = `page=${this.pages.currentPageNumber}`;
    this.#said = fragment;
    this.input.onFragment(fragment);
    return fragment;
  }

  /** Goes by the address bar, after it has been told where the reader is now. */
  #follow(hash: string): void {
    this.say();
    const step = element("a");
    step.href = hash;
    step.hidden = true;
    this.host.append(step);
    step.click();
    step.remove();
  }

  /** Prints all pages, or says that there are too many. */
  print(): Promise<boolean> {
    return printPages(this.file, this.#end.signal);
  }

  /** Something of the document cannot be had. */
  fail(error: unknown): void {
    this.#settle(error);
  }

  destroy(): void {
    this.side.destroy();
    this.pages.setDocument(null as never);
    this.links.setDocument(null);
    this.#end.abort();
    this.#settle();
  }
}
