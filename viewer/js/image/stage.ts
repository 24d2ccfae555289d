// A picture on its stage: made to fit, at its own size or at any other; moved by dragging and by the browser's own scrolling;
// zoomed by the wheel, by pinching and by two clicks. Refuses nothing; `image.ts` puts tools around it.

import { element } from "../elements";
import { type Size, fitting, scrollAfter, step, within } from "./zoom";

/** A drawing that says nothing of its size. */
const UNSIZED: Size = { width: 800, height: 600 };

/** From here on pixels are squares, not blurs. */
const SQUARES_FROM = 3;

export class Stage {
  readonly element = element("div", "image-stage");
  /** Called when the scale has changed. */
  onScale: (scale: number, fits: boolean) => void = () => {};
  #scale = 1;
  #fits = true;
  #size: Size = UNSIZED;

  constructor(
    readonly picture: HTMLImageElement,
    signal: AbortSignal,
  ) {
    this.element.append(picture);
    picture.draggable = false;
    const sized = new ResizeObserver(() => this.#fits && this.fit());
    sized.observe(this.element);
    signal.addEventListener("abort", () => sized.disconnect());
    this.element.addEventListener("wheel", (event) => this.#wheel(event), { passive: false });
    this.element.addEventListener("dblclick", (event) => this.#toggle(event));
    this.#drag();
    this.#pinch();
  }

  /** The picture is there: shows it whole. */
  begin(): Size {
    const { naturalWidth: width, naturalHeight: height } = this.picture;
    this.#size = width > 0 && height > 0 ? { width, height } : UNSIZED;
    this.fit();
    return this.#size;
  }

  get #room(): Size {
    return { width: this.element.clientWidth, height: this.element.clientHeight };
  }

  /** Whether there is more to see than the stage shows. */
  get overflows(): boolean {
    const { width, height } = this.#room;
    return this.#size.width * this.#scale > width + 1 || this.#size.height * this.#scale > height + 1;
  }

  fit(): void {
    this.#fits = true;
    this.#apply(fitting(this.#size, this.#room), 0, 0);
  }

  actual(): void {
    this.zoom(1);
  }

  step(into: boolean): void {
    this.zoom(step(this.#scale, into));
  }

  /** Shows the picture at that scale; what is at that place of the stage stays there, by default what is in the middle. */
  zoom(wanted: number, at = { x: this.#room.width / 2, y: this.#room.height / 2 }): void {
    const fit = fitting(this.#size, this.#room);
    const scale = within(wanted, fit);
    this.#fits = scale === fit && fit < 1;
    const { width, height } = this.#room;
    const left = scrollAfter(at.x, this.element.scrollLeft, width, this.#size.width, this.#scale, scale);
    const top = scrollAfter(at.y, this.element.scrollTop, height, this.#size.height, this.#scale, scale);
    this.#apply(scale, left, top);
  }

  #apply(scale: number, left: number, top: number): void {
    this.#scale = scale;
    const { style } = this.picture;
    style.setProperty("width", `${this.#size.width * scale}px`);
    style.setProperty("height", `${this.#size.height * scale}px`);
    style.setProperty("image-rendering", scale >= SQUARES_FROM ? "pixelated" : "auto");
    this.element.classList.toggle("image-wide", this.overflows);
    this.element.scrollTo({ left, top, behavior: "instant" });
    this.onScale(scale, this.#fits);
  }

  #place({ clientX, clientY }: { clientX: number; clientY: number }): { x: number; y: number } {
    const { left, top } = this.element.getBoundingClientRect();
    return { x: clientX - left, y: clientY - top };
  }

  #wheel(event: WheelEvent): void {
    // Inside another page the wheel alone is that page's.
    const ours = event.ctrlKey || event.metaKey || !document.documentElement.classList.contains("embedded");
    if (!ours || event.shiftKey) return;
    event.preventDefault();
    const turn = Math.max(-100, Math.min(100, event.deltaMode === 0 ? event.deltaY : event.deltaY * 33));
    this.zoom(this.#scale * Math.exp(-turn / 250), this.#place(event));
  }

  #toggle(event: MouseEvent): void {
    if (this.overflows) this.fit();
    else this.zoom(this.#scale < 1 ? 1 : 2 * this.#scale, this.#place(event));
  }

  /** A finger scrolls by itself; a mouse drags. */
  #drag(): void {
    let from: { x: number; y: number; left: number; top: number } | undefined;
    const stop = () => {
      from = undefined;
      this.element.classList.remove("image-held");
    };
    this.element.addEventListener("pointerdown", (event) => {
      if (event.pointerType !== "mouse" || event.button !== 0 || !this.overflows) return;
      from = { x: event.clientX, y: event.clientY, left: this.element.scrollLeft, top: this.element.scrollTop };
      this.element.setPointerCapture(event.pointerId);
      this.element.classList.add("image-held");
    });
    this.element.addEventListener("pointermove", (event) => {
      if (from) this.element.scrollTo({ left: from.left - event.clientX + from.x, top: from.top - event.clientY + from.y, behavior: "instant" });
    });
    for (const end of ["pointerup", "pointercancel", "lostpointercapture"] as const) this.element.addEventListener(end, stop);
  }

  #pinch(): void {
    let before = 0;
    const spread = ({ touches: [a, b] }: TouchEvent) => (a && b ? Math.hypot(a.clientX - b.clientX, a.clientY - b.clientY) : 0);
    this.element.addEventListener("touchstart", (event) => (before = spread(event)), { passive: true });
    this.element.addEventListener(
      "touchmove",
      (event) => {
        const [a, b] = event.touches;
        if (!a || !b || before === 0) return;
        event.preventDefault();
        const now = spread(event);
        this.zoom((this.#scale * now) / before, this.#place({ clientX: (a.clientX + b.clientX) / 2, clientY: (a.clientY + b.clientY) / 2 }));
        before = now;
      },
      { passive: false },
    );
  }
}
