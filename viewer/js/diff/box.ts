// One file of a diff in a box of its own: its name, what became of it, rows with both numbers, marked by sign and colour. Text goes
// in as text. It refuses to draw many rows before somebody asks for them. The diff page calls it.

import { button, element, preformatted } from "../elements";
import { t } from "../text";
import type { FileDiff, Hunk, Rest, Row } from "./parse";
import { decodedHead } from "./words";

/** Rows that are drawn at once: some 25 screens. */
const ROWS_STEP = 1_000;

/** By a row's sign; a merge has one for each parent. */
function classOf(sign: Row["sign"]): string {
  if (sign === "\\") return "diff-note";
  return sign.includes("-") ? "diff-removed" : sign.includes("+") ? "diff-added" : "diff-same";
}

export const rowsOf = (file: FileDiff): number => file.hunks.reduce((sum, hunk) => sum + hunk.rows.length, 0);

export function nameOf({ old, now, change }: FileDiff): string {
  const name = (change === "deleted" ? old : now) ?? now ?? old ?? t("diff.unnamed");
  return old !== undefined && now !== undefined && old !== now && change !== "deleted" ? `${old} → ${now}` : name;
}

/** `+3 -1`, and in words for those who hear it. */
export function counts(added: number, removed: number): HTMLElement {
  const one = (className: string, sign: string, words: string) => {
    const seen = element("span", className, sign);
    seen.setAttribute("aria-hidden", "true");
    return [seen, element("span", "visually-hidden", words)];
  };
  return element("span", "diff-counts", ...one("diff-plus", `+${added}`, t("diff.added", { count: added })), " ", ...one("diff-minus", `−${removed}`, t("diff.removed", { count: removed })));
}

/** What became of the file, besides its rows. */
function notesOf(file: FileDiff): string[] {
  const notes = file.change === "changed" ? [] : [t(`diff.${file.change}-file`)];
  if (file.mode.old !== "" && file.mode.now !== "") notes.push(t("diff.mode", file.mode));
  if (file.isBinary) notes.push(t("diff.binary"));
  return notes;
}

/** The box; its rows are drawn when it is first open. */
export function box(file: FileDiff, id: string, isOpen: boolean): HTMLDetailsElement {
  const name = element("span", "diff-name", nameOf(file));
  const notes = notesOf(file).map((note) => element("span", "diff-fact", note));
  const made = element("details", "diff-file", element("summary", "", name, ...notes, counts(file.added, file.removed)));
  made.id = id;
  let isDrawn = false;
  const draw = () => {
    if (isDrawn) return;
    isDrawn = true;
    made.append(...(file.hunks.length > 0 ? [table(file)] : [element("p", "diff-nothing", file.isBinary ? t("diff.binary-hidden") : t("diff.no-rows"))]));
  };
  made.addEventListener("toggle", () => made.open && draw());
  made.open = isOpen;
  if (isOpen) draw();
  return made;
}

/** Lines that belong to no file, as they stand. */
export function rest(item: Rest): HTMLElement {
  const text = preformatted("diff-rest", decodedHead(item.text.replace(/^\n+|\s+$/g, "")));
  text.setAttribute("role", "region");
  text.setAttribute("aria-label", t("diff.rest"));
  return text;
}

function table(file: FileDiff): HTMLElement {
  const body = element("tbody");
  const heads = [t("diff.old-line"), t("diff.new-line"), t("diff.sign"), t("diff.text")].map((text) => {
    const head = element("th", "", element("span", "visually-hidden", text));
    head.scope = "col";
    return head;
  });
  const made = element("table", "diff-table", element("thead", "", element("tr", "", ...heads)), body);
  made.setAttribute("aria-label", t("diff.changes", { name: nameOf(file) }));
  const scroll = element("div", "diff-scroll", made);
  scroll.tabIndex = 0;
  scroll.setAttribute("role", "region");
  scroll.setAttribute("aria-label", t("diff.changes", { name: nameOf(file) }));
  const coming = rowElements(file.hunks);
  const place = element("div", "", scroll);
  const total = rowsOf(file);
  let drawn = 0;
  const step = () => {
    for (let made = 0; made < ROWS_STEP && drawn < total; made += 1, drawn += 1) body.append(...(coming.next().value ?? []));
    const left = total - drawn;
    more.hidden = left === 0;
    more.textContent = t("diff.more", { count: left });
  };
  const more = button("tool diff-more", "", step);
  place.append(more);
  step();
  return place;
}

/** A row at a time, the first of a hunk with its heading. */
function* rowElements(hunks: readonly Hunk[]): Generator<HTMLElement[], undefined> {
  for (const { heading, rows } of hunks) {
    for (const [index, row] of rows.entries()) yield index === 0 ? [headingRow(heading), rowElement(row)] : [rowElement(row)];
  }
  return undefined;
}

function headingRow(heading: string): HTMLElement {
  const cell = element("td", "", heading);
  cell.colSpan = 4;
  return element("tr", "diff-hunk", cell);
}

function rowElement({ sign, text, old, now }: Row): HTMLElement {
  const numbers = [old, now].map((line) => element("td", "diff-number", line === undefined ? "" : String(line)));
  return element("tr", classOf(sign), ...numbers, element("td", "diff-sign", sign), element("td", "diff-text", text));
}
