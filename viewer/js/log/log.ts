// What a program wrote, as its terminal showed it: colours, overwritten lines, numbers that link. The first part is shown at once,
// the rest when the reader asks for it or the address points there.

import { linesOf } from "../code/fragment";
import { more } from "../code/more";
import { TextParts } from "../code/parts";
import { copyButton } from "../copy";
import { button, element } from "../elements";
import { type Choose, rereadable } from "../encodings/address";
import { encodingChoice, isDoubtful } from "../encodings/choice";
import type { FileInput, Mounted } from "../file";
import { loadStyle } from "../styles";
import { Terminal } from "../terminal/terminal";
import { t } from "../text";
import { LINES_MAX, Rows } from "./rows";

export const log = (host: HTMLElement, input: FileInput, signal: AbortSignal): Promise<Mounted> => rereadable(host, input, signal, drawn);

async function drawn(host: HTMLElement, input: FileInput, signal: AbortSignal, choose: Choose): Promise<Mounted> {
  const parts = new TextParts(input, signal);
  const [text] = await Promise.all([parts.next(), loadStyle(ASSETS.styles.log ?? "")]);
  if (signal.aborted) return { destroy() {} };
  const [terminal, rows] = [new Terminal(), new Rows()];
  const facts = element("span", "tools-note");
  const isOld = !text.includes("\n");
  const add = (text: string) => {
    // Where no line feed is, a carriage return ends a line; elsewhere it goes back to its beginning.
    rows.add(terminal.write(isOld ? text.replace(/\r\n?/g, "\n") : text), terminal.open);
    facts.textContent = rows.isFull ? t("log.cut", { count: LINES_MAX }) : t("code.lines", { count: rows.count });
  };
  add(text);
  const rest = more(parts, add, signal);
  const show = (fragment: string) => {
    const lines = linesOf(fragment);
    const point = () => bringToSight(rows.mark(lines));
    if (lines.from === 0 || rows.count > lines.to || parts.isWhole || rows.isFull) return point();
    rest.until(() => rows.count > lines.to || rows.isFull).then(point, (error: unknown) => console.warn("The lines that the address points at could not be read", error));
  };
  const pick = picker(rows, (fragment) => input.onFragment(fragment));
  const view = region(rows, input.name);
  const bar = element("div", "tools", facts, lineField((line) => (input.onFragment(`L${line}`), show(`L${line}`))), wrapButton(view), copyButton("tool", t("copy.do"), () => rows.text()));
  if (parts.encoding !== undefined && isDoubtful(parts.encoding, text)) bar.append(encodingChoice(parts.encoding, choose));
  host.replaceChildren(bar, view, rest.bar);
  if (rows.count === 0) view.replaceChildren(element("p", "log-empty", t("log.empty")));
  rows.element.addEventListener("click", pick);
  show(input.fragment);
  return { destroy() {}, showFragment: show };
}

/** The place that scrolls. */
function region(rows: Rows, name: string): HTMLElement {
  const view = element("div", "log-scroll log-wrapped", rows.element);
  view.tabIndex = 0;
  view.setAttribute("role", "region");
  view.setAttribute("aria-label", t("log.label", { name }));
  return view;
}

/** Blocks that were never laid out have guessed heights, so that the first scroll may miss. */
function bringToSight(row: HTMLElement | undefined): void {
  row?.scrollIntoView({ block: "center" });
  requestAnimationFrame(() => row?.scrollIntoView({ block: "center" }));
}

/** A click on a number picks its line, with Shift a run of lines. */
function picker(rows: Rows, onFragment: (fragment: string) => void): (event: MouseEvent) => void {
  let anchor = 0;
  return (event) => {
    const row = event.target;
    if (!(row instanceof HTMLElement) || !row.matches(".log-line")) return;
    // The number is a pseudo-element in the row's padding: what lies there is no text.
    if (event.clientX - row.getBoundingClientRect().left > parseFloat(getComputedStyle(row).paddingLeft)) return;
    const line = Number(row.dataset.line);
    const isRun = event.shiftKey && anchor > 0;
    const [from, to] = isRun ? [Math.min(anchor, line), Math.max(anchor, line)] : [line, line];
    if (!isRun) anchor = line;
    rows.mark({ from, to });
    onFragment(from === to ? `L${from}` : `L${from}-L${to}`);
  };
}

/** The way to a line by keyboard. */
function lineField(go: (line: number) => void): HTMLElement {
  const field = element("input", "log-go");
  Object.assign(field, { type: "text", inputMode: "numeric", placeholder: t("code.go-to-line"), autocomplete: "off" });
  field.setAttribute("aria-label", t("code.go-to-line"));
  field.addEventListener("keydown", (event) => {
    const line = Number.parseInt(field.value.replace(/\D/g, ""), 10);
    if (event.key === "Enter" && line > 0 && line < 1e9) go(line);
  });
  return field;
}

function wrapButton(view: HTMLElement): HTMLButtonElement {
  const wrap = button("tool", t("code.wrap"), (self) => self.setAttribute("aria-pressed", String(view.classList.toggle("log-wrapped"))));
  wrap.setAttribute("aria-pressed", "true");
  return wrap;
}
