// Parquet's types as cells say them: the values that Arrow wrote into the cases, and each type at its edges.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { brotliCompressSync } from "node:zlib";
import type { SchemaElement, SchemaTree } from "hyparquet";
import { ColumnRows } from "./column-rows";
import { compressorsFor } from "./schema";
import { dayOf, moment } from "./time-text";
import { ColumnText, decimal, float16, float32 } from "./value-text";

const CASES = "tests/cases/29-parquet-types";

async function open(path: string) {
  const bytes = readFileSync(path);
  return ColumnRows.open({ byteLength: bytes.length, slice: (begin, end) => new Uint8Array(bytes.subarray(begin, end)).buffer });
}

/** Columns by name, each with its type and cells. */
async function columns(name: string): Promise<Record<string, { type: string | undefined; cells: string[] }>> {
  const table = await open(`${CASES}/${name}`);
  const shape = table.shape();
  const rows = await table.rows(Array.from({ length: shape.rows }, (_, row) => row));
  const whole = await Promise.all(shape.columns.map((_, index) => (shape.rows > 0 ? table.texts(index, 0, shape.rows) : [])));
  return Object.fromEntries(shape.columns.map(({ name, type }, index) => {
    const cells = rows.map((row) => row[index] ?? "");
    assert.deepEqual(whole[index], cells, name);
    return [name, { type, cells }];
  }));
}

const cellsOf = (all: Record<string, { cells: string[] }>) => Object.fromEntries(Object.entries(all).map(([name, { cells }]) => [name, cells]));

test("every type of Arrow's file is exact", async () => {
  const all = await columns("types-zstd.parquet");
  assert.deepEqual(cellsOf(all), {
    big: ["9007199254740993", "-7108510333361982070", "1"],
    ubig: ["18446744073709551615", "1", "0"],
    ts_us: ["2024-01-01T00:00:00.123456Z", "2024-01-01T00:00:00.000001Z", "1970-01-01T00:00:00Z"],
    ts_ns_local: ["2024-01-01T00:00:00.123456789", "1970-01-01T00:00:00.000000001", "1970-01-01T00:00:00"],
    ts_ms_local: ["2024-01-01T00:00:00", "2024-01-01T12:00:00.500", ""],
    day: ["2024-02-29", "1583-01-01", "9999-12-31"],
    tod: ["12:34:56.123456", "00:00:00", "23:59:59.999999"],
    money: ["12345678901234567890.12", "0.10", "-1.00"],
    tiny: ["0.000000000000000001", "1.500000000000000000", "2.000000000000000000"],
    flag: ["true", "false", ""],
    f32: ["0.1", "NaN", "-Infinity"],
    f64: ["0.30000000000000004", "1e+300", "-0"],
    bin: ["0x00ff", "0x706c61696e2074657874", ""],
    nested: ['{"id":9007199254740993,"tags":["a","b"]}', '{"id":2,"tags":[]}', ""],
    map: ['{"k":1,"l":2}', "{}", ""],
    vec: ["[1,2]", "[3,4]", "[5,6]"],
    cat: ["x", "y", "x"],
    "a.b": ["1", "2", "3"],
    dur: ["1500", "0", "60000"],
  });
  assert.deepEqual(["ts_us", "ts_ns_local", "bin", "money", "nested", "map", "vec"].map((name) => all[name]?.type), ["timestamp, UTC", "timestamp, local", "bytes, hex", "decimal", "struct", "map", "list"]);
});

test("old timestamps, packed numbers, shapes and a file without rows", async () => {
  const old = cellsOf(await columns("int96-gzip.parquet"));
  assert.deepEqual(old["ts_ns_local"], ["2024-01-01T00:00:00.123456789", "1970-01-01T00:00:00.000000001", "1970-01-01T00:00:00"]);
  const packed = cellsOf(await columns("delta-v2.parquet"));
  assert.deepEqual(packed, { big: ["9007199254740993", "-7108510333361982070", "1"], f64: ["0.30000000000000004", "1e+300", "-0"], cat: ["x", "y", "x"] });
  assert.deepEqual(await columns("no-rows.parquet"), { x: { type: "int32", cells: [] } });
  assert.deepEqual(cellsOf(await columns("geoparquet.parquet"))["geometry"], ['{"type":"Point","coordinates":[10,20]}']);
});

test("what is no Parquet file says so, and so does a codec that is not had", async () => {
  await assert.rejects(open("tests/cases/not-parquet.parquet"), /description of itself cannot be read/);
  const file = (text: string) => ({ byteLength: text.length, slice: (begin: number, end?: number) => new Uint8Array(new TextEncoder().encode(text).subarray(begin, end)).buffer });
  await assert.rejects(ColumnRows.open(file("a,b\n1,2\n3,4\n")), /no Parquet file/);
  await assert.rejects(ColumnRows.open(file("PAR1")), /too short/);
  await assert.rejects(ColumnRows.open(file("PARE and then nothing PARE")), /encrypted/);
  await assert.rejects(ColumnRows.open(file("PAR1\0\0\0\0\0\0\0\0PAR1")), /description of itself/);
  const packed = (codec: string) => ({ row_groups: [{ columns: [{ meta_data: { codec } }] }] }) as unknown as Parameters<typeof compressorsFor>[0];
  await assert.rejects(compressorsFor(packed("LZO")), /packed with LZO/);
  for (const codec of ["SNAPPY", "GZIP", "BROTLI", "ZSTD", "LZ4", "LZ4_RAW", "UNCOMPRESSED"]) await compressorsFor(packed(codec));
  const { BROTLI } = await compressorsFor(packed("BROTLI"));
  assert.equal(new TextDecoder().decode(await BROTLI?.(new Uint8Array(brotliCompressSync("twice twice twice")), 17)), "twice twice twice");
});

const leaf = (element: Partial<SchemaElement>): SchemaTree => ({ children: [], count: 1, path: ["x"], element: { name: "x", repetition_type: "OPTIONAL", ...element } });
const written = (element: Partial<SchemaElement>, value: unknown) => new ColumnText(leaf(element)).text(value);
const bytes = (...values: number[]) => Uint8Array.from(values);

test("each type at its edges", () => {
  const int64 = { type: "INT64" } as const;
  assert.equal(written({ ...int64, converted_type: "DECIMAL", scale: 3 }, -5n), "-0.005");
  assert.equal(written({ type: "INT32", logical_type: { type: "DECIMAL", scale: 0, precision: 9 } }, -42), "-42");
  assert.equal(written({ type: "BYTE_ARRAY", converted_type: "DECIMAL", scale: 2 }, bytes(0xff, 0x85)), "-1.23");
  assert.equal(written({ type: "BYTE_ARRAY", converted_type: "DECIMAL", scale: 2 }, bytes()), "0.00");
  assert.match(written({ type: "BYTE_ARRAY", converted_type: "DECIMAL" }, new Uint8Array(100_000)), /^0x0+… \(100000 bytes\)$/);
  assert.equal(written({ ...int64, converted_type: "UINT_64" }, -1n), "18446744073709551615");
  assert.equal(written({ type: "INT32", converted_type: "UINT_32" }, -1), "4294967295");
  assert.equal(written({ type: "INT32", logical_type: { type: "INTEGER", bitWidth: 8, isSigned: true } }, -128), "-128");
  assert.equal(written({ ...int64, converted_type: "TIMESTAMP_MILLIS" }, -1n), "1969-12-31T23:59:59.999Z");
  assert.equal(written({ ...int64, converted_type: "TIME_MICROS" }, 1n), "00:00:00.000001");
  assert.equal(written({ ...int64, logical_type: { type: "TIME", isAdjustedToUTC: true, unit: "NANOS" } }, 86_399_999_999_999n), "23:59:59.999999999");
  assert.equal(written({ ...int64, logical_type: { type: "TIME", isAdjustedToUTC: true, unit: "MILLIS" } }, 90_000_000n), "90000000");
  assert.equal(written({ type: "FIXED_LEN_BYTE_ARRAY", logical_type: { type: "UUID" } }, Uint8Array.from({ length: 16 }, (_, n) => n * 17)), "00112233-4455-6677-8899-aabbccddeeff");
  assert.equal(written({ type: "FIXED_LEN_BYTE_ARRAY", converted_type: "INTERVAL" }, bytes(14, 0, 0, 0, 3, 0, 0, 0, 0xdc, 5, 0, 0)), "P14M3DT1.5S");
  assert.equal(written({ type: "FIXED_LEN_BYTE_ARRAY", converted_type: "INTERVAL" }, new Uint8Array(12)), "PT0S");
  assert.equal(written({ type: "FIXED_LEN_BYTE_ARRAY", logical_type: { type: "FLOAT16" } }, bytes(0x66, 0x2e)), "0.1");
  assert.equal(written({ type: "BYTE_ARRAY", converted_type: "ENUM" }, new TextEncoder().encode("ROT")), "ROT");
  assert.equal(written({ type: "BYTE_ARRAY", converted_type: "JSON" }, new TextEncoder().encode('{"a": 1e0}')), '{"a": 1e0}');
  assert.equal(written({ type: "BYTE_ARRAY", converted_type: "BSON" }, bytes(5, 0)), "0x0500");
  assert.equal(decimal(12n, -3), "12000");
  assert.deepEqual([0.1, 16_777_216, 3.4028234663852886e38, 1e-45, -0].map((value) => float32(Math.fround(value))), ["0.1", "16777216", "3.4028235e+38", "1e-45", "-0"]);
  assert.deepEqual([float16(bytes(0, 0x7c)), float16(bytes(1, 0)), float16(bytes(0xff, 0x7b)), float16(bytes(1, 0x7c))], ["Infinity", "6e-8", "65500", "NaN"]);
  assert.equal(dayOf(-719_529), "-000001-12-31");
  assert.equal(moment(9_223_372_036_854_775_807n, "MICROS", ""), "+294247-01-10T04:00:54.775807");
});

test("bytes without a type are a text where all of them are one, and lists of pairs are maps", () => {
  const column = new ColumnText(leaf({ type: "BYTE_ARRAY" }));
  column.look([new TextEncoder().encode("grün"), null]);
  assert.deepEqual([column.label, column.text(new TextEncoder().encode("blau")), column.text(bytes(0, 1))], ["bytes, as text", "blau", "0x0001"]);
  const mixed = new ColumnText(leaf({ type: "BYTE_ARRAY" }));
  mixed.look([new TextEncoder().encode("a"), bytes(0)]);
  assert.deepEqual([mixed.label, mixed.text(new TextEncoder().encode("a"))], ["bytes, hex", "0x61"]);
  const part = (name: string, element: Partial<SchemaElement>, children: SchemaTree[] = []): SchemaTree => ({ ...leaf({ name, ...element }), children });
  const map = part("m", { logical_type: { type: "MAP" } }, [part("entries", { repetition_type: "REPEATED" }, [part("key", { type: "INT64" }), part("value", { type: "INT64", converted_type: "TIMESTAMP_MILLIS" })])]);
  assert.equal(new ColumnText(map).text({ entries: [{ key: 1n, value: 0n }, { key: 1n, value: null }] }), '{"1":"1970-01-01T00:00:00Z","1":null}');
  const old = part("l", { converted_type: "LIST" }, [part("array", { repetition_type: "REPEATED" }, [part("a", { type: "INT64" }), part("b", { type: "INT32", converted_type: "DATE" })])]);
  assert.equal(new ColumnText(old).text({ array: [{ a: 1n, b: 0 }] }), '[{"a":1,"b":"1970-01-01"}]');
});
