// A choice of encodings, by the names that people know and the languages that are written in them. It is offered where a guess was made,
// or something could not be read. The pages that show texts call it.

import { element } from "../elements";
import { language, t } from "../text";
import { type Choose, reading } from "./address";

/** Names of the Encoding standard and of DOS, as they are written, and languages. */
const ENCODINGS: readonly (readonly [string, string, string])[] = [
  ["utf-8", "UTF-8", ""],
  ["utf-16le", "UTF-16 LE", ""],
  ["utf-16be", "UTF-16 BE", ""],
  ["windows-1252", "Windows-1252, ISO 8859-1", "en de fr es"],
  ["iso-8859-15", "ISO 8859-15", "en de fr es"],
  ["macintosh", "Mac Roman", "en de fr es"],
  ["cp437", "CP437 (DOS)", "en"],
  ["cp850", "CP850 (DOS)", "de fr es"],
  ["windows-1250", "Windows-1250", "pl cs hu"],
  ["iso-8859-2", "ISO 8859-2", "pl cs hu"],
  ["windows-1251", "Windows-1251", "ru uk bg"],
  ["koi8-r", "KOI8-R", "ru"],
  ["koi8-u", "KOI8-U", "uk"],
  ["iso-8859-5", "ISO 8859-5", "ru"],
  ["ibm866", "CP866 (DOS)", "ru"],
  ["x-mac-cyrillic", "Mac Cyrillic", "ru"],
  ["windows-1253", "Windows-1253", "el"],
  ["iso-8859-7", "ISO 8859-7", "el"],
  ["windows-1254", "Windows-1254, ISO 8859-9", "tr"],
  ["windows-1255", "Windows-1255", "he"],
  ["iso-8859-8", "ISO 8859-8", "he"],
  ["windows-1256", "Windows-1256", "ar"],
  ["iso-8859-6", "ISO 8859-6", "ar"],
  ["windows-1257", "Windows-1257", "lt lv et"],
  ["iso-8859-13", "ISO 8859-13", "lt lv et"],
  ["iso-8859-4", "ISO 8859-4", "lt lv et"],
  ["windows-1258", "Windows-1258", "vi"],
  ["windows-874", "Windows-874, TIS-620", "th"],
  ["shift_jis", "Shift JIS", "ja"],
  ["euc-jp", "EUC-JP", "ja"],
  ["iso-2022-jp", "ISO-2022-JP", "ja"],
  ["gb18030", "GB 18030, GBK", "zh-Hans"],
  ["big5", "Big5", "zh-Hant"],
  ["euc-kr", "EUC-KR", "ko"],
  ["iso-8859-3", "ISO 8859-3", "mt eo"],
  ["iso-8859-10", "ISO 8859-10", "is"],
  ["iso-8859-14", "ISO 8859-14", "cy ga"],
  ["iso-8859-16", "ISO 8859-16", "ro"],
];

function spoken(languages: string): string {
  if (languages === "") return "";
  const names = new Intl.DisplayNames(language, { type: "language" });
  return ` · ${languages.split(" ").map((code) => names.of(code) ?? code).join(", ")}`;
}

/** Whether a reader may want another encoding than this one, of a text that reads as `text`. */
export const isDoubtful = (encoding: string | undefined, text: string): boolean =>
  encoding !== undefined && (encoding !== "utf-8" || reading("encoding") !== undefined || text.includes("\ufffd"));

/** The choice, with what the text is read as now. */
export function encodingChoice(current: string, choose: Choose): HTMLSelectElement {
  const made = element("select", "tool encoding-choice");
  made.ariaLabel = t("reading.encoding");
  made.title = t("reading.encoding");
  const known = ENCODINGS.some(([name]) => name === current);
  if (!known) made.append(new Option(current, current));
  for (const [name, written, languages] of ENCODINGS) made.append(new Option(written + spoken(languages), name));
  made.value = current;
  made.addEventListener("change", () => choose("encoding", made.value));
  return made;
}
