// A Markdown document: parsed by the documents module, put into the page by `markup.ts`, with its contents beside it.

import { type Heading, besideContents, contents, loadContentsStyle } from "./contents";
import { loadDocuments } from "./documents";
import { element } from "./elements";
import type { FileInput, Mounted } from "./file";
import { type Links, emojify, fill } from "./markup";
import { readText } from "./source";

/** A file, or a text at hand: a share's description. */
type Input = FileInput | { text: string; links: Links; frameUrl?: string };

export async function markdown(host: HTMLElement, input: Input, signal: AbortSignal): Promise<Mounted> {
  const isFile = !("text" in input);
  const [documents, text] = await Promise.all([
    loadDocuments(),
    isFile ? readText(input, signal) : input.text,
    isFile ? loadContentsStyle() : undefined,
  ]);
  if (signal.aborted) return { destroy() {} };
  const html = documents.markdown(text, isFile ? input.name : "");
  const mounted: Mounted[] = [];
  const around = { links: input.links, macros: {}, signal, mounted, ...(input.frameUrl === undefined ? {} : { frameUrl: input.frameUrl }) };
  const left = { destroy: () => mounted.forEach((one) => one.destroy()) };
  if (!isFile) {
    fill(host, html, around);
    return left;
  }
  const column = element("div", "prose");
  fill(column, html, around);
  const list = contents(headingsOf(column));
  host.classList.remove("prose");
  host.replaceChildren(list ? besideContents(list, column) : column);
  if (list) void emojify(list);
  return left;
}

/** The headings as they stand in the page, so that no other reading of the text can differ from it. */
function headingsOf(column: HTMLElement): Heading[] {
  return [...column.querySelectorAll("h1[id], h2[id], h3[id], h4[id], h5[id], h6[id]")].map((heading) => {
    const words = [...heading.childNodes].filter((node) => !(node instanceof Element && node.matches(".anchor")));
    return { level: Number(heading.tagName[1]), text: words.map((node) => node.textContent ?? "").join(""), id: heading.id };
  });
}
