// The editor draws only the lines in sight, which is no way to print: on paper a list of all lines stands in its place, coloured
// as far as the editor has read the text. The code page calls it.

import { ensureSyntaxTree } from "@codemirror/language";
import type { EditorView } from "@codemirror/view";
import { classHighlighter, highlightTree } from "@lezer/highlight";
import { element } from "../elements";
import { t } from "../text";

/** Some 80 pages; nobody prints more of a text by mistake. */
const LINES_MAX = 5_000;
const CHARACTERS_MAX = 500_000;

/** How long the parser may hold up the dialog. */
const PARSE_MS = 400;

/** Keeps the list while the page is printed; returns what ends it. */
export function printable(place: HTMLElement, view: EditorView): () => void {
  const ended = new AbortController();
  let paper: HTMLElement | undefined;
  const remove = () => {
    paper?.remove();
    paper = undefined;
  };
  addEventListener("beforeprint", () => {
    remove();
    paper = linesForPaper(view);
    place.after(paper);
  }, { signal: ended.signal });
  addEventListener("afterprint", remove, { signal: ended.signal });
  return () => {
    ended.abort();
    remove();
  };
}

/** The text with its colours as spans, a list item for each line. */
function linesForPaper(view: EditorView): HTMLElement {
  const { doc } = view.state;
  const end = Math.min(doc.line(Math.min(doc.lines, LINES_MAX)).to, CHARACTERS_MAX);
  const text = doc.sliceString(0, end);
  const list = element("ol", "paper");
  let line = element("li");
  const write = (part: string, classes: string) => {
    part.split("\n").forEach((piece, index) => {
      if (index > 0) {
        list.append(line);
        line = element("li");
      }
      if (piece !== "") line.append(classes === "" ? piece : element("span", classes, piece));
    });
  };
  let at = 0;
  const tree = ensureSyntaxTree(view.state, end, PARSE_MS);
  if (tree) {
    highlightTree(tree, classHighlighter, (from, to, classes) => {
      write(text.slice(at, from), "");
      write(text.slice(from, to), classes);
      at = Math.max(at, Math.min(to, end));
    }, 0, end);
  }
  write(text.slice(at), "");
  list.append(line);
  const all = element("div", "on-paper", list);
  if (end < doc.length) all.append(element("p", "small", t("code.print-cut")));
  return all;
}
