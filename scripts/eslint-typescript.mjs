// A parser for ESLint that reads TypeScript: Node takes the types out and keeps every place, espree reads the rest. The usual one
// (typescript-eslint) needs the compiler's JavaScript interface, which TypeScript 7 has no more.

import { stripTypeScriptTypes } from "node:module";
import * as espree from "espree";

const OPTIONS = { ecmaVersion: "latest", sourceType: "module", range: true, loc: true, tokens: true, comment: true };

/** What has no counterpart in JavaScript (enums, fields made by parameters) is rewritten, and lines below it may be numbered otherwise. */
function withoutTypes(text) {
  try {
    return stripTypeScriptTypes(text);
  } catch {
    return stripTypeScriptTypes(text, { mode: "transform" });
  }
}

export function parse(text, { filePath }) {
  return espree.parse(filePath.endsWith(".ts") ? withoutTypes(text) : text, OPTIONS);
}
