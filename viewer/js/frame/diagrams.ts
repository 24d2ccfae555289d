// Which diagrams are more than the small library draws. `mermaid.ts` asks.

/** Kinds that only the whole library has, and labels with formulas. */
const WHOLE = /^\s*(?:mindmap|architecture(?:-beta)?|block(?:-beta)?|flowchart-elk|radar(?:-beta)?|treemap(?:-beta)?|zenuml)\b|\$\$|\bdefaultRenderer\s*['"]?\s*:\s*['"]?elk|\blayout\s*['"]?\s*:/m;

/** Whether a diagram is one for the whole library at once. */
export const needsWhole = (source: string): boolean => WHOLE.test(source);
