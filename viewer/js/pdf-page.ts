// One page of a PDF: a canvas, its text for selecting and searching, and its links.

import { type PDFDocumentProxy, type PDFPageProxy, type RenderTask, TextLayer } from "pdfjs-dist";

/** At 100 % a page is at most this wide, in CSS pixels: about the width of paper on a desk. */
const COMFORTABLE_WIDTH = 900;

/** Larger canvases fail on phones. */
const PIXELS_MAX = 16_000_000;

interface Size {
  width: number;
  height: number;
}

/** What an annotation that is a link carries; pdf.js types them as `any`. */
interface LinkAnnotation {
  subtype: string;
  rect: [number, number, number, number];
  url?: string;
  dest?: string | unknown[];
}

/** What a page asks of the document around it. */
export interface PageSurroundings {
  goTo(page: number): void;
  /** Called whenever the page is on its canvas, or with why it is not. */
  drawn(error?: unknown): void;
}

export class PageView {
  readonly element = document.createElement("div");
  #size: Size;
  #scale = 1;
  #task: RenderTask | undefined;
  #text: TextLayer | undefined;
  #shown = false;
  /** Counts drawings, so that a late one finds out that it is no longer wanted. */
  #generation = 0;

  constructor(
    private readonly file: PDFDocumentProxy,
    readonly number: number,
    guess: Size,
    private readonly around: PageSurroundings,
  ) {
    this.#size = guess;
    this.element.className = "pdf-page";
    this.element.setAttribute("role", "region");
    this.element.setAttribute("aria-label", `Page ${number}`);
  }

  /** Fits the page into a column; true when its size changed. */
  resize(columnWidth: number, zoom: number): boolean {
    const scale = (Math.min(columnWidth, COMFORTABLE_WIDTH) / this.#size.width) * zoom;
    if (Math.abs(scale - this.#scale) < 0.001) return false;
    this.#scale = scale;
    this.#applySize();
    if (this.#shown) void this.#draw();
    return true;
  }

  #applySize(): void {
    this.element.style.width = `${Math.floor(this.#size.width * this.#scale)}px`;
    this.element.style.height = `${Math.floor(this.#size.height * this.#scale)}px`;
    this.element.style.setProperty("--scale-factor", String(this.#scale));
    this.element.style.setProperty("--total-scale-factor", String(this.#scale));
  }

  show(): void {
    if (this.#shown) return;
    this.#shown = true;
    void this.#draw();
  }

  hide(): void {
    if (!this.#shown) return;
    this.#shown = false;
    this.#generation += 1;
    this.#task?.cancel();
    this.#text?.cancel();
    this.element.replaceChildren();
  }

  async #draw(): Promise<void> {
    const generation = ++this.#generation;
    this.#task?.cancel();
    this.#text?.cancel();
    try {
      const page = await this.file.getPage(this.number);
      if (generation !== this.#generation) return;
      this.#takeSize(page);
      const canvas = await this.#paint(page);
      if (generation !== this.#generation) return;
      this.element.replaceChildren(canvas);
      this.around.drawn();
      await this.#addText(page);
      if (generation === this.#generation) await this.#addLinks(page);
    } catch (error) {
      if (generation !== this.#generation) return;
      const note = document.createElement("p");
      note.className = "pdf-failed";
      note.textContent = `Page ${this.number} could not be drawn.`;
      this.element.replaceChildren(note);
      this.around.drawn(error);
      console.warn(`Page ${this.number} could not be drawn`, error);
    }
  }

  /** Pages may differ in size from the first, whose size stood for all. */
  #takeSize(page: PDFPageProxy): void {
    const { width, height } = page.getViewport({ scale: 1 });
    if (Math.abs(width - this.#size.width) < 1 && Math.abs(height - this.#size.height) < 1) return;
    this.#scale *= this.#size.width / width;
    this.#size = { width, height };
    this.#applySize();
  }

  async #paint(page: PDFPageProxy): Promise<HTMLCanvasElement> {
    const shown = page.getViewport({ scale: this.#scale });
    const ratio = Math.min(devicePixelRatio || 1, Math.sqrt(PIXELS_MAX / (shown.width * shown.height)));
    const viewport = page.getViewport({ scale: this.#scale * ratio });
    const canvas = document.createElement("canvas");
    canvas.width = Math.floor(viewport.width);
    canvas.height = Math.floor(viewport.height);
    this.#task = page.render({ canvas, viewport });
    await this.#task.promise;
    return canvas;
  }

  async #addText(page: PDFPageProxy): Promise<void> {
    const container = document.createElement("div");
    container.className = "textLayer";
    this.#text = new TextLayer({
      textContentSource: page.streamTextContent(),
      container,
      viewport: page.getViewport({ scale: this.#scale }),
    });
    this.element.append(container);
    await this.#text.render();
  }

  /** Lays an anchor over every link of the page: web addresses, and places in the document. */
  async #addLinks(page: PDFPageProxy): Promise<void> {
    const viewport = page.getViewport({ scale: this.#scale });
    const annotations = (await page.getAnnotations({ intent: "display" })) as LinkAnnotation[];
    for (const { subtype, rect, url, dest } of annotations) {
      if (subtype !== "Link") continue;
      const web = url !== undefined && /^(https?|mailto):/i.test(url);
      if (!web && dest === undefined) continue;
      const anchor = document.createElement("a");
      anchor.className = "pdf-link";
      if (web) {
        anchor.href = url;
        anchor.target = "_blank";
        anchor.rel = "noopener noreferrer nofollow ugc";
        anchor.setAttribute("aria-label", url);
      } else {
        anchor.href = "#";
        anchor.setAttribute("aria-label", "Link within the document");
        anchor.addEventListener("click", (event) => {
          event.preventDefault();
          event.stopPropagation();
          void this.#follow(dest);
        });
      }
      const [x1 = 0, y1 = 0] = viewport.convertToViewportPoint(rect[0], rect[1]) as number[];
      const [x2 = 0, y2 = 0] = viewport.convertToViewportPoint(rect[2], rect[3]) as number[];
      anchor.style.left = `${Math.min(x1, x2)}px`;
      anchor.style.top = `${Math.min(y1, y2)}px`;
      anchor.style.width = `${Math.abs(x2 - x1)}px`;
      anchor.style.height = `${Math.abs(y2 - y1)}px`;
      this.element.append(anchor);
    }
  }

  async #follow(dest: string | unknown[] | undefined): Promise<void> {
    try {
      const explicit = typeof dest === "string" ? await this.file.getDestination(dest) : dest;
      const target = explicit?.[0];
      const index = typeof target === "number" ? target : await this.file.getPageIndex(target as never);
      this.around.goTo(index + 1);
    } catch (error) {
      console.warn("This link of the document leads nowhere", error);
    }
  }
}
