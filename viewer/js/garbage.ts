// Random documents for tests of parsers: the same ones each time, so that a failure can be repeated. No page loads it.

/** Numbers in [0, 1), the same for the same seed (mulberry32). */
export function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

const ODD: readonly unknown[] = [null, true, false, 0, -1, 1e308, -1e308, 0.1, "", "x", "\u0000", "\ud800", "__proto__", "constructor", "9".repeat(400), [], {}, [[]], "2020-01-01T00:00:00Z", "NaN"];

/** A value of any shape, not deep. */
export function anything(next: () => number, fields: readonly string[], depth = 3): unknown {
  const kind = next();
  if (depth === 0 || kind < 0.5) return ODD[Math.floor(next() * ODD.length)];
  if (kind < 0.65) return Array.from({ length: Math.floor(next() * 6) }, () => anything(next, fields, depth - 1));
  return object(next, fields, depth);
}

/** An object that has some of the fields, and anything in them. */
export function object(next: () => number, fields: readonly string[], depth = 3): Record<string, unknown> {
  const made: Record<string, unknown> = {};
  for (const field of fields) if (next() < 0.6) made[field] = anything(next, fields, depth - 1);
  return made;
}

/** A document of lines: most are objects of a kind, some are cut, some are nothing. */
export function lines(next: () => number, count: number, make: () => unknown): string {
  return Array.from({ length: count }, () => {
    const line = JSON.stringify(make()) ?? "";
    const kind = next();
    if (kind < 0.1) return line.slice(0, Math.floor(next() * line.length));
    if (kind < 0.15) return "not json";
    return kind < 0.2 ? "" : line;
  }).join("\n");
}
