// The JSON documents of a map's file: one, or one after another, by lines, by the separators of RFC 8142 or by nothing. Takes
// what Python writes for numbers that are none (NaN, Infinity) as nothing, and leaves out what is no JSON. Pure; the map calls it.

/** More documents are counted, not read. */
export const DOCUMENTS_MAX = 100_000;

export interface Documents {
  readonly documents: readonly unknown[];
  /** Parts that are no JSON. */
  readonly broken: number;
  /** Documents that were not read, because there are too many. */
  readonly more: number;
}

/** Throws what JSON.parse says when there is nothing to be had. */
export function documentsOf(text: string): Documents {
  let problem: unknown;
  try {
    return { documents: [JSON.parse(text)], broken: 0, more: 0 };
  } catch (error) {
    problem = error;
  }
  const documents: unknown[] = [];
  let [broken, more] = [0, 0];
  for (const part of parts(text)) {
    if (documents.length >= DOCUMENTS_MAX) {
      more += 1;
      continue;
    }
    try {
      documents.push(JSON.parse(part));
    } catch {
      broken += 1;
    }
  }
  if (documents.length === 0) throw problem;
  return { documents, broken, more };
}

const WORD = /[-+]?(?:NaN|Infinity|nan|inf)\b/y;

/** Each outermost object or array, with nothing in the place of numbers that are none. */
function* parts(text: string): Generator<string> {
  let depth = 0;
  let begin = 0;
  let copied = "";
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === 0x22) at = endOfString(text, at);
    else if (code === 0x7b || code === 0x5b) {
      if (depth === 0) [begin, copied] = [at, ""];
      depth += 1;
    } else if (code === 0x7d || code === 0x5d) {
      depth -= 1;
      if (depth === 0) yield copied + text.slice(begin, at + 1);
      if (depth < 0) depth = 0;
    } else if (depth > 0 && mayBeWord(code)) {
      WORD.lastIndex = at;
      const word = WORD.exec(text)?.[0];
      if (word === undefined) continue;
      copied += `${text.slice(begin, at)}null`;
      at += word.length - 1;
      begin = at + 1;
    }
  }
  if (depth > 0) yield copied + text.slice(begin);
}

/** N, I, n, i, and a sign before them. */
const mayBeWord = (code: number) => code === 0x4e || code === 0x49 || code === 0x6e || code === 0x69 || code === 0x2d || code === 0x2b;

function endOfString(text: string, quote: number): number {
  for (let at = quote + 1; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === 0x5c) at += 1;
    else if (code === 0x22) return at;
  }
  return text.length;
}
