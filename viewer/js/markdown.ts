// A Markdown document: parsed by the documents module, put into the page by `markup.ts`.

import type { Mounted } from "./bridge";
import { loadDocuments } from "./documents";
import { type Links, fill } from "./markup";

export async function markdown(host: HTMLElement, input: { text: string; links: Links }, signal: AbortSignal): Promise<Mounted> {
  const documents = await loadDocuments();
  if (!signal.aborted) fill(host, documents.markdown(input.text), { links: input.links, macros: {}, signal });
  return { destroy() {} };
}
