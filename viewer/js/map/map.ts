import type { FileInput, Mounted } from "../file";
import { element } from "../elements";
export function map(host: HTMLElement, _input: FileInput, _signal: AbortSignal): Mounted {
  host.replaceChildren(element("p", "empty", "later map"));
  return { destroy() {} };
}
