// Comma- and tab-separated values as a table.

import type { Mounted } from "./bridge";
import { loadDocuments } from "./documents";
import { element } from "./elements";

/** What `table.rs` reads. */
export interface Table {
  head: string[];
  rows: string[][];
  totalRows: number;
  totalColumns: number;
  numeric: boolean[];
}

const grouped = (value: number) => value.toLocaleString("en").replaceAll(",", "\u2009");
const counted = (value: number, noun: string) => `${grouped(value)} ${noun}${value === 1 ? "" : "s"}`;

/** How much of the table there is, and how much of it is shown. */
function note(table: Table): string {
  const parts = [`${counted(table.totalRows, "row")}, ${counted(table.totalColumns, "column")}`];
  if (table.totalRows > table.rows.length) parts.push(`the first ${grouped(table.rows.length)} rows are shown`);
  if (table.totalColumns > table.numeric.length) parts.push(`the first ${table.numeric.length} columns are shown`);
  return parts.join("; ");
}

export async function table(host: HTMLElement, input: { text: string }, signal: AbortSignal): Promise<Mounted> {
  const documents = await loadDocuments();
  if (signal.aborted) return { destroy() {} };
  const read = documents.table(input.text);
  if (read.head.length === 0) {
    host.replaceChildren(element("p", "empty", "This table is empty."));
    return { destroy() {} };
  }
  const look = (column: number) => (read.numeric[column] ? "number" : "");
  const cells = (row: string[]) => row.map((cell, column) => element("td", look(column), cell));
  const heads = read.head.map((cell, column) => {
    const head = element("th", look(column), cell);
    head.scope = "col";
    return head;
  });
  const rows = read.rows.map((row, index) => {
    const number = element("th", "row-number", String(index + 1));
    number.scope = "row";
    return element("tr", "", number, ...cells(row));
  });
  const scroll = element(
    "div",
    "table-scroll data",
    element("table", "", element("thead", "", element("tr", "", element("td"), ...heads)), element("tbody", "", ...rows)),
  );
  scroll.tabIndex = 0;
  host.replaceChildren(element("p", "facts", note(read)), scroll);
  return { destroy() {} };
}
