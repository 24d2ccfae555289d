// What a notebook's code cells printed. Terminal text, pictures and plain HTML are drawn in the page; whatever may run goes
// to the frame origin.

import { element, folded, preformatted } from "../elements";
import { frame } from "../frame";
import { fill } from "../markup";
import { t } from "../text";
import type { DrawnOutput } from "./drawing";
import { filesFor } from "./named";
import { pageOutput } from "./page-output";
import type { Printing } from "./shared";
import { repairedSvg } from "./svg";
import { terminal } from "./terminal";

/** Longer JSON is folded away. */
const JSON_OPEN = 4_000;

/** Longer still, it is cut: the file itself has it all. */
const JSON_MAX = 1_000_000;

export function outputElement(output: DrawnOutput, scrolled: boolean | null, shared: Printing): HTMLElement {
  switch (output.kind) {
    case "terminal":
      return terminal(output.look, output.text, scrolled);
    case "html": {
      const place = element("div", "prose");
      fill(place, output.html, shared);
      return place;
    }
    case "frame":
      return framed(output.form, output.data, shared);
    case "page":
      return pageOutput(output, shared);
    case "image":
      return image(output);
    case "pdf": {
      const place = element("div", "output-pdf");
      void import("./pdf-output").then(
        ({ pdfOutput }) => pdfOutput(place, output.data, shared.signal),
        () => place.append(element("p", "part-problem", t("notebook.pdf.failed"))),
      );
      return place;
    }
    case "json": {
      const cut = output.text.length > JSON_MAX ? `${output.text.slice(0, JSON_MAX)}…` : output.text;
      const details = folded("folded", t("notebook.json", { type: output.mime }), preformatted("snippet", cut));
      details.open = output.text.length < JSON_OPEN;
      return details;
    }
    case "widget":
      return widget(output, scrolled, shared);
    case "nothing":
      return output.types.length === 0
        ? element("div", "hidden")
        : element("p", "part-problem small", t("notebook.output.nothing", { types: output.types.join(", ") }));
  }
}

function framed(form: string, data: string | (() => Promise<string>), shared: Printing): HTMLElement {
  const place = element("div", "output-frame-host");
  const title = t("notebook.output.frame", { form });
  const files = (form === "html" || form === "javascript") && typeof data === "string" ? () => filesFor(data, shared.links, shared.signal) : undefined;
  shared.mounted.push(frame(place, { url: shared.frameUrl, form, data, title, ...(files ? { files } : {}) }));
  return place;
}

/** From the state saved with the notebook, in the frame; else what stands beside it; else what it was. */
function widget(output: DrawnOutput & { kind: "widget" }, scrolled: boolean | null, shared: Printing): HTMLElement {
  const { model, text, otherwise } = output;
  const place = element("div", "output-widget");
  place.style.setProperty("min-height", "3rem");
  const settle = (content: HTMLElement) => {
    place.style.removeProperty("min-height");
    place.replaceChildren(content);
  };
  const missing = () =>
    otherwise
      ? outputElement(otherwise, scrolled, shared)
      : element("div", "part-problem widget", element("p", "", t("frame.stateless")), element("code", "", text));
  shared.widget(model).then(
    (state) => {
      if (shared.signal.aborted) return;
      settle(state === undefined ? missing() : framed("widget", JSON.stringify({ model, state: JSON.parse(state) as unknown }), shared));
    },
    () => settle(missing()),
  );
  return place;
}

function image({ url, width, height, alt, onDark }: DrawnOutput & { kind: "image" }): HTMLElement {
  const picture = element("img", onDark ? "output-image on-dark" : "output-image");
  if (width !== null) picture.width = width;
  if (height !== null) picture.height = height;
  // The notebook's sizes, though they may be another shape than the picture's own.
  if (width !== null && height !== null) picture.style.setProperty("aspect-ratio", `${width} / ${height}`);
  picture.alt = alt;
  picture.decoding = "async";
  let isRepaired = false;
  picture.addEventListener("error", () => {
    const repaired = isRepaired ? undefined : repairedSvg(url);
    isRepaired = true;
    if (repaired === undefined) picture.replaceWith(element("span", "missing-image", alt || t("notebook.image.damaged")));
    else picture.src = repaired;
  });
  picture.src = url;
  return picture;
}
