// Colours that authors chose, made readable: the text on a note, and ink on the page in light and in dark. Pure; what is not a
// plain colour is refused. The pieces of a board call it.

export type Rgb = readonly [red: number, green: number, blue: number];

/** WCAG 2.2, 1.4.3: what text needs; large text needs less, but sizes are not looked at here. */
export const TEXT_RATIO = 4.5;
/** 1.4.11: what lines and symbols need. */
export const LINE_RATIO = 3;
/** Of strokes drawn by hand, marker pens among them: enough to be seen, and near to what was drawn. */
export const STROKE_RATIO = 1.5;

/** The grounds of a board, as `base.css` has them (`--page`). */
export const LIGHT: Rgb = [253, 253, 252];
export const DARK: Rgb = [22, 24, 27];

const BLACK: Rgb = [0, 0, 0];
const WHITE: Rgb = [255, 255, 255];

/** The names that people type; the palette itself gives hex. */
const NAMES: Readonly<Record<string, Rgb>> = {
  black: BLACK, white: WHITE, red: [255, 0, 0], green: [0, 128, 0], blue: [0, 0, 255], yellow: [255, 255, 0], orange: [255, 165, 0],
  purple: [128, 0, 128], gray: [128, 128, 128], grey: [128, 128, 128], brown: [165, 42, 42], pink: [255, 192, 203], cyan: [0, 255, 255],
  magenta: [255, 0, 255], lightblue: [173, 216, 230], lightgreen: [144, 238, 144], darkblue: [0, 0, 139], darkgreen: [0, 100, 0], darkred: [139, 0, 0],
};

const byte = (value: number): number => Math.round(Math.min(255, Math.max(0, value)));

/** Reads `#abc`, `#aabbcc`, `#aabbccdd`, `rgb(…)`, `rgba(…)` and a few names; how much shows through is not read. */
export function readColour(text: string | undefined): Rgb | undefined {
  const word = (text ?? "").trim().toLowerCase();
  if (Object.hasOwn(NAMES, word)) return NAMES[word];
  const short = /^#([\da-f])([\da-f])([\da-f])[\da-f]?$/.exec(word);
  if (short) return [1, 2, 3].map((n) => parseInt(`${short[n]}${short[n]}`, 16)) as unknown as Rgb;
  const long = /^#([\da-f]{2})([\da-f]{2})([\da-f]{2})(?:[\da-f]{2})?$/.exec(word);
  if (long) return [1, 2, 3].map((n) => parseInt(long[n] ?? "0", 16)) as unknown as Rgb;
  const called = /^rgba?\(\s*([\d.]{1,8})[\s,]+([\d.]{1,8})[\s,]+([\d.]{1,8})(?:\s*[,/]\s*[\d.]{1,8}%?)?\s*\)$/.exec(word);
  if (!called) return undefined;
  const channels = [1, 2, 3].map((n) => Number(called[n]));
  return channels.every(Number.isFinite) ? (channels.map(byte) as unknown as Rgb) : undefined;
}

export const css = ([red, green, blue]: Rgb): string => `rgb(${red} ${green} ${blue})`;

/** Relative luminance, as WCAG defines it. */
function luminance(colour: Rgb): number {
  const linear = colour.map((channel) => (channel / 255 <= 0.04045 ? channel / 255 / 12.92 : ((channel / 255 + 0.055) / 1.055) ** 2.4));
  return 0.2126 * (linear[0] ?? 0) + 0.7152 * (linear[1] ?? 0) + 0.0722 * (linear[2] ?? 0);
}

export function contrast(one: Rgb, other: Rgb): number {
  const [a, b] = [luminance(one), luminance(other)];
  return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
}

/** Nearly black or white, whichever can be read on `ground`. */
export function textOn(ground: Rgb): Rgb {
  const soft: Rgb = [31, 33, 36];
  if (contrast(soft, ground) >= TEXT_RATIO) return soft;
  return contrast(BLACK, ground) >= contrast(WHITE, ground) ? BLACK : WHITE;
}

const mix = (from: Rgb, to: Rgb, share: number): Rgb => from.map((channel, n) => byte(channel + ((to[n] ?? 0) - channel) * share)) as unknown as Rgb;

/** The colour itself, or the nearest towards black or white that can be told from the ground. */
export function readable(colour: Rgb, ground: Rgb, ratio: number): Rgb {
  const end = contrast(BLACK, ground) >= contrast(WHITE, ground) ? BLACK : WHITE;
  for (let share = 0; share < 1; share += 0.05) {
    const tried = mix(colour, end, share);
    if (contrast(tried, ground) >= ratio) return tried;
  }
  return end;
}
