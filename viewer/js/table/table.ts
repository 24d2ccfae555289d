// Comma- and tab-separated values as a table, drawn while the file comes. How it is taken apart is guessed, said, and may be chosen.

import { type Choose, reading, rereadable } from "../encodings/address";
import { utf8Pieces } from "../encodings/pieces";
import type { FileInput, Mounted } from "../file";
import { readPieces } from "../source";
import { loadStyle } from "../styles";
import type { Wish } from "./dialect";
import { DELIMITER_NAMES } from "./reading";
import { RemoteTable } from "./remote";
import { TableView } from "./table-view";

export const table = (host: HTMLElement, input: FileInput, signal: AbortSignal): Promise<Mounted> => rereadable(host, input, signal, drawn);

async function drawn(host: HTMLElement, input: FileInput, signal: AbortSignal, choose: Choose): Promise<Mounted> {
  await loadStyle(ASSETS.styles["table"] ?? "");
  const remote = new RemoteTable(ASSETS.tableWorker, { size: input.size, contentType: input.contentType, name: input.name, wish: wished() });
  const view = new TableView(host, input, remote, choose);
  void feed(remote, view, input, signal);
  return view;
}

/** What the address asks for. */
function wished(): Wish {
  const delimiter = Object.entries(DELIMITER_NAMES).find(([, name]) => name === reading("delimiter"))?.[0];
  const [quotes, head, skip] = [reading("quotes"), reading("head"), Number(reading("skip") ?? Number.NaN)];
  return {
    ...(delimiter === undefined ? {} : { delimiter }),
    ...(quotes === "yes" || quotes === "no" ? { quotes: quotes === "yes" } : {}),
    ...(head === "yes" || head === "no" ? { head: head === "yes" } : {}),
    ...(Number.isInteger(skip) && skip >= 0 && skip <= 10_000 ? { skip } : {}),
  };
}

async function feed(remote: RemoteTable, view: TableView, input: FileInput, signal: AbortSignal): Promise<void> {
  try {
    for await (const piece of utf8Pieces(readPieces(input, signal), input, (name) => (view.encoding = name))) remote.push(piece);
    remote.end();
  } catch (error) {
    if (!signal.aborted) view.failed(error instanceof Error ? error : new Error(String(error)));
  }
}
