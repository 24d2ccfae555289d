// What `#L10-L20` in an address means. It refuses nothing: what points at no lines is none. The code and log pages call it.

/** A run of lines; 0 and 0 is none. */
export interface Lines {
  from: number;
  to: number;
}

/** Reads a fragment that points at lines: `L10` or `L10-L20`, with columns if need be, as GitHub writes them. */
export function linesOf(fragment: string): Lines {
  const [, first, last] = /^L(\d{1,9})(?:C\d+)?(?:-L?(\d{1,9})(?:C\d+)?)?$/.exec(fragment) ?? [];
  const [one, other] = [Number(first ?? 0), Number(last ?? first ?? 0)];
  return one === 0 || other === 0 ? { from: 0, to: 0 } : { from: Math.min(one, other), to: Math.max(one, other) };
}
