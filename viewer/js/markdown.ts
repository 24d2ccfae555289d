// A Markdown document: parsed by the documents module, put into the page by `markup.ts`.

import { loadDocuments } from "./documents";
import type { FileInput, Mounted } from "./file";
import { type Links, fill } from "./markup";
import { readText } from "./source";

/** A file, or a text at hand: a share's description. */
type Input = FileInput | { text: string; links: Links };

export async function markdown(host: HTMLElement, input: Input, signal: AbortSignal): Promise<Mounted> {
  const [documents, text] = await Promise.all([loadDocuments(), "text" in input ? input.text : readText(input, signal)]);
  if (!signal.aborted) fill(host, documents.markdown(text), { links: input.links, macros: {}, signal });
  return { destroy() {} };
}
