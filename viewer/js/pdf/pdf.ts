// A PDF by pdf.js: opened by ranges, so that a reader of page one of a thousand pays for page one; with its password, if it has
// one. Refuses scripts, forms and XFA of the document. `view.ts` draws it.

import { type PDFDocumentLoadingTask, type PDFDocumentProxy, GlobalWorkerOptions, PDFWorker, PasswordResponses, getDocument } from "pdfjs-dist";
import { button, element, problem } from "../elements";
import type { FileInput, Mounted } from "../file";
import { loadStyle } from "../styles";
import { t } from "../text";
import { askPassword } from "./password";
import { CHUNK, RangeSource } from "./source";
import { View } from "./view";

/** Opens the file. The worker's script is the largest part of all: it is on its way while the file's beginning is. */
async function begin(input: FileInput, signal: AbortSignal): Promise<{ source: RangeSource; task: PDFDocumentLoadingTask; abort: () => void }> {
  GlobalWorkerOptions.workerSrc = ASSETS.pdfWorker;
  const worker = new PDFWorker({ verbosity: 0 });
  try {
    const [source] = await Promise.all([RangeSource.open(input, signal), loadStyle(ASSETS.styles["pdf"] ?? "")]);
    signal.throwIfAborted();
    const task = open(source, worker);
    return { source, task, abort: () => void task.destroy().catch(() => undefined).then(() => worker.destroy()) };
  } catch (error) {
    worker.destroy();
    throw error;
  }
}

function open(source: RangeSource, worker: PDFWorker): PDFDocumentLoadingTask {
  return getDocument({
    worker,
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

/** What the reader is told when a document cannot be opened. */
function reason(error: unknown): Error {
  if (error instanceof Error && error.name === "InvalidPDFException") return new Error(t("pdf.damaged"));
  return error instanceof Error ? error : new Error(String(error));
}

export async function pdf(host: HTMLElement, input: FileInput, signal: AbortSignal): Promise<Mounted> {
  const { source, task, abort } = await begin(input, signal);
  signal.addEventListener("abort", abort);
  const shown: { view?: View } = {};
  const unreadable = new Promise<never>((_, reject) => (source.onFailed = reject));
  const asked = new Promise<void>((resolve) => {
    task.onPassword = (enter: (password: string) => void, why: number) => {
      askPassword(host, input.name, why === PasswordResponses.INCORRECT_PASSWORD, enter);
      resolve();
    };
  });
  const opened = Promise.race([task.promise, unreadable]).then((file: PDFDocumentProxy) => {
    if (signal.aborted) return;
    const view = new View(host, file, input);
    shown.view = view;
    source.onFailed = (error) => missing(host, view, source, error);
  });
  try {
    await Promise.race([opened, asked]);
  } catch (error) {
    abort();
    throw reason(error);
  }
  // After a password is asked for, there is nobody to throw to.
  opened.catch((error: unknown) => host.replaceChildren(problem("pdf", t("part.unavailable"), reason(error).message)));
  return {
    ...(shown.view ? { drawn: shown.view.drawn } : {}),
    showFragment: (fragment) => shown.view?.show(fragment),
    destroy() {
      signal.removeEventListener("abort", abort);
      shown.view?.destroy();
      abort();
    },
  };
}

/** Says that pages cannot be had, and asks for them again if the reader wants. */
function missing(host: HTMLElement, view: View, source: RangeSource, error: unknown): void {
  view.fail(error);
  const box = problem("pdf", t("pdf.missing"), error instanceof Error ? error.message : String(error));
  const again = button("button", t("action.retry"), () => {
    box.remove();
    source.retry();
  });
  box.append(element("p", "", again));
  host.prepend(box);
}
