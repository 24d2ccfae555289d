// How a text was taken apart, in words, and fields that change it: delimiter, quotes, the first row, lines left out, encoding. What is
// chosen is kept in the address. The table's page calls it.

import { element, folded } from "../elements";
import type { Choose, Reading } from "../encodings/address";
import { encodingChoice } from "../encodings/choice";
import { t } from "../text";
import type { Dialect } from "./dialect";

/** Delimiters, by their names in the address. */
export const DELIMITER_NAMES: Readonly<Record<string, string>> = { ",": "comma", "\t": "tab", ";": "semicolon", "|": "bar", " ": "spaces" };

export function readingPanel(dialect: Dialect, encoding: string | undefined, choose: Choose): HTMLElement {
  const delimiter = DELIMITER_NAMES[dialect.delimiter];
  const names = Object.values(DELIMITER_NAMES).map((name) => [name, t(`delimiter.${name}`)] as const);
  const others = delimiter === undefined ? [[dialect.delimiter, dialect.delimiter] as const] : [];
  const fields = element(
    "div",
    "table-reading-fields",
    field("table.delimiter", select("delimiter", [...others, ...names], delimiter ?? dialect.delimiter, choose)),
    field("table.head", yesNo("head", dialect.head, choose)),
    field("table.quotes", yesNo("quotes", dialect.quotes, choose)),
    field("table.skip", lines(dialect.skip, choose)),
    field("reading.encoding", encodingChoice(encoding ?? "utf-8", choose)),
  );
  const said = [t(`delimiter.${delimiter ?? "other"}`), t(dialect.head ? "table.head.yes" : "table.head.no")];
  return folded("table-reading-fold", said.join(" · "), fields);
}

function field(label: string, control: HTMLElement): HTMLElement {
  return element("label", "", element("span", "", t(label)), control);
}

function select(name: Reading, options: readonly (readonly [string, string])[], value: string, choose: Choose): HTMLSelectElement {
  const made = element("select", "tool");
  for (const [option, label] of options) made.append(new Option(label, option));
  made.value = value;
  made.addEventListener("change", () => choose(name, made.value));
  return made;
}

const yesNo = (name: "head" | "quotes", value: boolean, choose: Choose): HTMLSelectElement =>
  select(name, [["yes", t("reading.yes")], ["no", t("reading.no")]], value ? "yes" : "no", choose);

function lines(value: number, choose: Choose): HTMLInputElement {
  const made = element("input", "tool");
  Object.assign(made, { type: "number", min: "0", max: "10000", value: String(value) });
  made.addEventListener("change", () => choose("skip", made.value === "" ? undefined : made.value));
  return made;
}
