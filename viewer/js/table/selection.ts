// The active cell of a grid and the cells selected with it, and where keys move it. Pure; the grid calls it.

/** Row -1 is the heads. */
export interface Place {
  readonly row: number;
  readonly column: number;
}

export interface Area {
  readonly top: number;
  readonly bottom: number;
  readonly left: number;
  readonly right: number;
}

/** What a key is weighed against. */
export interface Extent {
  readonly rows: number;
  readonly columns: number;
  readonly page: number;
}

const clamp = (value: number, low: number, high: number): number => Math.min(high, Math.max(low, value));

/** Where the key leads from there; nothing when it leads nowhere. */
export function moved({ row, column }: Place, key: string, isFar: boolean, { rows, columns, page }: Extent): Place | undefined {
  const to = (row: number, column: number): Place => ({ row: clamp(row, -1, rows - 1), column: clamp(column, 0, columns - 1) });
  switch (key) {
    case "ArrowUp": return to(isFar ? 0 : row - 1, column);
    case "ArrowDown": return to(isFar ? rows - 1 : row + 1, column);
    case "ArrowLeft": return to(row, isFar ? 0 : column - 1);
    case "ArrowRight": return to(row, isFar ? columns - 1 : column + 1);
    case "PageUp": return to(Math.max(0, row - page), column);
    case "PageDown": return to(row + page, column);
    case "Home": return to(isFar ? 0 : row, 0);
    case "End": return to(isFar ? rows - 1 : row, columns - 1);
    default: return undefined;
  }
}

/** The area between two cells; nothing for heads. */
export function areaOf(a: Place, b: Place): Area | undefined {
  if (b.row < 0) return undefined;
  const other = a.row < 0 ? b : a;
  return {
    top: Math.min(other.row, b.row),
    bottom: Math.max(other.row, b.row),
    left: Math.min(other.column, b.column),
    right: Math.max(other.column, b.column),
  };
}

export const holds = (area: Area | undefined, row: number, column: number): boolean =>
  area !== undefined && row >= area.top && row <= area.bottom && column >= area.left && column <= area.right;

/** Whether a spreadsheet would run the cell as a formula; signs before numbers, telephone numbers and words alone are none. */
const isRun = (text: string): boolean => /^\s*(?:[=@]|[+-](?![\d\s.,()/%€$£-]*(?:e[+-]?\d+)?$)(?=.*[(!|=]))/i.test(text);

/** Cells as spreadsheets read them from the clipboard. A table's author has no formula run there. */
export function tabSeparated(rows: readonly (readonly string[])[], left: number, right: number): string {
  const cell = (text: string) => {
    const safe = isRun(text) ? `'${text}` : text;
    return /[\t\n\r"]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
  };
  return rows.map((row) => Array.from({ length: right - left + 1 }, (_, at) => cell(row[left + at] ?? "")).join("\t")).join("\n");
}

/** The rows that a fragment names: `row=12` or `row=12-20`, counted from 1. */
export function rowsOf(fragment: string): { from: number; to: number } | undefined {
  const found = /(?:^|&)row=(\d{1,9})(?:-(\d{1,9}))?(?:&|$)/.exec(fragment);
  if (!found || Number(found[1]) === 0) return undefined;
  const ends = [Number(found[1]), Number(found[2] ?? found[1])];
  return { from: Math.min(...ends), to: Math.max(...ends) };
}
