// What a cell's text means when cells are compared: numbers as people write them, dates as machines do. Pure.

const MISSING = new Set(["", "na", "n/a", "nan", "null", "none", "nil", "-", "?", "."]);

/** What stands for nothing; it is sorted to the end. */
export const isMissing = (text: string): boolean => text.length < 5 && MISSING.has(text.trim().toLowerCase());

const PLAIN = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;
const GROUPED = /^[+-]?\d{1,3}(?:[, \u00a0\u202f_']\d{3})+(?:\.\d+)?$/;
const DECIMAL_COMMA = /^[+-]?(?:\d+|\d{1,3}(?:\.\d{3})+),\d+$/;
const ISO = /^\d{4}-\d\d(?:-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?)?$/;

/** The number that a text is, if it is one: signs, thousands, per cent and currencies aside. */
export function numberOf(text: string): number | undefined {
  const bare = text.trim().replace(/^([+-]?)[$€£¥]\s?/, "$1").replace(/\s?[%€]$/, "").replace("\u2212", "-");
  if (PLAIN.test(bare)) return Number(bare);
  if (GROUPED.test(bare)) return Number(bare.replace(/[, \u00a0\u202f_']/g, ""));
  if (DECIMAL_COMMA.test(bare)) return Number(bare.replaceAll(".", "").replace(",", "."));
  return undefined;
}

/** The moment that a text is in ISO 8601; other ways of writing dates do not say which part is the month. */
export function momentOf(text: string): number | undefined {
  const bare = text.trim();
  if (!ISO.test(bare)) return undefined;
  const moment = Date.parse(bare.replace(" ", "T").replace(",", "."));
  return Number.isNaN(moment) ? undefined : moment;
}

/** Whether all texts that stand for something are numbers, and there are any. */
export function areNumbers(texts: readonly string[]): boolean {
  const present = texts.filter((text) => !isMissing(text));
  return present.length > 0 && present.every((text) => numberOf(text) !== undefined);
}

/** A test of one cell, as a reader writes it: `> 5`, `<= 2024-01-01`, `= exactly`, `! not`, or what the cell holds. */
export function cellTest(wish: string): (text: string) => boolean {
  const [, sign = "", rest = ""] = /^\s*(>=|<=|>|<|=|!)?\s*(.*?)\s*$/s.exec(wish) ?? [];
  const wanted = rest.toLowerCase();
  if (sign === "=") return (text) => text.trim().toLowerCase() === wanted || (numberOf(rest) !== undefined && numberOf(text) === numberOf(rest));
  if (sign === "!") return (text) => !text.toLowerCase().includes(wanted);
  const valueOf = numberOf(rest) !== undefined ? numberOf : momentOf;
  const limit = valueOf(rest);
  if (sign === "" || limit === undefined) return (text) => text.toLowerCase().includes(wish.trim().toLowerCase());
  return (text) => {
    const value = valueOf(text);
    if (value === undefined) return false;
    return sign === ">" ? value > limit : sign === "<" ? value < limit : sign === ">=" ? value >= limit : value <= limit;
  };
}
