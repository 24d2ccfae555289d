// The sections of a LaTeX file, for the contents list beside its text. It reads lines and no TeX: a title that a macro makes is listed
// as it is written. Pure; called by `code.ts`.

import type { Heading } from "../contents";

const LEVELS: Record<string, number> = { part: 1, chapter: 1, section: 2, subsection: 3, subsubsection: 4, paragraph: 5, frametitle: 3 };

const SECTION = /\\(part|chapter|section|subsection|subsubsection|paragraph|frametitle)\*?\s*(?:\[[^\]]*\])?\s*\{/g;

/** What is shown as it is written is no section. */
const BEGINS = /\\begin\{(verbatim\*?|lstlisting|minted|comment)\}/;

export const isLatex = (name: string): boolean => /\.(tex|ltx|latex)$/i.test(name);

/** The text up to the brace that closes the one before `from`; as far as the line goes if none does. */
function group(line: string, from: number): string {
  let depth = 1;
  for (let at = from; at < line.length; at += 1) {
    if (line[at] === "\\") at += 1;
    else if (line[at] === "{") depth += 1;
    else if (line[at] === "}" && (depth -= 1) === 0) return line.slice(from, at);
  }
  return line.slice(from);
}

/** A title as a reader says it: without labels, commands and braces. */
function plain(title: string): string {
  return title
    .replace(/\\label\{[^}]*\}/g, "")
    .replace(/\\([&%$#_{}])/g, "$1")
    .replace(/\\[a-zA-Z]+\*?\s*/g, "")
    .replace(/[{}]|~/g, (sign) => (sign === "~" ? " " : ""))
    .trim();
}

/** Each section with the line that it is on. */
export function latexOutline(text: string): Heading[] {
  const found: Heading[] = [];
  let ends: string | undefined;
  for (const [n, line] of text.split("\n").entries()) {
    if (ends !== undefined) {
      if (line.includes(ends)) ends = undefined;
      continue;
    }
    const said = line.replace(/(?<!\\)%.*/, "");
    const begins = BEGINS.exec(said)?.[1];
    if (begins !== undefined && !said.includes(`\\end{${begins}}`)) ends = `\\end{${begins}}`;
    for (const match of said.matchAll(SECTION)) {
      const title = plain(group(said, match.index + match[0].length));
      if (title !== "") found.push({ level: LEVELS[match[1] ?? ""] ?? 2, text: title, id: `L${n + 1}` });
    }
  }
  return found;
}
