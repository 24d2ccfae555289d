// TeX as authors write it, made into TeX that KaTeX reads: definitions, environments that KaTeX has under another name, and the
// numbers, labels and references of equations. Pure text work; `math.ts` calls it.
//
// It refuses to understand more of TeX than it must: what it does not know passes as it is.

import { mathjaxForms } from "./tex-forms";

/** The numbers that a document has given so far. */
export class Numbering {
  next = 1;
  /** What a reference to a label shows. */
  readonly labels = new Map<string, string>();
}

/** A formula ready for KaTeX, and the labels that stand in it. */
export interface Prepared {
  tex: string;
  labels: string[];
}

/** `\newcommand{\x}[2]{…}` in its forms, up to the body. KaTeX refuses to define anew what it knows, such as `\R`. */
const DEFINITION = /\\(?:(?:re)?newcommand|providecommand)\*?\s*(?:\{\s*(\\(?:[a-zA-Z]+|.))\s*\}|(\\(?:[a-zA-Z]+|.)))\s*(?:\[(\d)\])?\s*(?=\{)/g;
const OPERATOR = /\\DeclareMathOperator(\*?)\s*(?:\{\s*(\\[a-zA-Z]+)\s*\}|(\\[a-zA-Z]+))\s*(\{(?:[^{}]|\{[^{}]*\})*\})/g;

/** Definitions as `\gdef`, which takes every name and holds for the rest of the document. */
export function definitions(source: string): string {
  const tex = mathjaxForms(source);
  if (!/command|DeclareMath|\\require/.test(tex)) return tex;
  const parameters = (count: string | undefined) => Array.from({ length: Number(count ?? 0) }, (_, n) => `#${n + 1}`).join("");
  return tex
    .replace(/\\require\s*\{[^{}]*\}/g, "")
    .replace(OPERATOR, (_, star: string, braced?: string, bare?: string, body = "") => `\\gdef${braced ?? bare}{\\operatorname${star}${body}}`)
    .replace(DEFINITION, (_, braced?: string, bare?: string, count?: string) => `\\gdef${braced ?? bare}${parameters(count)}`);
}

/** Environments that number their rows, by the name under which KaTeX has them. */
const ENVIRONMENTS: Record<string, string> = {
  align: "align", alignat: "alignat", equation: "equation", gather: "gather", eqnarray: "align", flalign: "align", multline: "gather",
};
const ONE_ROW = /^(equation|multline)$/;
const OPENING = /\\begin\{(align|alignat|equation|gather|eqnarray|flalign|multline)(\*?)\}(\{\d+\})?/g;

/** Where the parts of a body meet, outside groups and inner environments. */
function split(body: string, at: "\\\\" | "&"): string[] {
  const parts: string[] = [];
  let [depth, from] = [0, 0];
  for (const { 0: token, index } of body.matchAll(/\\\\|\\begin\b|\\end\b|\\.|[{}&]/gs)) {
    if (token === "{" || token === "\\begin") depth += 1;
    else if (token === "}" || token === "\\end") depth -= 1;
    else if (token === at && depth === 0) {
      parts.push(body.slice(from, index));
      from = index + token.length;
    }
  }
  return [...parts, body.slice(from)];
}

/** Takes the labels out of a piece of TeX and gives it a number if it is to have one. */
function numbered(row: string, isNumbered: boolean, numbering: Numbering, labels: string[]): string {
  const own: string[] = [];
  const rest = row.replace(/\\label\s*\{([^{}]*)\}/g, (_, label: string) => (own.push(label.trim()), ""));
  const [, tag] = /\\tag\*?\s*\{((?:[^{}]|\{[^{}]*\})*)\}/.exec(rest) ?? [];
  const counts = tag === undefined && (isNumbered || own.length > 0) && !/\\(?:notag|nonumber)\b/.test(rest) && rest.trim() !== "";
  const shown = tag ?? (counts ? String(numbering.next++) : undefined);
  for (const label of own) {
    if (shown !== undefined) numbering.labels.set(label, shown);
    labels.push(label);
  }
  return counts ? `${rest} \\tag{${shown}}` : rest;
}

/** The rows of an environment, each with its number, in columns that KaTeX knows. */
function rows(name: string, starred: boolean, body: string, numbering: Numbering, labels: string[]): string {
  const row = (text: string) => {
    const [left, sign, ...right] = name === "eqnarray" ? split(text, "&") : [text];
    const columns = sign === undefined ? (left ?? "") : `${left}&${sign}${right.join("")}`;
    return numbered(columns, !starred, numbering, labels);
  };
  if (ONE_ROW.test(name)) {
    const text = numbered(body, !starred, numbering, labels);
    return text;
  }
  return split(body, "\\\\").map(row).join("\\\\");
}

/** A displayed formula with the numbers of its equations, which go on from those before it. */
export function display(source: string, numbering: Numbering): Prepared {
  const tex = definitions(source);
  const labels: string[] = [];
  let [out, from] = ["", 0];
  for (const opening of tex.matchAll(OPENING)) {
    const [whole, name = "", star = "", columns = ""] = opening;
    const start = opening.index + whole.length;
    const end = tex.indexOf(`\\end{${name}${star}}`, start);
    if (opening.index < from || end < 0) continue;
    const known = `${ENVIRONMENTS[name]}${star}`;
    out += `${tex.slice(from, opening.index)}\\begin{${known}}${columns}${rows(name, star !== "", tex.slice(start, end), numbering, labels)}\\end{${known}}`;
    from = end + `\\end{${name}${star}}`.length;
  }
  const rest = tex.slice(from);
  return { tex: out + (from === 0 ? numbered(rest, false, numbering, labels) : rest), labels };
}

const REFERENCE = /\\(eq)?ref\s*\{([^{}]*)\}/g;

/** A formula that is a reference and nothing else. */
export function referenceOf(tex: string): { label: string; inParentheses: boolean } | undefined {
  const found = /^\s*\\(eq)?ref\s*\{([^{}]*)\}\s*$/.exec(tex);
  return found ? { label: (found[2] ?? "").trim(), inParentheses: found[1] !== undefined } : undefined;
}

/** Puts numbers in the place of references; `unknown` hears of the labels that have none yet. */
export function references(tex: string, numbering: Numbering, unknown: (label: string) => void): string {
  return tex.replace(REFERENCE, (_, eq: string | undefined, name: string) => {
    const shown = numbering.labels.get(name.trim());
    if (shown === undefined) unknown(name.trim());
    return eq ? `(\\text{${shown ?? "???"}})` : `\\text{${shown ?? "???"}}`;
  });
}

/** The id of the place that a label names, without the sanitiser's prefix. */
export const labelId = (label: string): string => `eq-${label.replace(/[^\p{L}\p{N}]+/gu, "-")}`;
