// How a terminal's text looks: what the numbers of an SGR sequence mean (ECMA-48, 8.3.117, and xterm's colours), as the classes that
// `notebook.css` paints. It refuses numbers that it does not know: they change nothing. `terminal.ts` calls it.

/** One of the 16 named colours, which the sheet paints to suit light and dark pages, or any other as `rgb()`. */
type Color = number | string;

export interface Style {
  readonly fg: Color | undefined;
  readonly bg: Color | undefined;
  /** Of `FLAGS`. */
  readonly flags: number;
  /** Where the text leads. */
  readonly link: string | undefined;
}

/** A run of text of one style. */
export interface Span {
  readonly text: string;
  readonly style: Style;
}

export type Line = readonly Span[];

/** The one object that unstyled text has. */
export const PLAIN: Style = { fg: undefined, bg: undefined, flags: 0, link: undefined };

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

const styleOf = (style: Style): Style => (style.fg === undefined && style.bg === undefined && style.flags === 0 && style.link === undefined ? PLAIN : style);

/** Longer addresses are none. */
const LINK_MAX = 2_083;

/** The style of a text that leads to an address; of one that leads nowhere, when there is none or none of the web's. */
export function linked(style: Style, address: string): Style {
  const isWeb = address.length <= LINK_MAX && /^https?:\/\/[^\s/]/i.test(address);
  return styleOf({ ...style, link: isWeb ? normal(address) : undefined });
}

function normal(address: string): string | undefined {
  try {
    return new URL(address).href;
  } catch {
    return undefined;
  }
}

/** The style after one SGR sequence. */
export function applied(style: Style, parameters: string): Style {
  // Sequences that only a terminal's settings know begin with one of `<=>?`.
  if (/^[<=>?]/.test(parameters)) return style;
  let { fg, bg, flags } = style;
  const codes = parameters.split(";");
  while (codes.length > 0) {
    // What stands behind a colon belongs to its number: `4:3` is a kind of underlining, `38:2::255:0:0` a colour.
    const [first = "", ...parts] = (codes.shift() ?? "").split(":");
    const code = Number(first);
    const color = () => (parts.length > 0 ? colorOf(parts) : extended(codes));
    if (code === 0) [fg, bg, flags] = [undefined, undefined, 0];
    else if (code === 4 && parts[0] === "0") flags &= ~UNDERLINE;
    else if (code in ON) flags |= ON[code] ?? 0;
    else if (code in OFF) flags &= ~(OFF[code] ?? 0);
    else if (code === 38) fg = color() ?? fg;
    else if (code === 48) bg = color() ?? bg;
    // The colour of the line beneath: it is the text's here.
    else if (code === 58) color();
    else if (code === 39) fg = undefined;
    else if (code === 49) bg = undefined;
    else if (code >= 30 && code <= 37) fg = code - 30;
    else if (code >= 40 && code <= 47) bg = code - 40;
    else if (code >= 90 && code <= 97) fg = code - 82;
    else if (code >= 100 && code <= 107) bg = code - 92;
  }
  return styleOf({ fg, bg, flags, link: style.link });
}

const byte = (digits: string | undefined): number => Number(digits ?? 0) & 255;

const rgb = (red: string | undefined, green: string | undefined, blue: string | undefined): Color => `rgb(${byte(red)} ${byte(green)} ${byte(blue)})`;

/** Takes what follows 38, 48 or 58: `5;n` or `2;r;g;b`. */
function extended(codes: string[]): Color | undefined {
  const form = codes.shift();
  if (form === "5") return palette(byte(codes.shift()));
  return form === "2" ? rgb(codes.shift(), codes.shift(), codes.shift()) : undefined;
}

/** The same behind colons, where the standard has a place for a colour space that many programs leave out. */
function colorOf([form, ...parts]: string[]): Color | undefined {
  if (form === "5") return palette(byte(parts[0]));
  if (form !== "2") return undefined;
  const [red, green, blue] = parts.length > 3 ? parts.slice(1) : parts;
  return rgb(red, green, blue);
}

/** xterm's 256 colours: 16 named ones, a cube of 6 × 6 × 6, 24 greys. */
function palette(index: number): Color {
  const level = (step: number) => (step === 0 ? 0 : 55 + 40 * step);
  if (index < 16) return index;
  const [cube, grey] = [index - 16, 8 + 10 * (index - 232)];
  return index < 232 ? `rgb(${level(Math.floor(cube / 36))} ${level(Math.floor(cube / 6) % 6)} ${level(cube % 6)})` : `rgb(${grey} ${grey} ${grey})`;
}
