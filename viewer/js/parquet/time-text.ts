// Days, times and moments of Parquet as ISO 8601 writes them, to the last digit of their unit: a `Date` ends at milliseconds and
// knows no time without a zone. Pure; `value-text.ts` calls it.

export type Unit = "MILLIS" | "MICROS" | "NANOS";

export const PER_SECOND: Readonly<Record<Unit, bigint>> = { MILLIS: 1_000n, MICROS: 1_000_000n, NANOS: 1_000_000_000n };

const DAY = 86_400n;

/** Rounds down, as times before 1970 need. */
function split(value: bigint, by: bigint): [bigint, bigint] {
  const rest = ((value % by) + by) % by;
  return [(value - rest) / by, rest];
}

const two = (value: number | bigint) => String(value).padStart(2, "0");

/** A count of days since 1970 as a date of the Gregorian calendar (the algorithm of Howard Hinnant's `civil_from_days`). */
export function dayOf(days: number): string {
  const shifted = days + 719_468;
  const era = Math.floor(shifted / 146_097);
  const day = shifted - era * 146_097;
  const year = Math.floor((day - Math.floor(day / 1_460) + Math.floor(day / 36_524) - Math.floor(day / 146_096)) / 365);
  const inYear = day - (365 * year + Math.floor(year / 4) - Math.floor(year / 100));
  const month = Math.floor((5 * inYear + 2) / 153);
  const date = inYear - Math.floor((153 * month + 2) / 5) + 1;
  const full = era * 400 + year + (month >= 10 ? 1 : 0);
  const written = full >= 0 && full <= 9_999 ? String(full).padStart(4, "0") : `${full < 0 ? "-" : "+"}${String(Math.abs(full)).padStart(6, "0")}`;
  return `${written}-${two(month < 10 ? month + 3 : month - 9)}-${two(date)}`;
}

/** Ticks within a day; a time without a fraction has none. */
function timeOf(ticks: bigint, unit: Unit): string {
  const [seconds, fraction] = split(ticks, PER_SECOND[unit]);
  const [minutes, second] = split(seconds, 60n);
  const [hour, minute] = split(minutes, 60n);
  const places = PER_SECOND[unit].toString().length - 1;
  return `${two(hour)}:${two(minute)}:${two(second)}${fraction === 0n ? "" : `.${fraction.toString().padStart(places, "0")}`}`;
}

/** A time of day; what is longer than a day stays the number that it is. */
export const clock = (ticks: bigint, unit: Unit): string => (ticks < 0n || ticks >= DAY * PER_SECOND[unit] ? ticks.toString() : timeOf(ticks, unit));

/** A moment since 1970; `zone`: `Z`, or nothing for what a clock on some wall said. */
export function moment(ticks: bigint, unit: Unit, zone: "Z" | ""): string {
  const [days, rest] = split(ticks, DAY * PER_SECOND[unit]);
  return `${dayOf(Number(days))}T${timeOf(rest, unit)}${zone}`;
}

/** Months, days and milliseconds, each a number of 32 bits, as a duration of ISO 8601. */
export function duration(bytes: Uint8Array): string {
  const data = new DataView(bytes.buffer, bytes.byteOffset, 12);
  const [months, days, millis] = [data.getUint32(0, true), data.getUint32(4, true), data.getUint32(8, true)];
  const date = `${months > 0 ? `${months}M` : ""}${days > 0 ? `${days}D` : ""}`;
  return `P${date}${millis > 0 || date === "" ? `T${millis / 1_000}S` : ""}`;
}
