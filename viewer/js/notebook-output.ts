// What a notebook's code cells printed. Terminal text, pictures and plain HTML are drawn in the page; whatever may run goes
// to the frame origin.

import { button, element, folded, preformatted } from "./elements";
import { frame } from "./frame";
import { fill } from "./markup";
import type { Notebook } from "./notebook";

/** A run of terminal text: the text, its classes, its colours that have no class. */
type Span = [text: string, classes: string, properties: string];

/** What `notebook/drawing.rs` writes. */
export type DrawnOutput =
  | { kind: "terminal"; look: string; spans: Span[] }
  | { kind: "html"; html: string }
  | { kind: "frame"; form: string; data: string }
  | { kind: "image"; url: string; width: number | null; height: number | null; alt: string }
  | { kind: "json"; text: string }
  | { kind: "widget"; text: string }
  | { kind: "nothing"; types: string[] };

/** Longer output is cut until the reader asks for the rest: some notebooks hold megabytes of progress messages. */
const CHARACTERS_SHOWN = 40_000;

/** Longer JSON is folded away. */
const JSON_OPEN = 4_000;

export function outputElement(output: DrawnOutput, shared: Notebook): HTMLElement {
  switch (output.kind) {
    case "terminal":
      return terminal(output.look, output.spans);
    case "html": {
      const place = element("div", "prose");
      fill(place, output.html, shared);
      return place;
    }
    case "frame": {
      const place = element("div", "output-frame-host");
      const title = `Output (${output.form})`;
      shared.mounted.push(frame(place, { url: shared.frameUrl, form: output.form, data: output.data, title }));
      return place;
    }
    case "image":
      return image(output);
    case "json": {
      const details = folded("folded", "JSON", preformatted("snippet", output.text));
      details.open = output.text.length < JSON_OPEN;
      return details;
    }
    case "widget":
      return element(
        "div",
        "part-problem widget",
        element("p", "", "An interactive widget was here. It needs the kernel that made it, which a published notebook does not have."),
        element("code", "", output.text),
      );
    case "nothing":
      return output.types.length === 0
        ? element("div", "hidden")
        : element("p", "part-problem small", `This output has only forms that cannot be shown here: ${output.types.join(", ")}.`);
  }
}

function image({ url, width, height, alt }: DrawnOutput & { kind: "image" }): HTMLElement {
  const picture = element("img", "output-image");
  if (width !== null) picture.width = width;
  if (height !== null) picture.height = height;
  picture.alt = alt;
  picture.decoding = "async";
  picture.addEventListener("error", () => picture.replaceWith(element("span", "missing-image", alt || "damaged picture")), { once: true });
  picture.src = url;
  return picture;
}

function terminal(look: string, spans: Span[]): HTMLElement {
  const className = `stream ${look}`.trimEnd();
  const length = spans.reduce((sum, [text]) => sum + text.length, 0);
  if (length <= CHARACTERS_SHOWN) return preformatted(className, ...pieces(spans));
  const block = preformatted(className, ...pieces(cut(spans)));
  const more = button("button more", `Show ${Math.round((length - CHARACTERS_SHOWN) / 1000)} kB more of output`, () => {
    block.replaceChildren(...pieces(spans));
    more.remove();
  });
  return element("div", "", block, more);
}

function pieces(spans: Span[]): (Node | string)[] {
  return spans.map(([text, classes, properties]) => {
    if (classes === "") return text;
    const span = element("span", classes, text);
    for (const declaration of properties.split(";")) {
      const [name, value] = declaration.split(":");
      if (name && value) span.style.setProperty(name, value);
    }
    return span;
  });
}

/** The first spans, up to the limit. */
function cut(spans: Span[]): Span[] {
  const shown: Span[] = [];
  let left = CHARACTERS_SHOWN;
  for (const [text, classes, properties] of spans) {
    shown.push([text.slice(0, left), classes, properties]);
    left -= text.length;
    if (left <= 0) break;
  }
  return shown;
}
