// A text file in CodeMirror, read-only: line numbers, search, folding, wrapping, links to lines. Of a large one the first part is
// shown at once, the rest when the reader asks for it or the address points there.
//
// The editor lives in a shadow root, because CodeMirror adopts constructed style sheets there and would otherwise insert
// a <style> element, which the page's CSP blocks.

import { LanguageDescription, codeFolding, foldGutter, foldKeymap, syntaxHighlighting } from "@codemirror/language";
import { languages } from "@codemirror/language-data";
import { highlightSelectionMatches, openSearchPanel, search, searchKeymap } from "@codemirror/search";
import { Compartment, EditorState, type Extension } from "@codemirror/state";
import { EditorView, highlightSpecialChars, keymap } from "@codemirror/view";
import { classHighlighter } from "@lezer/highlight";
import { editorSheet, editorTheme } from "./code-theme";
import { languageOf } from "./code/language";
import { PLAIN } from "./code/shared-endings";
import { type Lines, linesOf } from "./code/fragment";
import { markedLines, numbers, pointAt } from "./code/lines";
import { more } from "./code/more";
import { TextParts } from "./code/parts";
import { isLatex, latexOutline } from "./code/outline";
import { printable } from "./code/print";
import { toolbar } from "./code/toolbar";
import { besideContents, contents, loadContentsStyle } from "./contents";
import { element } from "./elements";
import { type Choose, rereadable } from "./encodings/address";
import { encodingChoice, isDoubtful } from "./encodings/choice";
import type { FileInput, Mounted } from "./file";
import { languageNamed } from "./highlight";
import { t } from "./text";

/** A text at hand. */
export interface CodeInput {
  readonly text: string;
  /** Decides the language. */
  readonly name: string;
  /** A language's name that counts more than the file's. */
  readonly language?: string;
  /** What follows `#` in the address; `L10` and `L10-L20` point at lines. */
  readonly fragment: string;
  /** Called with such a fragment when the reader picks lines. */
  onFragment(fragment: string): void;
}

/** Past this, parsing and folding would be felt; the text is shown plain. */
const COLOURED_MAX = 5_000_000;

/** A line longer than this was not written by hand, and colouring it would be felt. */
const HAND_WRITTEN_LINE = 2_000;
const COLOURED_LINE_MAX = 50_000;

/** JSON that is all on one line, set out for reading; any other text as it is. */
function readable({ text, name }: CodeInput): { text: string; isFormatted: boolean } {
  const asItIs = { text, isFormatted: false };
  if (!/\.(json|geojson|ipynb)$/i.test(name) || text.length > COLOURED_MAX) return asItIs;
  if (longestLine(text) <= HAND_WRITTEN_LINE) return asItIs;
  try {
    return { text: JSON.stringify(JSON.parse(text), null, 2), isFormatted: true };
  } catch {
    return asItIs;
  }
}

/** Programs that write a text twice as text leave two carriage returns before a line feed; they are one end of a line. */
const lineEnds = (text: string): string => (text.includes("\r\r\n") ? text.replace(/\r{2,}\n/g, "\r\n") : text);

function longestLine(text: string): number {
  const lineEnd = text.includes("\n") ? "\n" : "\r";
  let [longest, from] = [0, 0];
  for (let end = text.indexOf(lineEnd); end >= 0; end = text.indexOf(lineEnd, from)) [longest, from] = [Math.max(longest, end - from), end + 1];
  return Math.max(longest, text.length - from);
}

/** The language, if the text is such that colours can be had. */
function describe(input: CodeInput): LanguageDescription | null {
  if (input.text.length > COLOURED_MAX || longestLine(input.text) > COLOURED_LINE_MAX) return null;
  const { certain, fallback } = languageOf(input.name, input.text);
  const named = (name: string | undefined) => (name === undefined ? null : languageNamed(name));
  // Its language has no colours here, and those of another would mislead.
  if (input.language === undefined && certain === PLAIN) return null;
  return named(input.language) ?? named(certain) ?? LanguageDescription.matchFilename(languages, input.name) ?? named(fallback);
}

export const code = (host: HTMLElement, input: FileInput, signal: AbortSignal): Promise<Mounted> => rereadable(host, input, signal, drawn);

async function drawn(host: HTMLElement, input: FileInput, signal: AbortSignal, choose: Choose): Promise<Mounted> {
  const parts = new TextParts(input, signal);
  const text = await parts.next();
  if (signal.aborted) return { destroy() {} };
  const shown = editor(host, { text, name: input.name, fragment: parts.isWhole ? input.fragment : "", onFragment: (fragment) => input.onFragment(fragment) }, signal);
  if (parts.encoding !== undefined && isDoubtful(parts.encoding, text)) shown.bar.append(encodingChoice(parts.encoding, choose));
  if (parts.isWhole) {
    if (isLatex(input.name)) outline(host, text);
    return shown;
  }
  const rest = more(parts, (text) => shown.append(text), signal);
  host.append(rest.bar);
  const showFragment = (fragment: string) => {
    const { to } = linesOf(fragment);
    const isThere = () => shown.lines() > to;
    if (isThere()) return shown.showFragment?.(fragment);
    rest.until(isThere).then(
      () => shown.showFragment?.(fragment),
      (error: unknown) => console.warn("The lines that the address points at could not be read", error),
    );
  };
  showFragment(input.fragment);
  return { ...shown, showFragment };
}

/** Puts the sections of a LaTeX file beside it. */
function outline(host: HTMLElement, text: string): void {
  const list = contents(latexOutline(text), { follows: false });
  if (!list) return;
  void loadContentsStyle();
  host.replaceChildren(besideContents(list, element("div", "code-column", ...host.childNodes)));
}

/** An editor that takes more text at its end. */
export interface Editor extends Mounted {
  /** What stands above the text. */
  readonly bar: HTMLElement;
  append(text: string): void;
  lines(): number;
}

/** The editor with a text that is at hand. */
export function editor(host: HTMLElement, input: CodeInput, signal: AbortSignal): Editor {
  const place = document.createElement("div");
  place.className = "editor";
  const root = place.attachShadow({ mode: "open" });
  const [wrapping, language] = [new Compartment(), new Compartment()];
  const { text, isFormatted } = readable({ ...input, text: lineEnds(input.text) });
  const description = describe({ ...input, text });
  const marked: Lines = { from: 0, to: 0 };
  const extensions = [numbers(input.fragment, (fragment) => input.onFragment(fragment), marked), wrapping.of([]), language.of([]), ...fixed(input.name)];
  const view = new EditorView({ root, state: EditorState.create({ doc: text, extensions }) });
  root.adoptedStyleSheets = [...root.adoptedStyleSheets, editorSheet()];
  root.append(view.dom);
  const bar = toolbar(view, wrapping, { language: description?.name, isFormatted, source: isFormatted ? input.text : undefined });
  host.replaceChildren(bar.element, place);
  pointAt(view, marked, linesOf(input.fragment));
  const endPrinting = printable(place, view);
  const endFinding = findInAll(view);
  description?.load().then(
    (support) => signal.aborted || view.dispatch({ effects: language.reconfigure(support) }),
    (error: unknown) => console.warn("The language could not be loaded", error),
  );
  return {
    bar: bar.element,
    showFragment: (fragment) => pointAt(view, marked, linesOf(fragment)),
    lines: () => view.state.doc.lines,
    append(text) {
      view.dispatch({ changes: { from: view.state.doc.length, insert: lineEnds(text) } });
      bar.count();
    },
    destroy() {
      endFinding();
      endPrinting();
      view.destroy();
    },
  };
}

/** What every editor has. */
function fixed(name: string): Extension[] {
  return [
    foldGutter(),
    codeFolding(),
    highlightSpecialChars(),
    highlightSelectionMatches(),
    search({ top: true }),
    keymap.of([...searchKeymap, ...foldKeymap]),
    syntaxHighlighting(classHighlighter),
    EditorState.readOnly.of(true),
    EditorView.editable.of(false),
    EditorView.contentAttributes.of({ tabindex: "0", role: "textbox", "aria-multiline": "true", "aria-readonly": "true", "aria-label": t("code.label", { name }) }),
    EditorState.phrases.of(phrases()),
    markedLines,
    editorTheme,
  ];
}

/** The browser's own search sees only the lines that are drawn. */
function findInAll(view: EditorView): () => void {
  const find = (event: KeyboardEvent) => {
    if ((event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && event.key.toLowerCase() === "f") {
      event.preventDefault();
      openSearchPanel(view);
    }
  };
  addEventListener("keydown", find);
  return () => removeEventListener("keydown", find);
}

/** CodeMirror's own words. */
function phrases(): Record<string, string> {
  return {
    Find: t("code.find"), next: t("code.find-next"), previous: t("code.find-previous"), all: t("code.find-all"),
    "match case": t("code.match-case"), regexp: t("code.regexp"), "by word": t("code.by-word"), close: t("code.close"),
    "current match": t("code.current-match"), "on line": t("code.on-line"), "Go to line": t("code.go-to-line"), go: t("code.go"),
    "Fold line": t("code.fold"), "Unfold line": t("code.unfold"), "folded code": t("code.folded"), unfold: t("code.unfold"),
    "Control character": t("code.control"),
  };
}
