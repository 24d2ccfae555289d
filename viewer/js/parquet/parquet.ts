// A Parquet file as a table. The worker reads it by ranges; this fetches them through the reader's session.

import type { FileInput, Mounted } from "../file";
import { readRange } from "../source";
import { loadStyle } from "../styles";
import { RemoteTable } from "../table/remote";
import { TableView } from "../table/table-view";

export async function parquet(host: HTMLElement, input: FileInput, signal: AbortSignal): Promise<Mounted> {
  await loadStyle(ASSETS.styles["table"] ?? "");
  const range = async (begin: number, end: number) => (await readRange(input, begin, end, signal)).bytes;
  const remote = new RemoteTable(ASSETS.parquetWorker, { size: input.size, contentType: input.contentType }, range);
  return new TableView(host, input, remote);
}
