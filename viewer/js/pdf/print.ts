// Prints a PDF: its pages become pictures on a sheet that only paper shows. Many pages are left to a program that reads the file.

import type { PDFDocumentProxy } from "pdfjs-dist";
import { element } from "../elements";

/** Some twenty megabytes of pictures; more would end the tab of a phone. */
const PAGES_MAX = 60;

/** A browser that never says that its dialog has closed. */
const DIALOG_MS = 60_000;

/** Dots per inch, of which a PDF's own unit has 72. */
const DPI = 150;

async function picture(file: PDFDocumentProxy, number: number): Promise<string> {
  const page = await file.getPage(number);
  const viewport = page.getViewport({ scale: DPI / 72 });
  const canvas = element("canvas");
  [canvas.width, canvas.height] = [Math.floor(viewport.width), Math.floor(viewport.height)];
  await page.render({ canvas, viewport, intent: "print" }).promise;
  const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve));
  canvas.width = 0;
  if (!blob) throw new Error(`Page ${number} is too large for a picture`);
  return URL.createObjectURL(blob);
}

/** Opens the browser's print dialog; false when the document is too long for that. */
export async function printPages(file: PDFDocumentProxy, signal: AbortSignal): Promise<boolean> {
  if (file.numPages > PAGES_MAX) return false;
  const sheets = element("div", "pdf-sheets");
  try {
    for (let number = 1; number <= file.numPages; number += 1) {
      const url = await picture(file, number);
      signal.throwIfAborted();
      const sheet = element("img");
      sheet.alt = "";
      sheet.src = url;
      sheets.append(sheet);
      await sheet.decode();
    }
    document.body.append(sheets);
    document.documentElement.classList.add("pdf-printing");
    // Where the dialog does not stop the script, the sheets wait for its end.
    const printed = new Promise((resolve) => addEventListener("afterprint", resolve, { once: true, signal }));
    print();
    await Promise.race([printed, new Promise((resolve) => setTimeout(resolve, DIALOG_MS))]);
    return true;
  } finally {
    document.documentElement.classList.remove("pdf-printing");
    sheets.remove();
    for (const sheet of sheets.querySelectorAll("img")) URL.revokeObjectURL(sheet.src);
  }
}
