// The part of an author's inline styles that may stand in the page: colours, weights, spaces and boxes, which are often what an output
// says. Pure; the sanitiser calls it for notebooks, whose authors expect it.
//
// It refuses whatever loads something, takes an element out of the flow of the text, lays it over others, moves it or makes it
// larger than a page: properties and functions that are not listed, lengths beyond the bounds, anything below zero.

const PROPERTIES = new Set([
  "color", "background", "background-color", "background-image", "opacity", "font", "font-weight", "font-style", "font-size", "font-family", "font-variant", "font-variant-numeric",
  "line-height", "letter-spacing", "text-align", "text-decoration", "text-decoration-color", "text-decoration-line", "text-decoration-style", "text-transform", "text-indent",
  "vertical-align", "white-space", "word-break", "overflow-wrap", "word-wrap", "direction", "unicode-bidi", "tab-size",
  ...["", "-top", "-right", "-bottom", "-left"].flatMap((side) => [`margin${side}`, `padding${side}`, `border${side}`, `border${side}-width`, `border${side}-style`, `border${side}-color`]),
  "border-radius", "border-top-left-radius", "border-top-right-radius", "border-bottom-left-radius", "border-bottom-right-radius", "border-collapse", "border-spacing", "table-layout", "caption-side",
  "width", "height", "min-width", "min-height", "max-width", "max-height", "box-sizing", "overflow", "overflow-x", "overflow-y", "aspect-ratio", "object-fit",
  "display", "float", "clear", "flex", "flex-direction", "flex-wrap", "flex-flow", "flex-grow", "flex-shrink", "flex-basis", "order", "gap", "row-gap", "column-gap", "align-items", "align-content",
  "align-self", "justify-content", "justify-items", "justify-self", "grid-template-columns", "grid-template-rows", "grid-column", "grid-row", "grid-gap", "columns", "column-count", "column-width",
  "list-style", "list-style-type", "list-style-position", "visibility", "text-shadow",
]);

const FUNCTIONS = new Set(["rgb", "rgba", "hsl", "hsla", "hwb", "lab", "lch", "oklab", "oklch", "linear-gradient", "repeating-linear-gradient", "radial-gradient", "repeat", "minmax", "fit-content"]);

/** The longest length by its unit; numbers without one are bounded by what they are for. */
const LENGTHS: Readonly<Record<string, number>> = { px: 2_000, pt: 1_500, pc: 120, in: 20, cm: 50, mm: 500, em: 120, rem: 120, ex: 240, ch: 240, "%": 400, vw: 100, vh: 100, vmin: 100, vmax: 100, fr: 100, deg: 360, turn: 1, "": 1_000 };

/** Larger letters than these would be the page. */
const LETTERS: Readonly<Record<string, number>> = { px: 96, pt: 72, em: 6, rem: 6, "%": 600, ex: 12, ch: 12 };

const TEXT_MAX = 4_000;
const VALUE_MAX = 300;

export type Declaration = readonly [name: string, value: string];

/** The declarations of a `style` attribute that may stand. */
export function safeStyle(text: string): Declaration[] {
  if (text.length > TEXT_MAX) return [];
  return declarations(text).filter(([name, value]) => PROPERTIES.has(name) && isSafe(name, value));
}

/** What stands between semicolons that are in no quotes and brackets, without comments. */
function declarations(text: string): Declaration[] {
  const plain = text.replace(/\/\*.*?(?:\*\/|$)/gs, " ");
  const parts = plain.match(/(?:[^;"'()]|"[^"]*"|'[^']*'|\([^()]*(?:\([^()]*\)[^()]*)*\))+/g) ?? [];
  return parts.flatMap((part): Declaration[] => {
    const [, name, value] = /^\s*([a-z-]+)\s*:\s*(.*?)\s*(?:!\s*important)?\s*$/is.exec(part) ?? [];
    return name === undefined || value === undefined || value === "" ? [] : [[name.toLowerCase(), value]];
  });
}

function isSafe(name: string, value: string): boolean {
  if (value.length > VALUE_MAX || /[\\<>{}@;]/.test(value)) return false;
  // Names of fonts may be anything; nothing else is in quotes.
  const bare = value.replace(/"[^"]*"|'[^']*'/g, "");
  if (bare !== value && name !== "font" && name !== "font-family") return false;
  for (const [, called] of bare.matchAll(/([\w-]*)\s*\(/g)) if (!FUNCTIONS.has((called ?? "").toLowerCase())) return false;
  const limits = name.startsWith("font") ? { ...LENGTHS, ...LETTERS } : LENGTHS;
  // Numbers within colours are no lengths.
  const outside = bare.replace(/\b(?:rgba?|hsla?|hwb|lab|lch|oklab|oklch)\([^()]*\)/gi, "");
  for (const [, sign, digits, unit] of outside.matchAll(/(?<![\w#.])([+-]?)(\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?([a-z%]*)/gi)) {
    const limit = limits[(unit ?? "").toLowerCase()];
    if (limit === undefined || Number(digits) > limit) return false;
    if (sign === "-" && Number(digits) > 0 && name !== "letter-spacing") return false;
  }
  return !/\d[eE]\+?\d/.test(outside.replace(/#[\da-f]+/gi, ""));
}

/** Whether a colour is dark, of those that are written in numbers; nothing of others. */
export function isDarkColor(value: string): boolean | undefined {
  const [, hex] = /#([\da-f]{3,8})\b/i.exec(value) ?? [];
  const wide = hex !== undefined && hex.length < 6 ? [...hex].map((digit) => digit + digit).join("") : hex;
  const parts = wide === undefined ? /rgba?\(\s*([\d.]+)[\s,]+([\d.]+)[\s,]+([\d.]+)/i.exec(value)?.slice(1).map(Number) : [0, 2, 4].map((at) => Number.parseInt(wide.slice(at, at + 2), 16));
  if (parts) {
    const [red = 0, green = 0, blue = 0] = parts;
    return 0.299 * red + 0.587 * green + 0.114 * blue < 128;
  }
  const lightness = /hsla?\([^)]*?([\d.]+)%\s*(?:[,/)]|$)[^%]*$/i.exec(value)?.[1];
  return lightness === undefined ? undefined : Number(lightness) < 45;
}
