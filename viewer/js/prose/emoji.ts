// Emoji codes such as `:tada:` as the signs they stand for, from GitHub's list. Loaded only when a text holds something that
// looks like one. It leaves code and formulas alone, and a code that is on no list as it is. `markup.ts` calls it.

import table from "markdown-it-emoji/lib/data/full.mjs";

/** What may be a code. */
export const CODE = /:([a-z0-9_+-]{1,50}):/;

/** Where text is meant letter by letter. */
const VERBATIM = "pre, code, kbd, samp, .math, script";

/** The text with its codes replaced. */
export function withSigns(text: string): string {
  return text.replace(new RegExp(CODE, "g"), (code, name: string) => (Object.hasOwn(table, name) ? (table[name] ?? code) : code));
}

/** Replaces the codes in every text below `root`. */
export function signs(root: Node): void {
  const texts = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  for (let node = texts.nextNode(); node instanceof Text; node = texts.nextNode()) {
    if (!CODE.test(node.data) || node.parentElement?.closest(VERBATIM)) continue;
    const text = withSigns(node.data);
    if (text !== node.data) node.data = text;
  }
}
