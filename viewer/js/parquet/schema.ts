// A Parquet file's schema as it is read here: hyparquet is asked for what is stored, without what the types mean, because its
// own values lose digits, units and zones (`value-text.ts` knows these). Says, too, why a file cannot be read. Pure but for the
// decoders; `column-rows.ts` calls it.

import { type AsyncBuffer, type CompressionCodec, type Compressors, type FileMetaData, parquetMetadataAsync, parquetSchema, type SchemaElement, type SchemaTree } from "hyparquet";
import { gunzip } from "hyparquet-compressors/src/gzip.js";
import { decompressLz4, decompressLz4Raw } from "hyparquet-compressors/src/lz4.js";
import { decompress as decompressZstd } from "fzstd";

/** hyparquet knows Snappy itself. */
const COMPRESSORS: Compressors = { GZIP: (input, length) => gunzip(input, new Uint8Array(length)), ZSTD: (input) => decompressZstd(input), LZ4: decompressLz4, LZ4_RAW: decompressLz4Raw };

/** What decoders there are for the file's columns; Brotli's, whose dictionary is larger than all the rest, comes when it is used. */
export async function compressorsFor(metadata: FileMetaData): Promise<Compressors> {
  const codecs = new Set(metadata.row_groups.flatMap(({ columns }) => columns.map((column) => column.meta_data?.codec)));
  const known: (CompressionCodec | undefined)[] = [undefined, "UNCOMPRESSED", "SNAPPY", "BROTLI", ...(Object.keys(COMPRESSORS) as CompressionCodec[])];
  const other = [...codecs].find((codec) => !known.includes(codec));
  if (other !== undefined) throw new Error(`Its columns are packed with ${other}, which this page cannot unpack`);
  if (!codecs.has("BROTLI")) return COMPRESSORS;
  const { decompressBrotli } = await import("hyparquet-compressors/src/brotli.js");
  return { ...COMPRESSORS, BROTLI: decompressBrotli };
}

const MAGIC = "PAR1";
const ENCRYPTED = "PARE";

/** Reads the footer, or throws what a reader can understand. */
export async function metadataOf(file: AsyncBuffer): Promise<FileMetaData> {
  if (file.byteLength < 12) throw new Error("It is too short for a Parquet file");
  const ending = new TextDecoder("windows-1252").decode(await file.slice(file.byteLength - 4, file.byteLength));
  if (ending === ENCRYPTED) throw new Error("The Parquet file is encrypted");
  if (ending !== MAGIC) throw new Error("It is no Parquet file, or its end is missing: the last four bytes are not PAR1");
  try {
    return await parquetMetadataAsync(file);
  } catch (error) {
    if (error instanceof Error && /range|network|connection|file names/i.test(error.message)) throw error;
    throw new Error(`The Parquet file's description of itself cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}

const isVariant = ({ element }: SchemaTree) => element.logical_type?.type === "VARIANT";

/** Whether hyparquet makes of it what is shown: shapes, and values that bring their own types. */
export const isReady = (tree: SchemaTree): boolean => isVariant(tree) || ["GEOMETRY", "GEOGRAPHY"].includes(tree.element.logical_type?.type ?? "");

export const isMap = ({ element, children }: SchemaTree): boolean =>
  (element.logical_type?.type === "MAP" || element.converted_type === "MAP" || element.converted_type === "MAP_KEY_VALUE") && children.length === 1 && children[0]?.children.length === 2;

export const isList = ({ element, children }: SchemaTree): boolean => (element.logical_type?.type === "LIST" || element.converted_type === "LIST") && children.length === 1;

/**
 * The same file, its columns described by what is stored: leaves have no meaning, and maps are lists of pairs, so that keys of any
 * type and twice the same stay what they are.
 */
export function stored(metadata: FileMetaData): FileMetaData {
  const kept = new Set<SchemaElement>();
  const keep = (tree: SchemaTree, isKept: boolean): void => {
    const keeps = isKept || isReady(tree);
    if (keeps) kept.add(tree.element);
    for (const child of tree.children) keep(child, keeps);
  };
  const replaced = new Map<SchemaElement, SchemaElement>();
  const visit = (tree: SchemaTree): void => {
    if (!kept.has(tree.element)) replaced.set(tree.element, bare(tree));
    tree.children.forEach(visit);
  };
  const root = parquetSchema(metadata);
  keep(root, false);
  root.children.forEach(visit);
  return { ...metadata, schema: metadata.schema.map((element) => replaced.get(element) ?? element) };
}

function bare(tree: SchemaTree): SchemaElement {
  const { converted_type: _converted, logical_type: _logical, ...element } = tree.element;
  return isList(tree) ? { ...element, converted_type: "LIST" } : element;
}
