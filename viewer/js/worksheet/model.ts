// What a `.sagews` file holds: cells of code, each with what it printed. Pure; never throws. Leaves out scripts and messages
// between the program and its page; a message that is no JSON is counted. `worksheet.ts` calls it.
//
// Two characters that occur in no program begin the lines that are not code: U+FE20 a cell, U+FE21 its messages.

import { type Row, asRow, asText, parsed } from "../records";

const CELL = "\ufe20";
const OUTPUT = "\ufe21";

export type Output =
  | { kind: "stream"; name: "stdout" | "stderr"; text: string }
  | { kind: "markdown" | "html"; text: string }
  | { kind: "tex"; text: string; display: boolean }
  | { kind: "code"; text: string; mode: string }
  | { kind: "file"; name: string }
  | { kind: "input"; prompt: string; value: string }
  | { kind: "lost"; what: "interact" | "graphic" };

export interface SheetCell {
  /** What a link names; the cell's number when it has no id. */
  readonly id: string;
  readonly source: string;
  /** As code is named; by the cell's `%` line, else Sage. */
  readonly language: string;
  readonly hideSource: boolean;
  readonly hideOutput: boolean;
  readonly outputs: Output[];
}

export interface Worksheet {
  readonly cells: SheetCell[];
  readonly skipped: number;
}

/** Modes that are languages, by the names that the highlighter knows. */
const LANGUAGES: Readonly<Record<string, string>> = {
  md: "markdown", markdown: "markdown", html: "html", css: "css", javascript: "javascript", js: "javascript", coffeescript: "coffeescript", r: "r", R: "r",
  python: "python", python3: "python", python2: "python", anaconda: "python", sage: "sage", cython: "cython", sh: "shell", script: "shell", bash: "shell",
  julia: "julia", octave: "octave", latex: "latex", tex: "latex", perl: "perl", ruby: "ruby", fortran: "fortran", java: "java", go: "go", haskell: "haskell",
  gap: "text", singular: "text", pari: "text", gp: "text", maxima: "text", scilab: "text", gnuplot: "text", sql: "sql",
};

/** The language of a cell, by the first of its `%` lines that names one. */
export function languageOf(source: string, otherwise: string): string {
  for (const line of source.split("\n")) {
    if (line.trim() === "") continue;
    const mode = /^%(?:%|default_mode\s+)?([A-Za-z]\w*)/.exec(line)?.[1];
    if (mode === undefined) break;
    if (Object.hasOwn(LANGUAGES, mode)) return LANGUAGES[mode] ?? otherwise;
  }
  return otherwise;
}

interface Open {
  id: string;
  flags: string;
  lines: string[];
  messages: Row[];
  answered: boolean;
}

export function readWorksheet(text: string): Worksheet {
  const cells: Open[] = [];
  let skipped = 0;
  let open: Open | undefined;
  const begin = (id: string, flags: string) => cells.push((open = { id, flags, lines: [], messages: [], answered: false }));
  for (const line of text.replaceAll("\r\n", "\n").split("\n")) {
    if (line.startsWith(CELL)) {
      const [, id = "", flags = ""] = /^\ufe20([\da-f-]{0,36})([a-z]*)/.exec(line) ?? [];
      begin(id, flags);
      continue;
    }
    const at = line.indexOf(OUTPUT);
    const code = at < 0 ? line : line.slice(0, at);
    if (code.trim() !== "" && (!open || open.answered)) begin("", "");
    if (open && !open.answered && (at !== 0 || code !== "")) open.lines.push(code);
    if (at < 0) continue;
    if (!open) begin("", "");
    if (open) open.answered = true;
    for (const part of line.slice(at).split(OUTPUT).slice(2)) {
      if (part.trim() === "") continue;
      const message = asRow(parsed(part));
      if (message) open?.messages.push(message);
      else skipped += 1;
    }
  }
  return { cells: finish(cells), skipped };
}

function finish(cells: readonly Open[]): SheetCell[] {
  let usual = "sage";
  return cells.flatMap(({ id, flags, lines, messages }, index): SheetCell[] => {
    const source = lines.join("\n").replace(/^\n+/, "").trimEnd();
    const language = languageOf(source, usual);
    if (/^\s*%default_mode\s/.test(source)) usual = language;
    const outputs = readOutputs(messages);
    if (source === "" && outputs.length === 0) return [];
    return [{ id: id === "" ? String(index + 1) : id, source, language, hideSource: flags.includes("i"), hideOutput: flags.includes("o"), outputs }];
  });
}

/** What is left of a cell's messages in the end. */
export function readOutputs(messages: readonly Row[]): Output[] {
  const outputs: Output[] = [];
  for (const message of messages) {
    if (message.clear === true) outputs.length = 0;
    if (message.delete_last === true) outputs.pop();
    for (const output of readMessage(message)) {
      const last = outputs.at(-1);
      if (output.kind === "stream" && last?.kind === "stream" && last.name === output.name) last.text += output.text;
      else outputs.push(output);
    }
  }
  return outputs;
}

/** A picture that is kept in the program's own store: nothing but its name is here. */
const STORED = /^\s*<img\s[^>]*src="\/blobs\/+([^"?]+)[^>]*>\s*$/;

function storedPicture(html: string): Output | undefined {
  const path = html.length > 1_000 ? undefined : STORED.exec(html)?.[1];
  return path === undefined ? undefined : { kind: "file", name: base(path) };
}

/** One message may say several things. */
function readMessage(message: Row): Output[] {
  const said: Output[] = [];
  for (const name of ["stdout", "stderr"] as const) {
    const text = asText(message[name]);
    if (text !== undefined && text !== "") said.push({ kind: "stream", name, text });
  }
  const [md, html] = [asText(message.md), asText(message.html)];
  if (md !== undefined) said.push({ kind: "markdown", text: md });
  if (html !== undefined) said.push(storedPicture(html) ?? { kind: "html", text: html });
  const tex = asRow(message.tex);
  if (tex) said.push({ kind: "tex", text: asText(tex.tex) ?? "", display: tex.display === true });
  const code = asRow(message.code);
  if (code) said.push({ kind: "code", text: asText(code.source) ?? "", mode: asText(code.mode) ?? "" });
  const file = asRow(message.file);
  // One that is not to be shown is shown by a message of its own.
  if (file && file.show !== false) said.push({ kind: "file", name: base(asText(file.filename) ?? "") });
  const input = asRow(message.raw_input);
  if (input) said.push({ kind: "input", prompt: asText(input.prompt) ?? "", value: asText(input.value) ?? "" });
  if (message.interact !== undefined) said.push({ kind: "lost", what: "interact" });
  if (message.d3 !== undefined || message["3d"] !== undefined) said.push({ kind: "lost", what: "graphic" });
  return said;
}

const base = (path: string): string => (path.split("/").at(-1) ?? "").slice(0, 200);
