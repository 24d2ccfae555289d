// What a Parquet column's values say, exactly: every digit of a number, the unit and zone of a time. Takes what is stored and the
// type that the schema gives it (the format's LogicalTypes.md). Pure; `column-rows.ts` calls it.

import type { SchemaElement, SchemaTree } from "hyparquet";
import { clock, dayOf, duration, moment, PER_SECOND } from "./time-text";
import { isList, isMap, isReady } from "./schema";

/** How a leaf's values are written. */
export interface Leaf {
  /** The type in a word or two. */
  readonly label: string;
  readonly write: (value: unknown) => string;
  /** Whether it stands in lists and structures without quotes. */
  readonly isBare: boolean;
}

/** So many bytes of a value without meaning are shown. */
const BYTES_MAX = 1_024;

/** A decimal of more bytes than this is no number that anybody counts with. */
const DECIMAL_BYTES_MAX = 512;

export function hex(bytes: Uint8Array): string {
  const digits = Array.from(bytes.subarray(0, BYTES_MAX), (byte) => byte.toString(16).padStart(2, "0")).join("");
  return bytes.length > BYTES_MAX ? `0x${digits}… (${bytes.length} bytes)` : `0x${digits}`;
}

const utf8 = new TextDecoder();
const strict = new TextDecoder("utf-8", { fatal: true });

/** Whether bytes that nobody says are text are one. */
function isPrintable(bytes: Uint8Array): boolean {
  try {
    // eslint-disable-next-line no-control-regex -- these are what texts do not have
    return !/[\0-\x08\x0b\x0c\x0e-\x1f\x7f]/.test(strict.decode(bytes));
  } catch {
    return false;
  }
}

/** A two's complement number of any length, most significant byte first. */
function signed(bytes: Uint8Array): bigint {
  if (bytes.length === 0) return 0n;
  return BigInt.asIntN(bytes.length * 8, BigInt(`0x${Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("")}`));
}

export function decimal(unscaled: bigint, scale: number): string {
  if (scale <= 0) return unscaled === 0n ? "0" : `${unscaled}${"0".repeat(Math.min(-scale, 1_000))}`;
  const digits = (unscaled < 0n ? -unscaled : unscaled).toString().padStart(scale + 1, "0");
  return `${unscaled < 0n ? "-" : ""}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}

const plain = (value: number): string => (Object.is(value, -0) ? "-0" : String(value));

/** The shortest number that is this one among those of 32 bits. */
export function float32(value: number): string {
  if (value === 0) return plain(value);
  for (let digits = 1; digits < 9; digits += 1) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return plain(short);
  }
  return plain(value);
}

export function float16(bytes: Uint8Array): string {
  const bits = ((bytes[1] ?? 0) << 8) | (bytes[0] ?? 0);
  const [sign, exponent, fraction] = [bits >> 15 ? -1 : 1, (bits >> 10) & 31, bits & 1023];
  if (exponent === 31) return String(fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY);
  const step = 2 ** (Math.max(exponent, 1) - 25);
  const value = sign * step * (exponent === 0 ? fraction : 1_024 + fraction);
  for (let digits = 1; digits < 6; digits += 1) {
    const short = Number(value.toPrecision(digits));
    // The numbers below a power of two are nearer to one another.
    if (Math.abs(short - value) < step / (fraction === 0 ? 4 : 2)) return plain(short);
  }
  return plain(value);
}

function uuid(bytes: Uint8Array): string {
  const digits = hex(bytes).slice(2);
  return bytes.length === 16 ? digits.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-") : hex(bytes);
}

const bytesOr = (write: (bytes: Uint8Array) => string) => (value: unknown) => (value instanceof Uint8Array ? write(value) : String(value));
const integer = (value: unknown): bigint => BigInt(value as bigint | number);

const number = (label: string, write: (value: unknown) => string): Leaf => ({ label, write, isBare: true });
const words = (label: string, write: (value: unknown) => string): Leaf => ({ label, write, isBare: false });

function decimalLeaf(scale: number): Leaf {
  return number("decimal", (value) => {
    if (!(value instanceof Uint8Array)) return decimal(integer(value), scale);
    return value.length > DECIMAL_BYTES_MAX ? hex(value) : decimal(signed(value), scale);
  });
}

const unsigned = (bits: number) => number(`uint${bits}`, (value) => BigInt.asUintN(bits, integer(value)).toString());

/** What the older annotation says, where the newer one is missing. */
function converted({ converted_type: type, scale }: SchemaElement): Leaf | undefined {
  switch (type) {
    case "UTF8": return words("string", bytesOr((bytes) => utf8.decode(bytes)));
    case "ENUM": return words("enum", bytesOr((bytes) => utf8.decode(bytes)));
    case "JSON": return words("json", bytesOr((bytes) => utf8.decode(bytes)));
    case "BSON": return words("bson, hex", bytesOr(hex));
    case "DECIMAL": return decimalLeaf(scale ?? 0);
    case "DATE": return words("date", (value) => dayOf(Number(value)));
    case "TIME_MILLIS": return words("time", (value) => clock(integer(value), "MILLIS"));
    case "TIME_MICROS": return words("time", (value) => clock(integer(value), "MICROS"));
    case "TIMESTAMP_MILLIS": return words("timestamp, UTC", (value) => moment(integer(value), "MILLIS", "Z"));
    case "TIMESTAMP_MICROS": return words("timestamp, UTC", (value) => moment(integer(value), "MICROS", "Z"));
    case "UINT_8": return unsigned(8);
    case "UINT_16": return unsigned(16);
    case "UINT_32": return unsigned(32);
    case "UINT_64": return unsigned(64);
    case "INTERVAL": return words("interval", bytesOr((bytes) => (bytes.length === 12 ? duration(bytes) : hex(bytes))));
    default: return undefined;
  }
}

function logical({ logical_type: type }: SchemaElement): Leaf | undefined {
  switch (type?.type) {
    case "STRING": return words("string", bytesOr((bytes) => utf8.decode(bytes)));
    case "ENUM": return words("enum", bytesOr((bytes) => utf8.decode(bytes)));
    case "JSON": return words("json", bytesOr((bytes) => utf8.decode(bytes)));
    case "BSON": return words("bson, hex", bytesOr(hex));
    case "UUID": return words("uuid", bytesOr(uuid));
    case "FLOAT16": return number("float16", bytesOr(float16));
    case "DECIMAL": return decimalLeaf(type.scale ?? 0);
    case "DATE": return words("date", (value) => dayOf(Number(value)));
    case "TIME": return words("time", (value) => clock(integer(value), type.unit));
    case "TIMESTAMP": return words(type.isAdjustedToUTC ? "timestamp, UTC" : "timestamp, local", (value) => moment(integer(value), type.unit, type.isAdjustedToUTC ? "Z" : ""));
    case "INTEGER": return type.isSigned ? number(`int${type.bitWidth}`, (value) => integer(value).toString()) : unsigned(type.bitWidth);
    default: return undefined;
  }
}

function physical({ type }: SchemaElement): Leaf {
  switch (type) {
    case "BOOLEAN": return number("boolean", String);
    case "INT32":
    case "INT64": return number(type.toLowerCase(), String);
    // Without a zone: some write UTC, some the clock on their wall.
    case "INT96": return words("timestamp, int96", (value) => moment(integer(value), "NANOS", ""));
    case "FLOAT": return number("float", (value) => float32(Number(value)));
    case "DOUBLE": return number("double", (value) => plain(Number(value)));
    default: return words("bytes, hex", bytesOr(hex));
  }
}

/** Anything that hyparquet made a value of by itself. */
function loose(value: unknown): string {
  if (value === null || value === undefined) return "null";
  if (typeof value === "bigint") return value.toString();
  if (typeof value === "number") return plain(value);
  if (value instanceof Uint8Array) return JSON.stringify(hex(value));
  if (value instanceof Date) return JSON.stringify(Number.isNaN(value.getTime()) ? "" : value.toISOString());
  if (Array.isArray(value)) return `[${value.map(loose).join(",")}]`;
  if (typeof value === "object") return `{${Object.entries(value).map(([key, each]) => `${JSON.stringify(key)}:${loose(each)}`).join(",")}}`;
  return JSON.stringify(value);
}

const PLACES = Object.keys(PER_SECOND);

/** Writes the values of one column. */
export class ColumnText {
  private readonly leaves = new Map<SchemaElement, Leaf>();

  constructor(private readonly tree: SchemaTree) {}

  /** The type in a word or two. */
  get label(): string {
    const { tree } = this;
    if (isReady(tree)) return (tree.element.logical_type?.type ?? "").toLowerCase();
    if (isMap(tree)) return "map";
    if (isList(tree) || (tree.children.length === 0 && tree.element.repetition_type === "REPEATED")) return "list";
    return tree.children.length > 0 ? "struct" : this.leaf(tree).label;
  }

  /** Looks at the first values: bytes without a type are texts in many files that old programs wrote. */
  look(values: readonly unknown[]): void {
    const seen = new Map<SchemaElement, boolean>();
    for (const value of values) {
      this.visit(this.tree, value, ({ element }, bytes) => {
        if (bytes instanceof Uint8Array && bytes.length > 0) seen.set(element, (seen.get(element) ?? true) && isPrintable(bytes));
      });
    }
    for (const [element, isText] of seen) {
      if (isText && element.type === "BYTE_ARRAY" && logical(element) === undefined && converted(element) === undefined) {
        this.leaves.set(element, words("bytes, as text", bytesOr((bytes) => (isPrintable(bytes) ? utf8.decode(bytes) : hex(bytes)))));
      }
    }
  }

  /** A value as a cell says it. */
  text(value: unknown): string {
    if (value === null || value === undefined) return "";
    if (this.tree.children.length > 0 || Array.isArray(value) || isReady(this.tree)) return this.literal(this.tree, value);
    return this.leaf(this.tree).write(value);
  }

  private leaf({ element }: SchemaTree): Leaf {
    let leaf = this.leaves.get(element);
    if (!leaf) this.leaves.set(element, (leaf = timed(element) ?? physical(element)));
    return leaf;
  }

  private literal(tree: SchemaTree, value: unknown): string {
    if (value === null || value === undefined) return "null";
    if (isReady(tree)) return loose(value);
    if (Array.isArray(value)) return `[${value.map((each) => this.literal(itemOf(tree), each)).join(",")}]`;
    // A list of structures without a level of its own comes as a structure with a list in it.
    if (isList(tree)) return this.literal(tree.children[0] as SchemaTree, partOf(value, tree.children[0] as SchemaTree));
    if (isMap(tree)) return `{${this.pairs(tree, value).map(([key, each]) => `${key}:${each}`).join(",")}}`;
    if (tree.children.length > 0) return `{${tree.children.map((child) => `${JSON.stringify(child.element.name)}:${this.literal(child, partOf(value, child))}`).join(",")}}`;
    const { write, isBare } = this.leaf(tree);
    return isBare ? write(value) : JSON.stringify(write(value));
  }

  private pairs(tree: SchemaTree, value: unknown): [string, string][] {
    const pair = tree.children[0] as SchemaTree;
    const [key, item] = pair.children as [SchemaTree, SchemaTree];
    const list = partOf(value, pair);
    return (Array.isArray(list) ? list : []).map((each) => {
      const written = this.literal(key, partOf(each, key));
      return [written.startsWith('"') ? written : JSON.stringify(written), this.literal(item, partOf(each, item))];
    });
  }

  private visit(tree: SchemaTree, value: unknown, leaf: (tree: SchemaTree, value: unknown) => void): void {
    if (value === null || value === undefined || isReady(tree)) return;
    if (Array.isArray(value)) for (const each of value) this.visit(itemOf(tree), each, leaf);
    else if (tree.children.length === 0) leaf(tree, value);
    else for (const child of tree.children) this.visit(child, partOf(value, child), leaf);
  }
}

/** What an annotation says; a unit that is none of the format's is a number. */
function timed(element: SchemaElement): Leaf | undefined {
  const unit = element.logical_type && "unit" in element.logical_type ? element.logical_type.unit : undefined;
  if (unit !== undefined && !PLACES.includes(unit)) return undefined;
  return logical(element) ?? converted(element);
}

/** What a list is a list of: the repeated group of three-level lists is no level of its own. */
function itemOf(tree: SchemaTree): SchemaTree {
  if (!isList(tree)) return tree;
  const repeated = tree.children[0] as SchemaTree;
  return repeated.children.length === 1 ? (repeated.children[0] as SchemaTree) : repeated;
}

const partOf = (value: unknown, { element }: SchemaTree): unknown => (typeof value === "object" && value !== null ? (value as Record<string, unknown>)[element.name] : undefined);
