// A text file in CodeMirror, read-only: line numbers, search, folding, wrapping, links to lines.
//
// The editor lives in a shadow root, because CodeMirror adopts constructed style sheets there and would otherwise insert
// a <style> element, which the page's CSP blocks.

import { LanguageDescription, codeFolding, foldGutter, foldKeymap, syntaxHighlighting } from "@codemirror/language";
import { languages } from "@codemirror/language-data";
import { highlightSelectionMatches, openSearchPanel, search, searchKeymap } from "@codemirror/search";
import { Compartment, EditorState, RangeSet, StateEffect, StateField } from "@codemirror/state";
import { Decoration, EditorView, highlightSpecialChars, keymap, lineNumbers } from "@codemirror/view";
import { classHighlighter } from "@lezer/highlight";
import type { Mounted } from "./bridge";
import { editorSheet, editorTheme } from "./code-theme";
import { button, element } from "./elements";
import { languageNamed } from "./highlight";

export interface CodeInput {
  text: string;
  /** Decides the language. */
  fileName: string;
  /** A language's name that counts more than the file's. */
  language?: string | undefined;
  /** The lines that the address points at; 0 for none. */
  firstLine: number;
  lastLine: number;
  /** Called with `L10` or `L10-L20` when the reader picks lines. */
  onLines(fragment: string): void;
}

/** Past this, parsing and folding would be felt; the text is shown plain. */
const COLOURED_MAX = 2_000_000;

/** A run of lines; 0 and 0 is none. */
interface Lines {
  from: number;
  to: number;
}

const markLines = StateEffect.define<Lines>();
const lineMark = Decoration.line({ class: "cm-linked" });

const markedLines = StateField.define<RangeSet<Decoration>>({
  create: () => Decoration.none,
  update(value, transaction) {
    for (const effect of transaction.effects) {
      if (!effect.is(markLines)) continue;
      const ranges = [];
      const last = Math.min(effect.value.to, transaction.state.doc.lines);
      for (let line = Math.max(1, effect.value.from); line <= last; line++) ranges.push(lineMark.range(transaction.state.doc.line(line).from));
      return Decoration.set(ranges);
    }
    return value;
  },
  provide: (field) => EditorView.decorations.from(field),
});

/** A gutter whose numbers pick a line, or with Shift a run of lines. */
function numbers(input: CodeInput, marked: Lines) {
  let anchor = input.firstLine;
  return lineNumbers({
    domEventHandlers: {
      click(view, block, event) {
        const line = view.state.doc.lineAt(block.from).number;
        const from = (event as MouseEvent).shiftKey && anchor > 0 ? Math.min(anchor, line) : line;
        const to = (event as MouseEvent).shiftKey && anchor > 0 ? Math.max(anchor, line) : line;
        if (from === to) anchor = line;
        Object.assign(marked, { from, to });
        view.dispatch({ effects: markLines.of({ from, to }) });
        input.onLines(from === to ? `L${from}` : `L${from}-L${to}`);
        return true;
      },
    },
  });
}

function toolbar(view: EditorView, wrapping: Compartment, text: string, isFormatted: boolean): HTMLElement {
  const bar = element("div", "tools");
  const count = element("span", "tools-note");
  count.textContent = view.state.doc.lines === 1 ? "1 line" : `${view.state.doc.lines.toLocaleString("en").replaceAll(",", "\u2009")} lines`;
  if (isFormatted) count.textContent += ", formatted for reading";
  const wrap = button("tool", "Wrap lines", (self) => {
    const on = self.getAttribute("aria-pressed") !== "true";
    self.setAttribute("aria-pressed", String(on));
    view.dispatch({ effects: wrapping.reconfigure(on ? EditorView.lineWrapping : []) });
  });
  wrap.setAttribute("aria-pressed", "false");
  const copy = button("tool", "Copy", (self) => {
    navigator.clipboard.writeText(text).then(
      () => (self.textContent = "Copied"),
      () => (self.textContent = "Copying is not allowed here"),
    );
    setTimeout(() => (self.textContent = "Copy"), 2000);
  });
  bar.append(count, button("tool", "Find", () => openSearchPanel(view)), wrap, copy);
  return bar;
}

/** A line longer than this was not written by hand. */
const HAND_WRITTEN_LINE = 2_000;

/** JSON that is all on one line, set out for reading; any other text as it is. */
function readable(input: CodeInput): { text: string; isFormatted: boolean } {
  const { text, fileName } = input;
  const asItIs = { text, isFormatted: false };
  if (!/\.(json|geojson|ipynb)$/i.test(fileName) || text.length > COLOURED_MAX) return asItIs;
  if (!text.split("\n").some((line) => line.length > HAND_WRITTEN_LINE)) return asItIs;
  try {
    return { text: JSON.stringify(JSON.parse(text), null, 2), isFormatted: true };
  } catch {
    return asItIs;
  }
}

async function languageOf(input: CodeInput) {
  if (input.text.length > COLOURED_MAX) return [];
  const description =
    (input.language ? languageNamed(input.language) : null) ?? LanguageDescription.matchFilename(languages, input.fileName);
  return description ? await description.load() : [];
}

export async function code(host: HTMLElement, input: CodeInput, signal: AbortSignal): Promise<Mounted> {
  const place = document.createElement("div");
  place.className = "editor";
  const root = place.attachShadow({ mode: "open" });
  const wrapping = new Compartment();
  const language = new Compartment();
  const { text, isFormatted } = readable(input);
  const marked: Lines = { from: 0, to: 0 };
  const view = new EditorView({
    root,
    state: EditorState.create({
      doc: text,
      extensions: [
        numbers(input, marked),
        foldGutter(),
        codeFolding(),
        highlightSpecialChars(),
        highlightSelectionMatches(),
        search({ top: true }),
        keymap.of([...searchKeymap, ...foldKeymap]),
        syntaxHighlighting(classHighlighter),
        EditorState.readOnly.of(true),
        EditorView.editable.of(false),
        EditorView.contentAttributes.of({ tabindex: "0", role: "textbox", "aria-multiline": "true", "aria-readonly": "true", "aria-label": `Text of ${input.fileName}` }),
        markedLines,
        wrapping.of([]),
        language.of([]),
        editorTheme,
      ],
    }),
  });
  root.adoptedStyleSheets = [...root.adoptedStyleSheets, editorSheet()];
  root.append(view.dom);
  host.replaceChildren(toolbar(view, wrapping, input.text, isFormatted), place);
  const showLines = (from: number, to: number) => pointAt(view, marked, { from, to });
  showLines(input.firstLine, input.lastLine);

  const find = (event: KeyboardEvent) => {
    if ((event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && event.key.toLowerCase() === "f") {
      // The browser's own search sees only the lines that are drawn.
      event.preventDefault();
      openSearchPanel(view);
    }
  };
  addEventListener("keydown", find);
  languageOf(input).then(
    (support) => {
      if (!signal.aborted) view.dispatch({ effects: language.reconfigure(support) });
    },
    (error: unknown) => console.warn("The language could not be loaded", error),
  );
  return {
    showLines,
    destroy() {
      removeEventListener("keydown", find);
      view.destroy();
    },
  };
}

/** Marks the lines that the address points at, and scrolls to the first unless they are marked already. */
function pointAt(view: EditorView, marked: Lines, { from, to }: Lines): void {
  if (from === marked.from && to === marked.to) return;
  Object.assign(marked, { from, to });
  const effects: StateEffect<unknown>[] = [markLines.of({ from, to })];
  if (from >= 1 && from <= view.state.doc.lines) {
    effects.push(EditorView.scrollIntoView(view.state.doc.line(from).from, { y: "center" }));
  }
  view.dispatch({ effects });
}
