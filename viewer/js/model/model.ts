import type { FileInput, Mounted } from "../file";
import { element } from "../elements";
export function model(host: HTMLElement, _input: FileInput, _signal: AbortSignal): Mounted {
  host.replaceChildren(element("p", "empty", "later model"));
  return { destroy() {} };
}
