// What is packed in an archive: ZIP by ranges, tar and gzip by streaming. Other kinds are named, and why they are not listed.
// Nothing of an archive is run, and no more of it is read than a list takes.

import { element } from "../elements";
import type { FileInput, Mounted } from "../file";
import { readPieces, readRange } from "../source";
import { guessed } from "../encodings/guess";
import { loadStyle } from "../styles";
import { t } from "../text";
import { ArchiveError, type Listing } from "./entries";
import { ArchiveView } from "./archive-view";
import { preview } from "./preview";
import { listGzip, listPlainTar, type Single } from "./streams";
import { isHeader } from "./tar";
import { listZip, type Read } from "./zip";

/** The first bytes of what is not listed here, and what it is called. */
const OTHERS: readonly [string, readonly number[]][] = [
  ["7-Zip", [0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c]],
  ["xz", [0xfd, 0x37, 0x7a, 0x58, 0x5a]],
  ["Zstandard", [0x28, 0xb5, 0x2f, 0xfd]],
  ["bzip2", [0x42, 0x5a, 0x68]],
  ["RAR", [0x52, 0x61, 0x72, 0x21]],
];

const starts = (bytes: Uint8Array, magic: readonly number[]) => magic.every((byte, at) => bytes[at] === byte);

export async function archive(host: HTMLElement, input: FileInput, signal: AbortSignal): Promise<Mounted> {
  const read: Read = async (begin, end) => (await readRange(input, begin, Math.min(end, input.size), signal)).bytes;
  const [first] = await Promise.all([read(0, 512), loadStyle(ASSETS.styles["archive"] ?? "")]);
  // Lists stream until they have enough; then the rest is not wanted.
  const enough = new AbortController();
  signal.addEventListener("abort", () => enough.abort(), { once: true });
  try {
    const other = OTHERS.find(([, magic]) => starts(first, magic));
    if (other) return refuse(host, t("archive.other", { kind: other[0] }));
    const found = await list(first, input, read, enough.signal);
    if (signal.aborted) return { destroy() {} };
    if (!("entries" in found)) return await single(host, input, found);
    return new ArchiveView(host, found, read);
  } catch (error) {
    if (!(error instanceof ArchiveError)) throw error;
    return refuse(host, t(error.message));
  } finally {
    enough.abort();
  }
}

function list(first: Uint8Array, input: FileInput, read: Read, signal: AbortSignal): Promise<Listing | Single> {
  if (starts(first, [0x1f, 0x8b])) return listGzip(readPieces(input, signal));
  if (isHeader(first)) return listPlainTar(readPieces(input, signal));
  return listZip(input.size, read, guessed);
}

function refuse(host: HTMLElement, reason: string): Mounted {
  host.replaceChildren(element("div", "part-problem", element("p", "", element("strong", "", t("archive.notListed"))), element("p", "", reason)));
  return { destroy() {} };
}

/** One file that gzip packed. */
async function single(host: HTMLElement, input: FileInput, { bytes, isCut, problem }: Single): Promise<Mounted> {
  const name = unpackedName(input.name);
  const shown = await preview(name, bytes, isCut);
  const facts = [t("archive.single", { name }), ...(problem === undefined ? [] : [t(problem)])];
  host.replaceChildren(element("p", "archive-facts", facts.join(" · ")), shown.root);
  return { destroy: () => shown.destroy() };
}

/** What a file is called without its packing: `.bgz` is gzip in blocks (bgzip), `.svgz` a drawing. */
const unpackedName = (name: string): string => name.replace(/\.b?gz$/i, "").replace(/\.(svg|emf|wmf)z$/i, ".$1");
