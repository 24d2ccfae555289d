// How the editor looks: the page's own variables, which reach into the shadow root. The editor calls it.

import { EditorView } from "@codemirror/view";

export const editorTheme = EditorView.theme({
  "&": { color: "var(--text)", backgroundColor: "transparent", fontSize: "var(--code-size)" },
  "&.cm-focused": { outline: "none" },
  ".cm-scroller": { fontFamily: "var(--mono)", lineHeight: "1.55", overflowX: "auto" },
  ".cm-content": { padding: "8px 0 16px" },
  ".cm-line": { padding: "0 16px 0 8px" },
  ".cm-gutters": { backgroundColor: "var(--surface)", color: "var(--faint)", border: "none", paddingRight: "2px" },
  ".cm-lineNumbers .cm-gutterElement": { padding: "0 4px 0 16px", cursor: "pointer", minWidth: "3ch" },
  ".cm-lineNumbers .cm-gutterElement:hover": { color: "var(--text)" },
  ".cm-foldGutter .cm-gutterElement": { cursor: "pointer", color: "var(--faint)" },
  ".cm-linked": { backgroundColor: "var(--mark)" },
  ".cm-selectionMatch": { backgroundColor: "var(--mark)" },
  ".cm-searchMatch": { backgroundColor: "var(--mark)", outline: "1px solid var(--line-strong)" },
  ".cm-searchMatch-selected": { backgroundColor: "var(--mark-strong)" },
  ".cm-panels": { backgroundColor: "var(--raised)", color: "var(--text)", borderBottom: "1px solid var(--line)", position: "sticky", top: "0", zIndex: "2" },
  ".cm-panel.cm-search": { padding: "8px 12px", fontFamily: "var(--sans)" },
  ".cm-textfield": { backgroundColor: "var(--page)", color: "var(--text)", border: "1px solid var(--line-strong)", borderRadius: "5px", padding: "3px 6px", fontSize: "13px" },
  ".cm-button": { backgroundImage: "none", backgroundColor: "var(--page)", color: "var(--text)", border: "1px solid var(--line-strong)", borderRadius: "5px", padding: "3px 8px", fontSize: "13px" },
  ".cm-panel.cm-search label": { fontSize: "13px" },
  ".cm-panel.cm-search [name=close]": { color: "var(--text)", fontSize: "18px", padding: "4px 8px" },
  ".cm-foldPlaceholder": { backgroundColor: "var(--raised)", color: "var(--muted)", border: "1px solid var(--line)" },
  ".cm-specialChar": { color: "var(--danger)" },
});

/** The colours of tokens, the same as in the page's own style sheet. */
export const TOKENS: readonly (readonly [string, string])[] = [
  [".tok-keyword,.tok-operatorKeyword,.tok-modifier", "color:var(--tok-keyword)"],
  [".tok-string,.tok-string2,.tok-inserted", "color:var(--tok-string)"],
  [".tok-comment", "color:var(--tok-comment);font-style:italic"],
  [".tok-number,.tok-bool,.tok-atom,.tok-literal", "color:var(--tok-number)"],
  [".tok-typeName,.tok-className,.tok-namespace", "color:var(--tok-type)"],
  [".tok-variableName.tok-definition,.tok-propertyName.tok-definition,.tok-labelName", "color:var(--tok-name)"],
  [".tok-propertyName", "color:var(--tok-property)"],
  [".tok-meta,.tok-macroName", "color:var(--tok-meta)"],
  [".tok-heading", "font-weight:600;color:var(--tok-name)"],
  [".tok-link,.tok-url", "color:var(--accent)"],
  [".tok-emphasis", "font-style:italic"],
  [".tok-strong", "font-weight:600"],
  [".tok-deleted,.tok-invalid", "color:var(--danger)"],
];

let sheet: CSSStyleSheet | undefined;

export function editorSheet(): CSSStyleSheet {
  if (!sheet) {
    sheet = new CSSStyleSheet();
    for (const [selector, style] of TOKENS) sheet.insertRule(`:is(${selector}){${style}}`);
  }
  return sheet;
}
