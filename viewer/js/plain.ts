// A text as it stands: for what has no other form, and in place of a renderer that failed.

import { preformatted } from "./elements";
import type { FileInput, Mounted } from "./file";
import { readText } from "./source";

export async function plain(host: HTMLElement, input: FileInput, signal: AbortSignal): Promise<Mounted> {
  const text = await readText(input, signal);
  if (!signal.aborted) host.append(preformatted("plain", text));
  return { destroy() {} };
}
