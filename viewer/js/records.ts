// Documents that are one JSON object a line (`.board`, `.slides`, `.tasks`, `.chat`): reading lines, and reading fields of which
// nothing is known. Never throws; a line that is no object is left out and counted. The parsers of those documents call it.

/** An object whose fields may be anything. */
export type Row = Readonly<Record<string, unknown>>;

export interface Rows {
  rows: Row[];
  /** Lines that are not empty and not an object. */
  skipped: number;
}

/** An object, or nothing; an array is none. */
export const asRow = (value: unknown): Row | undefined => (typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Row) : undefined);

/** A text, or nothing. */
export const asText = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined);

/** A number within limits, or nothing for what is not a number; a number outside is moved to the nearer limit. */
export function asNumber(value: unknown, least = -Number.MAX_SAFE_INTEGER, most = Number.MAX_SAFE_INTEGER): number | undefined {
  return typeof value === "number" && Number.isFinite(value) ? Math.min(most, Math.max(least, value)) : undefined;
}

/** A moment in milliseconds since the epoch, from a number or an ISO date; nothing when no calendar has it. */
export function asMoment(value: unknown): number | undefined {
  const moment = typeof value === "string" ? Date.parse(value) : value;
  return typeof moment === "number" && Math.abs(moment) <= 8.64e15 ? moment : undefined;
}

/** One JSON value, or nothing. */
export function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

export function readRows(text: string): Rows {
  const found: Rows = { rows: [], skipped: 0 };
  for (const line of text.split("\n")) {
    if (line.trim() === "") continue;
    const row = asRow(parsed(line));
    if (row) found.rows.push(row);
    else found.skipped += 1;
  }
  return found;
}

/** Rows of a document that is keyed: of several with one key, the last counts, in the place of the first. */
export function byKey(rows: readonly Row[], key: (row: Row) => string | undefined): Row[] {
  const kept = new Map<string, Row>();
  const loose: Row[] = [];
  for (const row of rows) {
    const name = key(row);
    if (name === undefined) loose.push(row);
    else kept.set(name, row);
  }
  return [...kept.values(), ...loose];
}
