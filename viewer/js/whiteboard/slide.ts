// One slide: the part of a page that is shown, scaled to the box around it by the style sheet. `slides.ts` and `presenting.ts` call it.

import { element } from "../elements";
import type { Mounted } from "../file";
import { css, readColour } from "./colours";
import { turned } from "./geometry";
import type { Page } from "./model";
import { drawPage } from "./page";
import type { Drawing } from "./pieces";

/** Where every slide lies on its page: 16 to 9, nearly. */
const SLIDE = { x: -295.5, y: -525, w: 1050, h: 591 };

export interface Slide extends Mounted {
  readonly box: HTMLElement;
  readonly drawn: Promise<void>;
}

export function slideElement(page: Page, drawing: Drawing): Slide {
  const seen = page.pieces.filter((piece) => {
    const { x, y, w, h } = turned(piece);
    return x < SLIDE.x + SLIDE.w && x + w > SLIDE.x && y < SLIDE.y + SLIDE.h && y + h > SLIDE.y;
  });
  const drawn = drawPage({ ...page, pieces: seen }, drawing);
  drawn.sheet.style.setProperty("transform", `translate(${-SLIDE.x}px, ${-SLIDE.y}px)`);
  const slide = element("div", "slide paper", drawn.sheet);
  const ground = readColour(page.background);
  if (ground) slide.style.setProperty("background", css(ground));
  return { box: element("div", "slide-box", slide), drawn: drawn.drawn, destroy: () => drawn.destroy() };
}
