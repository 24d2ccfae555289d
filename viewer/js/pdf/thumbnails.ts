// The pages of a PDF in small. Each is drawn when it comes near to being seen, one after another and behind the pages themselves,
// and dropped when it is far away, so that a document of thousands costs no more than one of ten.

import { button, element } from "../elements";
import { t } from "../text";
import type { View } from "./view";

const WIDTH = 112;

export class Thumbnails {
  readonly element = element("div", "pdf-thumbnails");
  readonly #wanted = new Set<number>();
  readonly #boxes: HTMLElement[] = [];
  #seen: IntersectionObserver | undefined;
  #drawing = false;
  #gone = false;

  constructor(private readonly view: View) {}

  /** Makes the list, when it is there to be seen for the first time; goes to the page that is read. */
  show(): void {
    if (this.#boxes.length === 0) this.#make();
    this.#mark();
    const box = this.#boxes[this.view.pages.currentPageNumber - 1];
    // Only the list scrolls, never the page under the reader.
    if (box) this.element.scrollTop = box.offsetTop - this.element.offsetTop - this.element.clientHeight / 3;
  }

  #make(): void {
    this.#seen = new IntersectionObserver((entries) => this.#near(entries), { root: this.element, rootMargin: "300px 0px" });
    const first = this.view.pages.getPageView(0)?.viewport as { width: number; height: number } | undefined;
    const height = Math.round((WIDTH * (first?.height ?? 4)) / (first?.width ?? 3));
    for (let page = 1; page <= this.view.file.numPages; page += 1) {
      const picture = element("span", "pdf-thumbnail-picture");
      picture.style.setProperty("height", `${Math.min(height, 3 * WIDTH)}px`);
      const box = button("pdf-thumbnail", "", () => {
        this.view.pages.currentPageNumber = page;
        this.view.side.chosen();
      });
      box.append(picture, element("span", "", this.view.nameOf(page)));
      box.dataset["page"] = String(page);
      box.setAttribute("aria-label", t("pdf.page", { page: this.view.nameOf(page) }));
      this.#boxes.push(box);
      this.#seen.observe(box);
    }
    this.element.append(...this.#boxes);
    this.view.pages.eventBus.on("pagechanging", () => this.#mark());
  }

  #mark(): void {
    const { currentPageNumber: current } = this.view.pages;
    this.element.querySelector("[aria-current]")?.removeAttribute("aria-current");
    this.#boxes[current - 1]?.setAttribute("aria-current", "true");
  }

  #near(entries: IntersectionObserverEntry[]): void {
    for (const { target, isIntersecting } of entries) {
      const page = Number((target as HTMLElement).dataset["page"]);
      if (isIntersecting) {
        this.#wanted.add(page);
      } else {
        this.#wanted.delete(page);
        target.querySelector("canvas")?.remove();
      }
    }
    void this.#drawAll();
  }

  async #drawAll(): Promise<void> {
    if (this.#drawing) return;
    this.#drawing = true;
    for (let page = first(this.#wanted); page !== undefined && !this.#gone; page = first(this.#wanted)) {
      this.#wanted.delete(page);
      const picture = this.#boxes[page - 1]?.firstElementChild;
      if (!picture || picture.firstElementChild) continue;
      try {
        picture.append(await this.#draw(page));
      } catch (error) {
        if (!this.#gone) console.warn(`Page ${page} could not be drawn in small`, error);
      }
    }
    this.#drawing = false;
  }

  async #draw(number: number): Promise<HTMLCanvasElement> {
    const page = await this.view.file.getPage(number);
    const rotation = (page.rotate + this.view.pages.pagesRotation) % 360;
    const { width } = page.getViewport({ scale: 1, rotation });
    const viewport = page.getViewport({ scale: (WIDTH / width) * Math.min(2, devicePixelRatio || 1), rotation });
    const canvas = element("canvas");
    [canvas.width, canvas.height] = [Math.floor(viewport.width), Math.max(1, Math.floor(viewport.height))];
    await page.render({ canvas, viewport }).promise;
    // The pages' own viewer frees what it does not need itself.
    this.view.pages.eventBus.dispatch("thumbnailrendered", { source: this, pageNumber: number, pdfPage: page });
    return canvas;
  }

  destroy(): void {
    this.#gone = true;
    this.#seen?.disconnect();
  }
}

const first = (pages: Set<number>): number | undefined => pages.values().next().value;
