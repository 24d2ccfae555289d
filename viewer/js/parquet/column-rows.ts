// A Parquet file as a table: its footer first, then the parts that hold the rows that are looked at. Small files can be sorted
// and filtered, which reads all of a column; of large ones only what is near the screen is ever fetched. Used by the worker.

import { type AsyncBuffer, type Compressors, type FileMetaData, parquetReadObjects, parquetSchema, type SchemaTree } from "hyparquet";
import { wkbToGeojson } from "hyparquet/src/wkb.js";
import type { Column, Shape, Table } from "../table/rows";
import { areNumbers } from "../table/values";
import { compressorsFor, metadataOf, stored } from "./schema";
import { ColumnText } from "./value-text";

/** Rows that are decoded at once, and how many such blocks are kept. */
const BLOCK = 2_048;
const BLOCKS_KEPT = 24;

/** More columns are not shown. */
const COLUMNS_MAX = 2_000;

/** Files of more cells, or more bytes when unpacked, are not sorted: they would have to be read whole. */
const CELLS_MAX = 5_000_000;
const UNPACKED_MAX = 200_000_000;

/** Rows whose values say whether bytes are texts. */
const LOOKED_AT = 300;

/** Of a shape's bytes, or the bytes; of the old timestamps, the nanoseconds. */
const shape = (bytes: Uint8Array): unknown => {
  try {
    return wkbToGeojson({ view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), offset: 0 });
  } catch {
    return bytes;
  }
};
const PARSERS = { timestampFromNanoseconds: (nanos: bigint) => nanos, geometryFromBytes: shape, geographyFromBytes: shape };

export class ColumnRows implements Table {
  private readonly names: readonly string[];
  private readonly count: number;
  /** Whether rows can only be looked at as they stand. */
  readonly isFixed: boolean;
  private readonly written: readonly ColumnText[];
  private columns: Column[] = [];
  private readonly blocks = new Map<number, Promise<string[][]>>();
  private readonly whole = new Map<number, Promise<string[]>>();

  private constructor(
    private readonly file: AsyncBuffer,
    private readonly metadata: FileMetaData,
    private readonly compressors: Compressors,
    schema: readonly SchemaTree[],
    private readonly width: number,
  ) {
    this.names = schema.map(({ element }) => element.name);
    this.written = schema.map((tree) => new ColumnText(tree));
    this.count = Math.max(0, Math.min(Number(metadata.num_rows), 2 ** 40));
    const unpacked = metadata.row_groups.reduce((sum, group) => sum + Number(group.total_byte_size), 0);
    this.isFixed = this.count * this.names.length > CELLS_MAX || unpacked > UNPACKED_MAX;
  }

  static async open(file: AsyncBuffer): Promise<ColumnRows> {
    const metadata = await metadataOf(file);
    const { children } = parquetSchema(metadata);
    const table = new ColumnRows(file, stored(metadata), await compressorsFor(metadata), children.slice(0, COLUMNS_MAX), children.length);
    await table.describe();
    return table;
  }

  private async describe(): Promise<void> {
    const sample = (await this.block(0)).slice(0, 300);
    this.columns = this.written.map(({ label: type }, index): Column => {
      const texts = sample.map((row) => row[index] ?? "");
      const longest = texts.reduce((most, text) => Math.max(most, Math.min(text.length, 60)), 0);
      const name = this.names[index] ?? "";
      return { name, kind: areNumbers(texts) ? "number" : "text", chars: Math.max(longest, Math.min(name.length, 30)), type };
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

  /** Values as they are stored; what cannot be made a shape stays bytes. */
  private get reading() {
    const { file, metadata, compressors } = this;
    return { file, metadata, compressors, utf8: false, parsers: PARSERS };
  }

  private async decode(rowStart: number, rowEnd: number): Promise<string[][]> {
    if (rowEnd <= rowStart) return [];
    const rows = await parquetReadObjects({ ...this.reading, columns: [...this.names], rowStart, rowEnd, useOffsetIndex: true });
    if (rowStart === 0) this.written.forEach((column, index) => column.look(rows.slice(0, LOOKED_AT).map((row) => row[this.names[index] ?? ""])));
    return rows.map((row) => this.written.map((column, index) => column.text(row[this.names[index] ?? ""])));
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
      const written = this.written[column] as ColumnText;
      texts = parquetReadObjects({ ...this.reading, columns: [name] }).then((rows) => rows.map((row) => written.text(row[name])));
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
