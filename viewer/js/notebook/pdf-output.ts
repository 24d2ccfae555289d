// A PDF that a cell printed: its pages as pictures, one after the other, and the file to save.

import { GlobalWorkerOptions, getDocument } from "pdfjs-dist";
import { button, element, problem } from "../elements";
import { t } from "../text";

/** A printed PDF mostly is one figure; what is longer is shown when asked for. */
const PAGES_AT_ONCE = 1;

/** CSS pixels; a figure is not larger than the text beside it. */
const WIDTH_MAX = 760;

export async function pdfOutput(place: HTMLElement, base64: string, signal: AbortSignal): Promise<void> {
  try {
    const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
    const address = URL.createObjectURL(new Blob([bytes], { type: "application/pdf" }));
    signal.addEventListener("abort", () => URL.revokeObjectURL(address));
    const save = element("a", "button", t("notebook.pdf.save"));
    save.href = address;
    save.download = "output.pdf";
    const pages = element("div", "pdf-output");
    place.replaceChildren(pages, element("p", "pdf-output-actions", save));
    await draw(pages, save, bytes, signal);
  } catch (error) {
    if (!signal.aborted) place.replaceChildren(problem("notebook", t("notebook.pdf.failed"), error instanceof Error ? error.message : String(error)));
  }
}

async function draw(pages: HTMLElement, save: HTMLElement, data: Uint8Array, signal: AbortSignal): Promise<void> {
  GlobalWorkerOptions.workerSrc = ASSETS.pdfWorker;
  const task = getDocument({
    // pdf.js takes the bytes with it to its worker.
    data: data.slice(),
    enableXfa: false,
    cMapUrl: `${ASSETS.pdfData}cmaps/`,
    cMapPacked: true,
    standardFontDataUrl: `${ASSETS.pdfData}standard_fonts/`,
    wasmUrl: `${ASSETS.pdfData}wasm/`,
    iccUrl: `${ASSETS.pdfData}iccs/`,
    verbosity: 0,
  });
  signal.addEventListener("abort", () => void task.destroy());
  const file = await task.promise;
  const add = async (from: number, to: number) => {
    for (let number = from; number <= to && !signal.aborted; number += 1) {
      const page = await file.getPage(number);
      const natural = page.getViewport({ scale: 1 });
      const scale = Math.min(96 / 72, WIDTH_MAX / natural.width);
      const viewport = page.getViewport({ scale: scale * Math.min(2, devicePixelRatio) });
      const canvas = element("canvas", "output-image");
      [canvas.width, canvas.height] = [Math.floor(viewport.width), Math.floor(viewport.height)];
      canvas.style.setProperty("width", `${Math.floor(natural.width * scale)}px`);
      canvas.setAttribute("role", "img");
      canvas.setAttribute("aria-label", t("notebook.pdf.page", { number, count: file.numPages }));
      pages.append(canvas);
      await page.render({ canvas, viewport }).promise;
    }
  };
  await add(1, Math.min(PAGES_AT_ONCE, file.numPages));
  if (file.numPages <= PAGES_AT_ONCE) return;
  const more = button("button", t("notebook.pdf.all", { count: file.numPages }), () => {
    more.remove();
    void add(PAGES_AT_ONCE + 1, file.numPages);
  });
  save.before(more);
}
