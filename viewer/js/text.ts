// What readers read, in their language: texts from `static/locales`, numbers, sizes and dates as their language writes them.
//
// Catalogues are i18next's JSON, version 4: `{{name}}` stands for a value, `key_one` and `key_other` for the forms of a
// number. `page.json` comes with the first paint, `renderers.json` with the first renderer. The wasm asks here too.

import page from "../../static/locales/en/page.json";

type Catalogue = Readonly<Record<string, string>>;
export type Values = Readonly<Record<string, string | number>>;

/** The languages there are, the first one for everybody else; each has a folder under `static/locales`. */
export const LANGUAGES = ["en", "de", "fr", "es", "zh"] as const;
export type Language = (typeof LANGUAGES)[number];

/** What the reader chose before; else what the browser asks for. */
function choose(): Language {
  const known = (tag: string): Language | undefined => LANGUAGES.find((language) => language === tag.toLowerCase().split("-")[0]);
  let chosen: string | null = null;
  try {
    chosen = localStorage.getItem("vitrine-language");
  } catch {
    // A browser that keeps nothing has nothing to say.
  }
  const wishes = typeof navigator === "undefined" ? [] : navigator.languages;
  return [chosen ?? "", ...wishes].map(known).find((language) => language !== undefined) ?? LANGUAGES[0];
}

export const language: Language = choose();

/** Keeps the reader's choice; the next page load follows it. */
export function chooseLanguage(wanted: string): void {
  try {
    localStorage.setItem("vitrine-language", wanted);
  } catch {
    // A browser that keeps nothing goes on asking for what it asks for.
  }
}

let texts: Catalogue = page;
let renderers: Promise<void> | undefined;

/** Adds a catalogue; without it, a reader gets the English texts, or at worst their keys. */
async function add(load: () => Promise<unknown>): Promise<boolean> {
  try {
    texts = { ...texts, ...((await load()) as { default: Catalogue }).default };
    return true;
  } catch (error) {
    console.warn("A catalogue of texts could not be loaded", error);
    return false;
  }
}

/** Fetches the page's texts in the reader's language; the English ones are at hand. */
export async function loadTexts(): Promise<void> {
  if (language !== LANGUAGES[0]) await add(() => import(`../../static/locales/${language}/page.json`));
}

/** Fetches what the renderers say, once; a failure is forgotten, so that the next renderer tries again. */
export function loadRendererTexts(): Promise<void> {
  renderers ??= add(() => import(`../../static/locales/${language}/renderers.json`)).then((there) => {
    if (!there) renderers = undefined;
  });
  return renderers;
}

/** Made when it is first needed: the first formatter of a kind reads its language's data, which takes milliseconds that a page has not. */
function once<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => (made ??= make());
}

const plural = once(() => new Intl.PluralRules(language));
const numbers = once(() => new Intl.NumberFormat(language));

/** A text of the catalogue; a key that is not there is shown itself, so that it is found. */
export function t(key: string, values: Values = {}): string {
  const { count } = values;
  const form = typeof count === "number" ? (texts[`${key}_${plural().select(count)}`] ?? texts[`${key}_other`]) : undefined;
  const text = form ?? texts[key] ?? key;
  return text.replace(/\{\{(\w+)\}\}/g, (whole, name: string) => {
    const value = values[name];
    return typeof value === "number" ? numbers().format(value) : (value ?? whole);
  });
}

export const number = (value: number): string => numbers().format(value);

const UNITS = ["byte", "kilobyte", "megabyte", "gigabyte", "terabyte", "petabyte"] as const;
const sizes = new Map<string, Intl.NumberFormat>();

/** A number of bytes in decimal units with at most three digits, as file managers write it. */
export function size(bytes: number): string {
  let [value, unit] = [bytes, 0];
  while (value >= 999.5 && unit < UNITS.length - 1) [value, unit] = [value / 1000, unit + 1];
  const digits = unit > 0 && value < 99.95 ? 1 : 0;
  const key = `${unit} ${digits}`;
  let format = sizes.get(key);
  if (!format) {
    format = new Intl.NumberFormat(language, { style: "unit", unit: UNITS[unit] ?? "byte", unitDisplay: unit === 0 ? "narrow" : "short", maximumFractionDigits: digits });
    sizes.set(key, format);
  }
  return format.format(value);
}

const days = once(() => new Intl.DateTimeFormat(language, { dateStyle: "medium" }));
const minutes = once(() => new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short" }));

/** The day of a moment in milliseconds since the epoch, by the reader's clock; nothing for what no calendar has. */
export const day = (unixMs: number): string => (Math.abs(unixMs) > 8.64e15 ? "" : days().format(unixMs));

/** The day and the minute. */
export const minute = (unixMs: number): string => (Math.abs(unixMs) > 8.64e15 ? "" : minutes().format(unixMs));

/** The moment as machines read it (ISO 8601), for `<time datetime>`. */
export const machine = (unixMs: number): string => (Math.abs(unixMs) > 8.64e15 ? "" : new Date(unixMs).toISOString());
