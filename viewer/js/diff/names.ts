// The names of files in a diff: quoted as git quotes them, with a date behind them, with `a/` and `b/` before them. Pure; the parser
// calls it. It refuses to guess: a header whose two names cannot be told apart has none.

const ESCAPES: Record<string, number> = { a: 7, b: 8, t: 9, n: 10, v: 11, f: 12, r: 13, '"': 34, "\\": 92 };

/** A name in quotes has its bytes above ASCII in octal. */
export function unquoted(name: string): string {
  const inner = /^"((?:[^"\\]|\\.)*)"$/.exec(name)?.[1];
  if (inner === undefined) return name;
  const bytes: number[] = [];
  for (const [piece, octal, escaped] of inner.matchAll(/\\([0-7]{1,3})|\\(.)|[^\\]+/g)) {
    if (octal !== undefined) bytes.push(Number.parseInt(octal, 8) & 255);
    else if (escaped !== undefined) bytes.push(ESCAPES[escaped] ?? escaped.charCodeAt(0) & 255);
    else bytes.push(...new TextEncoder().encode(piece));
  }
  return new TextDecoder().decode(new Uint8Array(bytes));
}

/** What follows `---` or `+++`; nothing when there is no such file. */
export function nameOf(value: string, prefix: "a/" | "b/"): string | undefined {
  // A tab ends the name: `diff` writes the time behind it, git nothing.
  const name = unquoted(value.split("\t", 1)[0] ?? "");
  if (name === "/dev/null") return undefined;
  return name.startsWith(prefix) ? name.slice(2) : name;
}

/** The names in `diff --git a/x b/x`, where spaces may stand in both. */
export function headerOf(names: string): { old: string | undefined; now: string | undefined } {
  const same = /^a\/(.+) b\/\1$/.exec(names)?.[1];
  if (same !== undefined) return { old: same, now: same };
  const [, old, now] = /^("(?:[^"\\]|\\.)*"|\S+) ("(?:[^"\\]|\\.)*"|\S+)$/.exec(names) ?? [];
  return old === undefined || now === undefined ? { old: undefined, now: undefined } : { old: nameOf(old, "a/"), now: nameOf(now, "b/") };
}
