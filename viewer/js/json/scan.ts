// JSON as places in its text: nothing is parsed into objects, so a file of any size costs its text and what is looked at, numbers
// keep their digits, and a key that stands twice is shown twice. Pure; the JSON page calls it.
//
// It takes what people write beside the standard: comments, a comma before a closing bracket, `NaN` and `Infinity`. It refuses
// everything else, and says where.

export type Kind = "object" | "array" | "lines" | "string" | "number" | "boolean" | "null";

/** A value from `start` up to `end`; `count` is how many entries a container has. */
export interface Value {
  readonly kind: Kind;
  readonly start: number;
  readonly end: number;
  readonly count: number;
}

/** An entry of a container; an object's has a key, as it is written, quotes and all. */
export interface Entry {
  readonly key: string | undefined;
  readonly index: number;
  readonly start: number;
  readonly value: Value;
}

/** Where a text stops being JSON. */
export interface Fault {
  readonly at: number;
  readonly line: number;
  readonly column: number;
}

const SPACE = /(?:[ \t\r\n\ufeff\x1e]+|\/\/[^\n]*|\/\*[^]*?\*\/)*/y;
const SCALAR = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|-?Infinity|NaN|true|false|null/y;
const STRING_STOP = /["\\\u0000-\u001f]/g;
const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;
/** What can matter on the way to the end of a container. */
const STOP = /["{}[\],/]/g;

/** The first place at or after `at` that is neither white space nor a comment. */
function skipSpace(text: string, at: number): number {
  const code = text.charCodeAt(at);
  if (code > 32 && code !== 47 && code !== 0xfeff) return at;
  SPACE.lastIndex = at;
  return SPACE.test(text) ? SPACE.lastIndex : at;
}

/** The end of the string that begins at `at`; -1 when it has none or holds what no string may. */
function endOfString(text: string, at: number): number {
  STRING_STOP.lastIndex = at + 1;
  for (;;) {
    const found = STRING_STOP.exec(text);
    if (!found) return -1;
    if (found[0] === '"') return found.index + 1;
    ESCAPE.lastIndex = found.index;
    if (found[0] !== "\\" || !ESCAPE.test(text)) return -1;
    STRING_STOP.lastIndex = ESCAPE.lastIndex;
  }
}

function endOfScalar(text: string, at: number): number {
  SCALAR.lastIndex = at;
  return SCALAR.test(text) ? SCALAR.lastIndex : -1;
}

/** How many tokens are read before a check yields. */
const STEP = 20_000;

/** Checks a whole text in steps; the place of the first fault, or nothing. `lines`: values one after another, as in JSON Lines. */
export function* check(text: string, lines: boolean): Generator<void, Fault | undefined> {
  const open: ("{" | "[")[] = [];
  let at = skipSpace(text, 0);
  let values = 0;
  for (let tokens = 1; ; tokens += 1) {
    if (tokens % STEP === 0) yield;
    // A value is due.
    const first = text[at];
    let end = at;
    if (first === "{" || first === "[") {
      open.push(first);
      end = skipSpace(text, at + 1);
      if (text[end] !== (first === "{" ? "}" : "]")) {
        const next = first === "{" ? afterKey(text, end) : end;
        if (next < 0) return faultAt(text, end);
        at = next;
        continue;
      }
      open.pop();
      end += 1;
    } else {
      end = first === '"' ? endOfString(text, at) : endOfScalar(text, at);
      if (end < 0) return faultAt(text, at);
    }
    // What may follow a value: the end of containers, then a comma and the next one.
    for (;;) {
      at = skipSpace(text, end);
      const container = open.at(-1);
      if (container === undefined) {
        values += 1;
        if (at >= text.length) return undefined;
        if (!lines) return faultAt(text, at);
        break;
      }
      if (text[at] === ",") {
        const next = skipSpace(text, at + 1);
        if (text[next] !== "}" && text[next] !== "]") {
          at = container === "{" ? afterKey(text, next) : next;
          if (at < 0) return faultAt(text, next);
          break;
        }
        at = next;
      }
      if (text[at] !== (container === "{" ? "}" : "]")) return faultAt(text, at);
      open.pop();
      end = at + 1;
    }
  }
}

/** Where the value begins whose key begins at `at`; -1 when there is no key and colon. */
function afterKey(text: string, at: number): number {
  const end = text[at] === '"' ? endOfString(text, at) : -1;
  const colon = end < 0 ? -1 : skipSpace(text, end);
  return colon >= 0 && text[colon] === ":" ? skipSpace(text, colon + 1) : -1;
}

function faultAt(text: string, at: number): Fault {
  const before = text.slice(0, at);
  const newline = before.lastIndexOf("\n");
  let line = 1;
  for (let next = before.indexOf("\n"); next >= 0; next = before.indexOf("\n", next + 1)) line += 1;
  return { at, line, column: at - newline };
}

const KINDS: Record<string, Kind> = { "{": "object", "[": "array", '"': "string", t: "boolean", f: "boolean", n: "null" };

/** The value that begins at `start`, of a text that was checked. */
export function valueAt(text: string, start: number): Value {
  const kind = KINDS[text[start] ?? ""] ?? "number";
  if (kind === "object" || kind === "array") return container(text, start, kind);
  const end = kind === "string" ? endOfString(text, start) : endOfScalar(text, start);
  return { kind, start, end: end < 0 ? text.length : end, count: 0 };
}

function container(text: string, start: number, kind: Kind): Value {
  let [depth, commas] = [0, 0];
  // The place after the last comma that counts: a closing bracket there means that the comma was one too many.
  let last = start + 1;
  STOP.lastIndex = start;
  for (let found = STOP.exec(text); found; found = STOP.exec(text)) {
    const at = found.index;
    switch (found[0]) {
      case '"':
        STOP.lastIndex = Math.max(at + 1, endOfString(text, at));
        break;
      case "/":
        STOP.lastIndex = Math.max(at + 1, skipSpace(text, at));
        break;
      case "{":
      case "[":
        depth += 1;
        break;
      case ",":
        if (depth === 1) [commas, last] = [commas + 1, at + 1];
        break;
      default:
        depth -= 1;
        if (depth === 0) return { kind, start, end: at + 1, count: commas + (skipSpace(text, last) === at ? 0 : 1) };
    }
  }
  return { kind, start, end: text.length, count: commas };
}

/** All of a text as one value. */
export function rootOf(text: string, lines: boolean): Value {
  if (!lines) return valueAt(text, skipSpace(text, 0));
  let count = 0;
  for (const _ of entries(text, { kind: "lines", start: 0, end: text.length, count: 0 })) count += 1;
  return { kind: "lines", start: 0, end: text.length, count };
}

/** The entries of a container, from the one on that begins at `from` and has the number `index`. */
export function* entries(text: string, of: Value, from = of.kind === "lines" ? of.start : of.start + 1, index = 0): Generator<Entry> {
  if (of.kind !== "object" && of.kind !== "array" && of.kind !== "lines") return;
  let at = skipSpace(text, from);
  while (at < of.end && text[at] !== "}" && text[at] !== "]") {
    const start = at;
    let key: string | undefined;
    if (of.kind === "object") {
      const end = endOfString(text, at);
      key = text.slice(at, end);
      at = skipSpace(text, skipSpace(text, end) + 1);
    }
    const value = valueAt(text, at);
    yield { key, index, start, value };
    index += 1;
    at = skipSpace(text, value.end);
    if (text[at] === "," && of.kind !== "lines") at = skipSpace(text, at + 1);
  }
}

/** What a string says; a broken one says what is written. */
export function said(written: string): string {
  try {
    return String(JSON.parse(written));
  } catch {
    return written.slice(1, -1);
  }
}

/** A step of a path, as JavaScript and jq write it. */
export function step(entry: Pick<Entry, "key" | "index">): string {
  if (entry.key === undefined) return `[${entry.index}]`;
  const key = said(entry.key);
  return /^[\p{ID_Start}_$][\p{ID_Continue}$]*$/u.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`;
}
