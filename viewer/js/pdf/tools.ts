// The bar above a PDF: sidebar, page, zoom, turning, search, a link to the page, printing.

import type { EventBus } from "pdfjs-dist/web/pdf_viewer.mjs";
import { element } from "../elements";
import { number, t } from "../text";
import { group, named, pressed, tool } from "../tool";
import { pageNamed } from "./labels";
import type { View } from "./view";

const FITS = ["auto", "page-width", "page-fit", "page-actual"] as const;
const PERCENTS = [50, 75, 100, 125, 150, 200, 300, 400];

const FIT_NAMES = { auto: () => t("pdf.zoom.auto"), "page-width": () => t("pdf.zoom.width"), "page-fit": () => t("pdf.zoom.page"), "page-actual": () => t("pdf.zoom.actual") };

export function tools(view: View, bus: EventBus): HTMLElement {
  const bar = element("div", "tools pdf-tools");
  bar.setAttribute("role", "toolbar");
  bar.setAttribute("aria-label", t("pdf.tools"));
  const side = tool("sidebar", t("pdf.side"), () => view.side.toggle());
  side.setAttribute("aria-expanded", "false");
  view.side.onToggle = (open) => side.setAttribute("aria-expanded", String(open));
  const find = tool("search", t("pdf.find"), () => view.find.open());
  const rotate = tool("rotate", t("pdf.rotate"), () => (view.pages.pagesRotation += 90));
  rotate.classList.add("pdf-wide");
  const print = tool("print", t("pdf.print"), (self) => void printing(view, self, note));
  const note = element("span", "tools-note pdf-note");
  note.setAttribute("role", "status");
  bar.append(side, paging(view, bus), zooming(view, bus), rotate, find, linking(view, note), print, note);
  return bar;
}

/** Characters of a label that the field has room for. */
const LABEL_SHOWN = 10;

/** Which page is read, and steps to its neighbours. */
function paging(view: View, bus: EventBus): HTMLElement {
  const last = view.file.numPages;
  const field = element("input", "field pdf-page-field");
  field.inputMode = "numeric";
  field.setAttribute("aria-label", t("pdf.page.field"));
  field.style.setProperty("width", `calc(${Math.max(2, String(last).length) + 0.5}ch + 18px)`);
  const back = tool("up", t("pdf.page.previous"), () => view.pages.previousPage());
  const next = tool("down", t("pdf.page.next"), () => view.pages.nextPage());
  const count = element("span", "tools-note pdf-count", t("pdf.page.of", { count: last }));
  const follow = () => {
    const { currentPageNumber: page } = view.pages;
    field.value = view.nameOf(page);
    if (view.labels) count.textContent = t("pdf.page.at", { page: number(page), total: number(last) });
    back.disabled = page <= 1;
    next.disabled = page >= last;
  };
  field.addEventListener("change", () => {
    const page = pageNamed(view.labels, field.value, last);
    if (page !== undefined) view.pages.currentPageNumber = page;
    follow();
  });
  void view.labelled.then(() => {
    if (!view.labels) return;
    field.inputMode = "text";
    const longest = Math.max(2, ...view.labels.map((label) => Math.min(label.length, LABEL_SHOWN)));
    field.style.setProperty("width", `calc(${longest + 0.5}ch + 18px)`);
    follow();
  });
  field.addEventListener("focus", () => field.select());
  bus.on("pagechanging", follow);
  bus.on("pagesinit", follow);
  back.classList.add("pdf-wide");
  next.classList.add("pdf-wide");
  return group(back, next, field, count);
}

/** How large the pages are: to fit, or in percent of paper. */
function zooming(view: View, bus: EventBus): HTMLElement {
  const choice = element("select", "field pdf-zoom");
  choice.setAttribute("aria-label", t("pdf.zoom"));
  for (const fit of FITS) choice.append(new Option(FIT_NAMES[fit](), fit));
  const own = new Option("", "own");
  own.hidden = true;
  choice.append(own, ...PERCENTS.map((percent) => new Option(percentage(percent / 100), String(percent / 100))));
  choice.addEventListener("change", () => {
    view.pages.currentScaleValue = choice.value;
    view.scroller.focus({ preventScroll: true });
  });
  bus.on("scalechanging", ({ scale, presetValue }: { scale: number; presetValue?: string }) => {
    const known = [...choice.options].find(({ value }) => value === (presetValue ?? String(scale)));
    own.textContent = percentage(scale);
    own.hidden = known !== undefined;
    choice.value = known?.value ?? "own";
  });
  const out = tool("zoom-out", t("zoom.out"), () => view.pages.decreaseScale());
  const into = tool("zoom-in", t("zoom.in"), () => view.pages.increaseScale());
  choice.classList.add("pdf-wide");
  return group(out, choice, into);
}

const percentage = (scale: number): string => t("zoom.percent", { percent: number(Math.round(scale * 100)) });

/** Copies the address of the page that is read. */
function linking(view: View, note: HTMLElement): HTMLElement {
  return tool("link", t("pdf.link"), (self) => {
    const address = `${location.origin}${location.pathname}${location.search}#${view.say()}`;
    navigator.clipboard.writeText(address).then(
      () => (note.textContent = t("pdf.link.copied")),
      // The address bar has it.
      () => (note.textContent = t("pdf.link.shown")),
    );
    pressed(self, true);
    setTimeout(() => {
      self.removeAttribute("aria-pressed");
      note.textContent = "";
    }, 3_000);
  });
}

/** Prints, which takes a moment for each page. */
async function printing(view: View, self: HTMLButtonElement, note: HTMLElement): Promise<void> {
  self.disabled = true;
  note.textContent = t("pdf.print.preparing");
  try {
    note.textContent = (await view.print()) ? "" : t("pdf.print.many");
  } catch (error) {
    console.warn("The document could not be printed", error);
    note.textContent = t("pdf.print.failed");
  } finally {
    self.disabled = false;
    named(self, t("pdf.print"));
  }
}
