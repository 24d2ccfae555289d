// A PDF as pages on canvases, drawn as they come into view and dropped when they are far away. The file is fetched by
// ranges: a reader of page one of a thousand pays for page one.

import {
  type PDFDocumentLoadingTask,
  type PDFDocumentProxy,
  type PDFPageProxy,
  GlobalWorkerOptions,
  getDocument,
} from "pdfjs-dist";
import type { Mounted } from "./bridge";
import { button, element, problem } from "./elements";
import { PageView } from "./pdf-page";
import { CHUNK, RangeSource } from "./pdf-source";

export interface PdfInput {
  url: string;
}

const ZOOMS = [0.5, 0.67, 0.8, 1, 1.25, 1.5, 2, 3];

/** Draws a little before a page can be seen. */
const MARGIN = "800px 0px";

function open(source: RangeSource): PDFDocumentLoadingTask {
  GlobalWorkerOptions.workerSrc = ASSETS.pdfWorker;
  return getDocument({
    // pdf.js evaluates no code any more (its `isEvalSupported` is gone), and the page's CSP would not let it.
    range: source.transport,
    rangeChunkSize: CHUNK,
    disableAutoFetch: true,
    disableStream: true,
    enableXfa: false,
    cMapUrl: `${ASSETS.pdfData}cmaps/`,
    cMapPacked: true,
    standardFontDataUrl: `${ASSETS.pdfData}standard_fonts/`,
    wasmUrl: `${ASSETS.pdfData}wasm/`,
    iccUrl: `${ASSETS.pdfData}iccs/`,
    verbosity: 0,
  });
}

/** `#page=10`, as Acrobat and browsers have it (RFC 8118 section 3); 1 where there is none. */
function pageOfAddress(): number {
  const found = /(?:^#|&)page=(\d{1,6})(?:&|$)/.exec(location.hash);
  return found ? Math.max(1, Number(found[1])) : 1;
}

/** What the reader is told when a document cannot be opened. */
function reason(error: unknown): Error {
  const name = error instanceof Error ? error.name : "";
  if (name === "PasswordException") return new Error("This PDF is protected by a password.");
  if (name === "InvalidPDFException") return new Error("This file is not a PDF, or a damaged one.");
  return error instanceof Error ? error : new Error(String(error));
}

export async function pdf(host: HTMLElement, input: PdfInput, signal: AbortSignal): Promise<Mounted> {
  const source = await RangeSource.open(input.url, signal);
  const task = open(source);
  const abort = () => void task.destroy();
  signal.addEventListener("abort", abort);
  let file: PDFDocumentProxy;
  let first: PDFPageProxy;
  try {
    file = await Promise.race([task.promise, source.failed]);
    first = await Promise.race([file.getPage(Math.min(pageOfAddress(), file.numPages)), source.failed]);
  } catch (error) {
    void task.destroy();
    throw reason(error);
  }
  const viewer = new Viewer(host, file, first);
  source.failed.catch((error: unknown) => viewer.fail(error));
  const follow = () => viewer.goTo(pageOfAddress());
  addEventListener("hashchange", follow);
  return {
    drawn: viewer.drawn,
    destroy() {
      removeEventListener("hashchange", follow);
      signal.removeEventListener("abort", abort);
      viewer.destroy();
      void task.destroy();
    },
  };
}

/** The toolbar and the column of pages. */
class Viewer {
  readonly #pages: PageView[] = [];
  readonly #column = document.createElement("div");
  readonly #position = document.createElement("span");
  readonly #zoomNote = document.createElement("span");
  readonly #observer: IntersectionObserver;
  readonly #visible: IntersectionObserver;
  readonly #resize: ResizeObserver;
  /** Resolves when a page is on its canvas, or when there will be none. */
  readonly drawn: Promise<void>;
  #settle: (error?: unknown) => void = () => {};
  #current = 1;
  #zoom = 1;
  #width = 0;

  constructor(host: HTMLElement, file: PDFDocumentProxy, first: PDFPageProxy) {
    const { width, height } = first.getViewport({ scale: 1 });
    this.drawn = new Promise((resolve, reject) => {
      this.#settle = (error) => (error === undefined ? resolve() : reject(error));
    });
    // Whoever does not wait for it has nothing to catch either.
    this.drawn.catch(() => {});
    this.#column.className = "pdf-pages";
    this.#observer = new IntersectionObserver((entries) => this.#drawNear(entries), { rootMargin: MARGIN });
    this.#visible = new IntersectionObserver((entries) => this.#showPosition(entries), { rootMargin: "-45% 0px -45% 0px" });
    for (let number = 1; number <= file.numPages; number++) {
      const page = new PageView(file, number, { width, height }, {
        goTo: (target) => this.goTo(target),
        drawn: (error) => this.#settle(error),
      });
      this.#pages.push(page);
      this.#column.append(page.element);
    }
    host.replaceChildren(this.#toolbar(file.numPages), this.#column);
    this.#resize = new ResizeObserver(() => this.#layout());
    this.#resize.observe(this.#column);
    this.#layout();
    // Before anything is drawn: a reader of page ten pays for page ten.
    if (pageOfAddress() > 1) this.goTo(pageOfAddress());
    for (const page of this.#pages) {
      this.#observer.observe(page.element);
      this.#visible.observe(page.element);
    }
  }

  #toolbar(count: number): HTMLElement {
    const bar = element("div", "tools tools-sticky");
    this.#position.className = "tools-note";
    this.#position.textContent = `Page 1 of ${count}`;
    this.#zoomNote.className = "tools-note";
    const tool = (label: string, name: string, press: () => void) => {
      const made = button("tool", label, press);
      made.setAttribute("aria-label", name);
      return made;
    };
    bar.append(
      this.#position,
      tool("↑", "Previous page", () => this.#step(-1)),
      tool("↓", "Next page", () => this.#step(1)),
      tool("−", "Zoom out", () => this.#zoomBy(-1)),
      this.#zoomNote,
      tool("+", "Zoom in", () => this.#zoomBy(1)),
    );
    return bar;
  }

  #step(by: number): void {
    this.goTo(this.#current + by);
  }

  goTo(number: number): void {
    this.#pages[number - 1]?.element.scrollIntoView({ block: "start" });
  }

  #zoomBy(steps: number): void {
    const at = ZOOMS.indexOf(this.#zoom) + steps;
    this.#zoom = ZOOMS[Math.min(ZOOMS.length - 1, Math.max(0, at))] ?? 1;
    this.#layout(true);
  }

  /** Sizes every page for the width at hand, and keeps the reader on the same page. */
  #layout(force = false): void {
    const width = this.#column.clientWidth;
    if (width === 0 || (width === this.#width && !force)) return;
    this.#width = width;
    const keep = this.#current;
    const moved = this.#pages.map((page) => page.resize(width, this.#zoom)).some(Boolean);
    this.#zoomNote.textContent = `${Math.round(this.#zoom * 100)} %`;
    if (moved && force) this.goTo(keep);
  }

  #drawNear(entries: IntersectionObserverEntry[]): void {
    for (const entry of entries) {
      const page = this.#pages.find((candidate) => candidate.element === entry.target);
      if (entry.isIntersecting) page?.show();
      else page?.hide();
    }
  }

  #showPosition(entries: IntersectionObserverEntry[]): void {
    for (const entry of entries) {
      if (!entry.isIntersecting) continue;
      const at = this.#pages.findIndex((page) => page.element === entry.target);
      if (at < 0) continue;
      this.#current = at + 1;
      this.#position.textContent = `Page ${at + 1} of ${this.#pages.length}`;
    }
  }

  /** What cannot be fetched any more cannot be drawn either. */
  fail(error: unknown): void {
    this.#settle(error);
    const why = error instanceof Error ? error.message : String(error);
    this.#column.before(problem("pdf", "Some pages could not be loaded", `${why} Reload to try again.`));
  }

  destroy(): void {
    this.#observer.disconnect();
    this.#visible.disconnect();
    this.#resize.disconnect();
    for (const page of this.#pages) page.hide();
    this.#settle();
  }
}
