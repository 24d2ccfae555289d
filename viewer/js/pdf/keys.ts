// The keys of a PDF's page, wherever on the page the focus is unless it is in a field: pages, zoom, search, turning, printing.

import { takesKeys } from "../tool";
import type { View } from "./view";

/** A press of a key, when it means something: true when it was taken. */
function press(view: View, event: KeyboardEvent): boolean {
  const { pages, scroller } = view;
  const elsewhere = !scroller.contains(document.activeElement);
  const screen = scroller.clientHeight * 0.9;
  const by = (top: number) => elsewhere && (scroller.scrollBy({ top }), true);
  switch (event.key) {
    case "PageDown": return by(screen);
    case "PageUp": return by(-screen);
    case "ArrowDown": return by(40);
    case "ArrowUp": return by(-40);
    case "ArrowRight":
    case "n": return scroller.scrollWidth <= scroller.clientWidth + 1 && (pages.nextPage(), true);
    case "ArrowLeft":
    case "p": return scroller.scrollWidth <= scroller.clientWidth + 1 && (pages.previousPage(), true);
    case "Home": return (pages.currentPageNumber = 1), true;
    case "End": return (pages.currentPageNumber = pages.pagesCount), true;
    case "+":
    case "=": return pages.increaseScale(), true;
    case "-": return pages.decreaseScale(), true;
    case "0": return (pages.currentScaleValue = "auto"), true;
    case "r": return (pages.pagesRotation += 90), true;
    case "R": return (pages.pagesRotation -= 90), true;
    case "/": return view.find.open(), true;
    default: return false;
  }
}

/** With Ctrl or ⌘: the search and the print of the browser would see only the pages that are drawn. */
function command(view: View, key: string): boolean {
  // Pressed again in our field, it is the browser's.
  if (key === "f" && !view.find.active) return view.find.open(), true;
  if (key === "p") return void view.print(), true;
  return false;
}

/** Listens until `signal`. */
export function keys(view: View, host: HTMLElement, signal: AbortSignal): void {
  document.addEventListener(
    "keydown",
    (event) => {
      if (event.defaultPrevented || event.altKey) return;
      const { target } = event;
      const isCommand = (event.ctrlKey || event.metaKey) && !event.shiftKey;
      const isPlain = !event.ctrlKey && !event.metaKey && !takesKeys(target);
      // Keys of other parts of the page, its buttons and lists, are theirs.
      const ours = target === document.body || (target instanceof Element && (target.matches("main") || host.contains(target)));
      const inSide = target instanceof Element && target.closest(".pdf-side, [role=toolbar]") !== null && /^(Arrow|Home|End|Page)/.test(event.key);
      const taken = isCommand ? command(view, event.key.toLowerCase()) : isPlain && ours && !inSide && press(view, event);
      if (taken) event.preventDefault();
    },
    { signal },
  );
  const zoom = (event: WheelEvent) => {
    if (!event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    // A pinch on a touchpad comes as many small turns of the wheel.
    const scaleFactor = Math.exp(-Math.max(-100, Math.min(100, event.deltaY)) / 300);
    view.pages.updateScale({ drawingDelay: 400, scaleFactor, origin: [event.clientX, event.clientY] } as never);
  };
  view.scroller.addEventListener("wheel", zoom, { signal, passive: false });
}
