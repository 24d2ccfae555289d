// Colours the code of a notebook: only near the window, and in the browser's idle moments, so that scrolling never waits for it.

import { whenIdle } from "../idle";

/** A cell's code, and how it is found to be near. */
interface Piece {
  code: HTMLElement;
  source: string;
  language: string;
}

/** How far outside the window code is coloured. */
const NEAR = "1500px 0px";

/** At the least this much is done of what waits, however busy the page is. */
const SLICE_MS = 8;

/** At the latest after so many milliseconds a visible cell gets its colours. */
const PATIENCE_MS = 500;

export class Colours {
  readonly #pieces = new Map<Element, Piece>();
  readonly #observer: IntersectionObserver;
  #waiting: Piece[] = [];
  #scheduled = false;

  constructor(private readonly signal: AbortSignal) {
    this.#observer = new IntersectionObserver((entries) => this.#near(entries), { rootMargin: NEAR });
    signal.addEventListener("abort", () => this.#observer.disconnect());
  }

  /** Colours `code` once `cell` is near: a cell out of sight has no layout inside. */
  add(cell: Element, code: HTMLElement, source: string, language: string): void {
    this.#pieces.set(cell, { code, source, language });
    this.#observer.observe(cell);
  }

  #near(entries: IntersectionObserverEntry[]): void {
    for (const { isIntersecting, target } of entries) {
      const piece = this.#pieces.get(target);
      if (!isIntersecting || !piece) continue;
      this.#observer.unobserve(target);
      this.#pieces.delete(target);
      this.#waiting.push(piece);
    }
    this.#schedule();
  }

  #schedule(): void {
    if (this.#scheduled || this.#waiting.length === 0) return;
    this.#scheduled = true;
    whenIdle(() => void this.#work(), PATIENCE_MS);
  }

  async #work(): Promise<void> {
    try {
      const { colour } = await import("../highlight");
      const end = performance.now() + SLICE_MS;
      do {
        const piece = this.#waiting.shift();
        if (!piece || this.signal.aborted) break;
        await colour(piece.code, piece.source, piece.language);
      } while (performance.now() < end);
    } catch (error) {
      // Without colours the code is still all there.
      console.warn("Could not colour the code", error);
      this.#waiting = [];
    }
    this.#scheduled = false;
    if (!this.signal.aborted) this.#schedule();
  }
}
