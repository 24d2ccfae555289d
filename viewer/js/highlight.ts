// Colours pieces of code by language: fenced blocks and notebook cells. What it cannot parse stays as plain text. The
// grammars are CodeMirror's, each its own chunk.

import { LanguageDescription } from "@codemirror/language";
import { languages } from "@codemirror/language-data";
import { classHighlighter, highlightCode } from "@lezer/highlight";

/** Past this, parsing would be felt. */
const CHARACTERS_MAX = 200_000;

/** Names that people write and the list of languages does not have. */
const ALIASES: Record<string, string> = {
  "c++": "cpp",
  console: "shell",
  docker: "dockerfile",
  golang: "go",
  ipython: "python",
  ipython3: "python",
  jsonc: "json",
  pycon: "python",
  py3: "python",
  sage: "python",
  "shell-session": "shell",
  svg: "xml",
  zsh: "shell",
};

/** Finds a language by the name that a fence or a kernel gives it. */
export function languageNamed(name: string): LanguageDescription | null {
  const first = name.toLowerCase().split(/[\s,{;]/)[0]?.replace(/^\.|[{}]/g, "") ?? "";
  if (first === "" || first === "text" || first === "txt" || first === "plain") return null;
  return LanguageDescription.matchLanguageName(languages, ALIASES[first] ?? first, false);
}

/** Replaces the text of `element` by the same text with spans that the style sheet colours. */
export async function colour(element: HTMLElement, code: string, languageName: string): Promise<void> {
  const description = code.length > CHARACTERS_MAX ? null : languageNamed(languageName);
  if (!description) return;
  const support = description.support ?? (await description.load());
  const tree = support.language.parser.parse(code);
  const fragment = document.createDocumentFragment();
  highlightCode(
    code,
    tree,
    classHighlighter,
    (text, classes) => {
      if (classes === "") {
        fragment.append(text);
        return;
      }
      const span = document.createElement("span");
      span.className = classes;
      span.textContent = text;
      fragment.append(span);
    },
    () => fragment.append("\n"),
  );
  element.replaceChildren(fragment);
}
