// A Parquet file as a table: its footer first, then the parts that hold the rows that are looked at. Small files can be sorted
// and filtered, which reads all of a column; of large ones only what is near the screen is ever fetched. Used by the worker.

import { type AsyncBuffer, type Compressors, type FileMetaData, parquetMetadataAsync, parquetReadObjects, parquetSchema, type SchemaTree } from "hyparquet";
import { gunzip } from "hyparquet-compressors/src/gzip.js";
import { decompressLz4, decompressLz4Raw } from "hyparquet-compressors/src/lz4.js";
import { decompress as decompressZstd } from "fzstd";
import type { Column, Shape, Table } from "../table/rows";
import { areNumbers } from "../table/values";

/** hyparquet knows Snappy itself. Brotli's dictionary would be as large as all the rest, and hardly anyone uses it here. */
const compressors: Compressors = { GZIP: (input, length) => gunzip(input, new Uint8Array(length)), ZSTD: (input) => decompressZstd(input), LZ4: decompressLz4, LZ4_RAW: decompressLz4Raw };

/** Rows that are decoded at once, and how many such blocks are kept. */
const BLOCK = 2_048;
const BLOCKS_KEPT = 24;

/** More columns are not shown. */
const COLUMNS_MAX = 2_000;

/** Files of more cells, or more bytes when unpacked, are not sorted: they would have to be read whole. */
const CELLS_MAX = 5_000_000;
const UNPACKED_MAX = 200_000_000;

/** A value as a cell says it. */
export function textOf(value: unknown): string {
  if (value === null || value === undefined) return "";
  if (typeof value === "string") return value;
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? "" : value.toISOString().replace(/(?:T00:00:00)?\.000Z$/, (cut) => (cut.length > 5 ? "" : "Z"));
  if (value instanceof Uint8Array) return [...value.subarray(0, 64)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  if (typeof value !== "object") return String(value);
  return JSON.stringify(value, (_, part: unknown) => (typeof part === "bigint" ? Number(part) : part instanceof Uint8Array ? textOf(part) : part)) ?? "";
}

/** The type of a column in a word. */
function typeOf({ element, children }: SchemaTree): string {
  const logical = element.logical_type?.type ?? element.converted_type;
  if (logical === "LIST" || logical === "MAP") return logical.toLowerCase();
  if (children.length > 0) return "struct";
  return (logical ?? element.type ?? "").toLowerCase();
}

export class ColumnRows implements Table {
  private readonly names: readonly string[];
  private readonly count: number;
  /** Whether rows can only be looked at as they stand. */
  readonly isFixed: boolean;
  private columns: Column[] = [];
  private readonly blocks = new Map<number, Promise<string[][]>>();
  private readonly whole = new Map<number, Promise<string[]>>();

  private constructor(
    private readonly file: AsyncBuffer,
    private readonly metadata: FileMetaData,
    private readonly schema: readonly SchemaTree[],
    private readonly width: number,
  ) {
    this.names = schema.map(({ element }) => element.name);
    this.count = Math.max(0, Math.min(Number(metadata.num_rows), 2 ** 40));
    const unpacked = metadata.row_groups.reduce((sum, group) => sum + Number(group.total_byte_size), 0);
    this.isFixed = this.count * this.names.length > CELLS_MAX || unpacked > UNPACKED_MAX;
  }

  static async open(file: AsyncBuffer): Promise<ColumnRows> {
    const metadata = await parquetMetadataAsync(file);
    const { children } = parquetSchema(metadata);
    const table = new ColumnRows(file, metadata, children.slice(0, COLUMNS_MAX), children.length);
    await table.describe();
    return table;
  }

  private async describe(): Promise<void> {
    const sample = (await this.block(0)).slice(0, 300);
    this.columns = this.schema.map((tree, index): Column => {
      const texts = sample.map((row) => row[index] ?? "");
      const longest = texts.reduce((most, text) => Math.max(most, Math.min(text.length, 60)), 0);
      const name = this.names[index] ?? "";
      return { name, kind: areNumbers(texts) ? "number" : "text", chars: Math.max(longest, Math.min(name.length, 30)), type: typeOf(tree) };
    });
  }

  shape(): Shape {
    return {
      columns: this.columns,
      rows: this.count,
      read: this.file.byteLength,
      complete: true,
      cut: this.width > this.names.length,
      isFixed: this.isFixed,
    };
  }

  /** A block of rows, decoded once while it is near. */
  private block(index: number): Promise<string[][]> {
    let block = this.blocks.get(index);
    this.blocks.delete(index);
    block ??= this.decode(index * BLOCK, Math.min(this.count, (index + 1) * BLOCK));
    this.blocks.set(index, block);
    // What failed may be tried again.
    block.catch(() => this.blocks.delete(index));
    const oldest = this.blocks.keys().next().value;
    if (this.blocks.size > BLOCKS_KEPT && oldest !== undefined) this.blocks.delete(oldest);
    return block;
  }

  private async decode(rowStart: number, rowEnd: number): Promise<string[][]> {
    if (rowEnd <= rowStart) return [];
    const { file, metadata } = this;
    const rows = await parquetReadObjects({ file, metadata, compressors, columns: [...this.names], rowStart, rowEnd, useOffsetIndex: true });
    return rows.map((row) => this.names.map((name) => textOf(row[name])));
  }

  async rows(indices: readonly number[]): Promise<string[][]> {
    const wanted = new Set(indices.map((index) => Math.floor(index / BLOCK)));
    // Rows from all over, as an order has them: all of each column, once.
    if (wanted.size > BLOCKS_KEPT / 2) {
      const columns = await Promise.all(this.names.map((_, column) => this.all(column)));
      return indices.map((index) => columns.map((texts) => texts[index] ?? ""));
    }
    const blocks = new Map<number, string[][]>();
    for (const index of wanted) blocks.set(index, await this.block(index));
    return indices.map((index) => blocks.get(Math.floor(index / BLOCK))?.[index % BLOCK] ?? []);
  }

  /** All of one column. */
  private all(column: number): Promise<string[]> {
    let texts = this.whole.get(column);
    if (!texts) {
      const name = this.names[column] ?? "";
      const { file, metadata } = this;
      texts = parquetReadObjects({ file, metadata, compressors, columns: [name] }).then((rows) => rows.map((row) => textOf(row[name])));
      texts.catch(() => this.whole.delete(column));
      this.whole.set(column, texts);
    }
    return texts;
  }

  async texts(column: number, from: number, to: number): Promise<string[]> {
    if (this.isFixed) throw new Error("too large to sort");
    return (await this.all(column)).slice(from, to);
  }

  async matching(needle: string, from: number, to: number): Promise<number[]> {
    if (this.isFixed) throw new Error("too large to filter");
    const found = new Set<number>();
    for (const column of this.names.keys()) {
      (await this.all(column)).slice(from, to).forEach((text, at) => {
        if (text.toLowerCase().includes(needle)) found.add(from + at);
      });
    }
    return [...found];
  }
}
