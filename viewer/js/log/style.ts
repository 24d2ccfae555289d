// How a terminal's text looks: what the numbers of an SGR sequence mean (ECMA-48, 8.3.117, and xterm's colours), as the classes that
// `notebook.css` paints. It refuses numbers that it does not know: they change nothing. `terminal.ts` calls it.

/** One of the 16 named colours, which the sheet paints to suit light and dark pages, or any other as `rgb()`. */
type Color = number | string;

export interface Style {
  readonly fg: Color | undefined;
  readonly bg: Color | undefined;
  /** Of `FLAGS`. */
  readonly flags: number;
}

/** The one object that unstyled text has. */
export const PLAIN: Style = { fg: undefined, bg: undefined, flags: 0 };

const [BOLD, DIM, ITALIC, UNDERLINE, INVERSE, STRIKE] = [1, 2, 4, 8, 16, 32] as const;

const FLAGS: readonly (readonly [number, string])[] = [[BOLD, "ansi-bold"], [DIM, "ansi-dim"], [ITALIC, "ansi-italic"], [UNDERLINE, "ansi-underline"], [STRIKE, "ansi-strike"]];

/** What sets a flag, and what takes flags away. */
const ON: Record<number, number> = { 1: BOLD, 2: DIM, 3: ITALIC, 4: UNDERLINE, 21: UNDERLINE, 7: INVERSE, 9: STRIKE };
const OFF: Record<number, number> = { 22: BOLD | DIM, 23: ITALIC, 24: UNDERLINE, 27: INVERSE, 29: STRIKE };

interface Look {
  readonly classes: string;
  /** Custom properties for colours that have no class. */
  readonly properties: readonly (readonly [string, string])[];
}

export function lookOf({ fg, bg, flags }: Style): Look {
  const isInverse = (flags & INVERSE) !== 0;
  const colors = [["fg", isInverse ? bg : fg], ["bg", isInverse ? fg : bg]] as const;
  const classes = FLAGS.flatMap(([flag, name]) => ((flags & flag) !== 0 ? [name] : []));
  const properties: [string, string][] = [];
  for (const [what, color] of colors) {
    if (typeof color === "number") classes.push(`ansi-${what}-${color}`);
    if (typeof color !== "string") continue;
    classes.push(`ansi-${what}-rgb`);
    properties.push([`--ansi-${what}`, color]);
  }
  if (isInverse && fg === undefined && bg === undefined) classes.push("ansi-inverse");
  return { classes: classes.join(" "), properties };
}

/** The style after one SGR sequence. */
export function applied(style: Style, parameters: string): Style {
  // Sequences that only a terminal's settings know begin with one of `<=>?`.
  if (/^[<=>?]/.test(parameters)) return style;
  let { fg, bg, flags } = style;
  // `4:0` to `4:5` are kinds of underlining; any other colon stands for a semicolon.
  const codes = parameters.replace(/(^|;)4:(\d)/g, (_, before: string, kind: string) => `${before}${kind === "0" ? 24 : 4}`).split(/[;:]/).map(Number);
  while (codes.length > 0) {
    const code = codes.shift() ?? 0;
    if (code === 0) [fg, bg, flags] = [undefined, undefined, 0];
    else if (code in ON) flags |= ON[code] ?? 0;
    else if (code in OFF) flags &= ~(OFF[code] ?? 0);
    else if (code === 38) fg = extended(codes) ?? fg;
    else if (code === 48) bg = extended(codes) ?? bg;
    else if (code === 39) fg = undefined;
    else if (code === 49) bg = undefined;
    else if (code >= 30 && code <= 37) fg = code - 30;
    else if (code >= 40 && code <= 47) bg = code - 40;
    else if (code >= 90 && code <= 97) fg = code - 82;
    else if (code >= 100 && code <= 107) bg = code - 92;
  }
  return fg === undefined && bg === undefined && flags === 0 ? PLAIN : { fg, bg, flags };
}

/** Takes what follows 38 or 48: `5;n` or `2;r;g;b`. */
function extended(codes: number[]): Color | undefined {
  const byte = () => (codes.shift() ?? 0) & 255;
  const form = codes.shift();
  if (form === 5) return palette(byte());
  return form === 2 ? `rgb(${byte()} ${byte()} ${byte()})` : undefined;
}

/** xterm's 256 colours: 16 named ones, a cube of 6 × 6 × 6, 24 greys. */
function palette(index: number): Color {
  const level = (step: number) => (step === 0 ? 0 : 55 + 40 * step);
  if (index < 16) return index;
  const [cube, grey] = [index - 16, 8 + 10 * (index - 232)];
  return index < 232 ? `rgb(${level(Math.floor(cube / 36))} ${level(Math.floor(cube / 6) % 6)} ${level(cube % 6)})` : `rgb(${grey} ${grey} ${grey})`;
}
