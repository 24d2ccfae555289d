// Links to lines: those that `#L10-L20` marks in the editor, and the gutter that picks them. The code page calls it.

import { RangeSet, StateEffect, StateField } from "@codemirror/state";
import { Decoration, EditorView, lineNumbers } from "@codemirror/view";
import { type Lines, linesOf } from "./fragment";

const markLines = StateEffect.define<Lines>();
const lineMark = Decoration.line({ class: "cm-linked" });

/** A run longer than this is marked at its beginning only. */
const MARKED_MAX = 20_000;

/** The lines that the address points at. */
export const markedLines = StateField.define<RangeSet<Decoration>>({
  create: () => Decoration.none,
  update(value, transaction) {
    for (const effect of transaction.effects) {
      if (!effect.is(markLines)) continue;
      const ranges = [];
      const { doc } = transaction.state;
      const last = Math.min(effect.value.to, doc.lines, effect.value.from + MARKED_MAX);
      for (let line = Math.max(1, effect.value.from); line <= last; line++) ranges.push(lineMark.range(doc.line(line).from));
      return Decoration.set(ranges);
    }
    return transaction.docChanged ? value.map(transaction.changes) : value;
  },
  provide: (field) => EditorView.decorations.from(field),
});

/** A gutter whose numbers pick a line, or with Shift a run of lines. */
export function numbers(first: string, onFragment: (fragment: string) => void, marked: Lines) {
  let anchor = linesOf(first).from;
  return lineNumbers({
    domEventHandlers: {
      click(view, block, event) {
        const line = view.state.doc.lineAt(block.from).number;
        const isRun = (event as MouseEvent).shiftKey && anchor > 0;
        const [from, to] = isRun ? [Math.min(anchor, line), Math.max(anchor, line)] : [line, line];
        if (!isRun) anchor = line;
        Object.assign(marked, { from, to });
        view.dispatch({ effects: markLines.of({ from, to }) });
        onFragment(from === to ? `L${from}` : `L${from}-L${to}`);
        return true;
      },
    },
  });
}

/** Marks the lines that the address points at, and scrolls to the first unless they are marked already. */
export function pointAt(view: EditorView, marked: Lines, { from, to }: Lines): void {
  if (from === marked.from && to === marked.to) return;
  Object.assign(marked, { from, to });
  const effects: StateEffect<unknown>[] = [markLines.of({ from, to })];
  if (from >= 1 && from <= view.state.doc.lines) {
    effects.push(EditorView.scrollIntoView(view.state.doc.line(from).from, { y: "center" }));
  }
  view.dispatch({ effects });
}
