// Comma- and tab-separated values as a table, drawn while the file comes.

import type { FileInput, Mounted } from "../file";
import { utf8Pieces } from "../encodings/pieces";
import { readPieces } from "../source";
import { loadStyle } from "../styles";
import { RemoteTable } from "./remote";
import { TableView } from "./table-view";

export async function table(host: HTMLElement, input: FileInput, signal: AbortSignal): Promise<Mounted> {
  await loadStyle(ASSETS.styles["table"] ?? "");
  const remote = new RemoteTable(ASSETS.tableWorker, { size: input.size, contentType: input.contentType, name: input.name });
  const view = new TableView(host, input, remote);
  void feed(remote, view, input, signal);
  return view;
}

async function feed(remote: RemoteTable, view: TableView, input: FileInput, signal: AbortSignal): Promise<void> {
  try {
    for await (const piece of utf8Pieces(readPieces(input, signal), input)) remote.push(piece);
    remote.end();
  } catch (error) {
    if (!signal.aborted) view.failed(error instanceof Error ? error : new Error(String(error)));
  }
}
