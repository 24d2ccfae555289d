// JSON as a tree: opened step by step, searched, its paths and values copied. JSON Lines are the entries of one list. A text that
// is no JSON is shown as text, with the place where it stops being JSON.

import { copyButton } from "./copy";
import { element, problem } from "./elements";
import type { FileInput, Mounted } from "./file";
import { type Fault, check, rootOf, said } from "./json/scan";
import { searchBox } from "./json/search";
import { Tree } from "./json/tree";
import { readText } from "./source";
import { loadStyle } from "./styles";
import { t } from "./text";

/** How long one slice of work may take before the page gets a turn. */
const SLICE_MS = 12;

export async function json(host: HTMLElement, input: FileInput, signal: AbortSignal): Promise<Mounted> {
  const [text] = await Promise.all([readText(input, signal), loadStyle(ASSETS.styles.json ?? "")]);
  const lines = /\.(jsonl|ndjson)$/i.test(input.name);
  const fault = await inSlices(check(text, lines), signal);
  if (signal.aborted) return { destroy() {} };
  if (fault) return asText(host, text, fault, input, signal);
  return draw(host, text, lines, input.name);
}

async function inSlices(work: Generator<void, Fault | undefined>, signal: AbortSignal): Promise<Fault | undefined> {
  let sliceEnd = performance.now() + SLICE_MS;
  for (let step = work.next(); !signal.aborted; step = work.next()) {
    if (step.done) return step.value;
    if (performance.now() < sliceEnd) continue;
    await new Promise((resolve) => setTimeout(resolve));
    sliceEnd = performance.now() + SLICE_MS;
  }
  return undefined;
}

function draw(host: HTMLElement, text: string, lines: boolean, name: string): Mounted {
  const path = element("code", "json-path");
  const tree = new Tree(text, rootOf(text, lines), t("json.label", { name }), (row) => (path.textContent = row.path));
  const value = () => {
    const { kind, start, end } = tree.current.value;
    const written = text.slice(start, end);
    return kind === "string" ? said(written) : written;
  };
  const search = searchBox(text, (at) => tree.reveal(at));
  const bar = element("div", "tools tools-sticky json-tools", path, copyButton("tool", t("json.copy-path"), () => tree.current.path), copyButton("tool", t("json.copy-value"), value), search);
  host.replaceChildren(bar, tree.element);
  return { destroy() {} };
}

/** The text in the editor, with the line marked where it stops being JSON. */
async function asText(host: HTMLElement, text: string, fault: Fault, input: FileInput, signal: AbortSignal): Promise<Mounted> {
  const { editor } = await import("./code");
  const place = element("div", "json-source");
  const { line, column } = fault;
  host.replaceChildren(problem("json", t("json.broken"), t("json.broken-at", { line, column })), place);
  const fragment = input.fragment || `L${line}`;
  return editor(place, { text, name: input.name, fragment, onFragment: (fragment) => input.onFragment(fragment) }, signal);
}
