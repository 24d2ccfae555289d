// Commands of MathJax and of plain TeX that KaTeX lacks, in KaTeX's own: coloured boxes, characters by number, enclosures, derivatives,
// matrices of old. `tex.ts` calls it before anything else reads a formula; `math.ts` takes the macros.

/** Commands that are short to say. A document's own definitions go before them. */
export const MACROS: Readonly<Record<string, string>> = {
  "\\mathds": "\\mathbb{#1}", "\\mathbbm": "\\mathbb{#1}", "\\ensuremath": "#1", "\\mathbold": "\\boldsymbol{#1}",
  // The package physics.
  "\\abs": "\\left|#1\\right|", "\\norm": "\\left\\lVert#1\\right\\rVert", "\\order": "\\mathcal{O}\\left(#1\\right)", "\\comm": "\\left[#1,#2\\right]",
  "\\acomm": "\\left\\{#1,#2\\right\\}", "\\pb": "\\left\\{#1,#2\\right\\}", "\\expval": "\\left\\langle#1\\right\\rangle", "\\ev": "\\left\\langle#1\\right\\rangle",
  "\\mel": "\\left\\langle#1\\middle|#2\\middle|#3\\right\\rangle", "\\matrixel": "\\left\\langle#1\\middle|#2\\middle|#3\\right\\rangle",
  "\\ketbra": "\\left|#1\\right\\rangle\\!\\left\\langle#2\\right|", "\\dyad": "\\left|#1\\right\\rangle\\!\\left\\langle#2\\right|", "\\ip": "\\left\\langle#1\\middle|#2\\right\\rangle",
  "\\innerproduct": "\\left\\langle#1\\middle|#2\\right\\rangle", "\\vb": "\\mathbf{#1}", "\\va": "\\vec{\\mathbf{#1}}", "\\vu": "\\hat{\\mathbf{#1}}", "\\vdot": "\\cdot", "\\cross": "\\times",
  "\\grad": "\\nabla", "\\curl": "\\nabla\\times", "\\divergence": "\\nabla\\cdot", "\\laplacian": "\\nabla^2", "\\dd": "\\mathrm{d}", "\\eval": "\\left.#1\\right|", "\\qq": "\\quad\\text{#1}\\quad",
  "\\tr": "\\operatorname{tr}", "\\Tr": "\\operatorname{Tr}", "\\rank": "\\operatorname{rank}", "\\erf": "\\operatorname{erf}", "\\mqty": "\\begin{matrix}#1\\end{matrix}",
  "\\pmqty": "\\begin{pmatrix}#1\\end{pmatrix}", "\\bmqty": "\\begin{bmatrix}#1\\end{bmatrix}", "\\vmqty": "\\begin{vmatrix}#1\\end{vmatrix}",
  // What has to do with pages and sites alone.
  "\\class": "\\@secondoftwo", "\\cssId": "\\@secondoftwo", "\\style": "\\@secondoftwo", "\\href": "\\@secondoftwo", "\\vspace": "\\@firstoftwo{}", "\\num": "#1", "\\celsius": "{}^\\circ\\mathrm{C}", "\\strut": "\\vphantom{(}",
};

/** Environments that plain TeX has as commands. */
const OLD: Readonly<Record<string, string>> = {
  matrix: "matrix", pmatrix: "pmatrix", bordermatrix: "pmatrix", cases: "cases", eqalign: "aligned", eqalignno: "aligned", leqalignno: "aligned", displaylines: "gathered",
};

const FORMS = /\\(bbox|unicode|enclose|[pf]?dv|derivative|partialderivative|qty|intertext|shortintertext|matrix|pmatrix|bordermatrix|cases|eqalignno|leqalignno|eqalign|displaylines)(?![a-zA-Z])/g;

/** A formula has fewer of these; beyond, they stay. */
const FORMS_MAX = 500;

/** Where the group ends that begins at `at`, behind spaces: its content and the place behind it. */
function group(tex: string, at: number, open = "{", close = "}"): { inner: string; end: number } | undefined {
  let start = at;
  while (/\s/.test(tex[start] ?? "")) start += 1;
  if (tex[start] !== open) return undefined;
  let depth = 0;
  for (let here = start; here < tex.length; here += 1) {
    if (tex[here] === "\\") here += 1;
    else if (tex[here] === open) depth += 1;
    else if (tex[here] === close) {
      depth -= 1;
      if (depth === 0) return { inner: tex.slice(start + 1, here), end: here + 1 };
    }
  }
  return undefined;
}

/** A box with a ground, a frame, or neither. */
function box(options: string, inner: string): string {
  const colour = options.split(",").map((option) => option.trim()).find((option) => /^(#[0-9a-f]{3,6}|[a-z]{3,20})$/i.test(option));
  if (colour !== undefined) return `\\colorbox{${colour}}{$${inner}$}`;
  return /border/.test(options) ? `\\boxed{${inner}}` : `{${inner}}`;
}

function character(code: string): string {
  const number = /^x([0-9a-f]{1,6})$/i.exec(code.trim())?.[1];
  const point = number === undefined ? Number(code.trim()) : Number.parseInt(number, 16);
  const isFit = Number.isInteger(point) && point > 0x20 && point <= 0x10ffff && !(point >= 0xd800 && point <= 0xdfff);
  return isFit && !/[\\{}$%#&~^_]/.test(String.fromCodePoint(point)) ? `\\text{${String.fromCodePoint(point)}}` : "";
}

const NOTATIONS: readonly (readonly [RegExp, (inner: string) => string])[] = [
  [/circle/, (inner) => (inner.trim().length === 1 ? `\\text{\\textcircled{${inner.trim()}}}` : `\\boxed{${inner}}`)],
  [/box/, (inner) => `\\boxed{${inner}}`],
  [/updiagonalstrike.*downdiagonalstrike|downdiagonalstrike.*updiagonalstrike/, (inner) => `\\xcancel{${inner}}`],
  [/updiagonal/, (inner) => `\\cancel{${inner}}`],
  [/downdiagonal/, (inner) => `\\bcancel{${inner}}`],
  [/horizontalstrike/, (inner) => `\\sout{${inner}}`],
  [/longdiv/, (inner) => `\\overline{)\\,${inner}}`],
  [/actuarial/, (inner) => `\\angl{${inner}}`],
  [/phasorangle/, (inner) => `\\phase{${inner}}`],
  [/top/, (inner) => `\\overline{${inner}}`],
  [/bottom/, (inner) => `\\underline{${inner}}`],
];

/** `\dv[2]{f}{x}`, `\dv{x}`, and the same with ∂ and δ. */
function derivative(name: string, tex: string, at: number): { out: string; end: number } | undefined {
  const sign = name.startsWith("p") ? "\\partial" : name.startsWith("f") ? "\\delta" : "\\mathrm{d}";
  const order = group(tex, tex[at] === "*" ? at + 1 : at, "[", "]");
  const first = group(tex, order?.end ?? (tex[at] === "*" ? at + 1 : at));
  if (!first) return undefined;
  const second = tex[first.end] === "{" ? group(tex, first.end) : undefined;
  const power = order ? `^{${order.inner}}` : "";
  const [top, below] = second ? [first.inner, second.inner] : ["", first.inner];
  return { out: `\\frac{${sign}${power} ${top}}{${sign} ${below}${power}}`, end: second?.end ?? first.end };
}

/** What stands for one command; nothing when it is not written as it should be. */
function form(name: string, tex: string, at: number): { out: string; end: number } | undefined {
  if (/^([pf]?dv|derivative|partialderivative)$/.test(name)) return derivative(name, tex, at);
  if (name === "qty") {
    for (const [open, close] of [["{", "}"], ["(", ")"], ["[", "]"], ["|", "|"]] as const) {
      const found = open === close ? undefined : group(tex, at, open, close);
      if (found) return { out: open === "{" ? `\\left\\{${found.inner}\\right\\}` : `\\left${open}${found.inner}\\right${close}`, end: found.end };
    }
    return undefined;
  }
  const options = name === "bbox" || name === "unicode" ? group(tex, at, "[", "]") : undefined;
  const first = group(tex, options?.end ?? at);
  if (!first) return undefined;
  if (name === "bbox") return { out: box(options?.inner ?? "", first.inner), end: first.end };
  if (name === "unicode") return { out: character(first.inner), end: first.end };
  if (name.endsWith("intertext")) return { out: `\\text{${first.inner}}\\notag\\\\`, end: first.end };
  if (name === "enclose") {
    const attributes = group(tex, first.end, "[", "]");
    const second = group(tex, attributes?.end ?? first.end);
    if (!second) return undefined;
    const write = NOTATIONS.find(([notation]) => notation.test(first.inner))?.[1] ?? ((inner: string) => `{${inner}}`);
    return { out: write(second.inner), end: second.end };
  }
  const environment = OLD[name] ?? "matrix";
  return { out: `\\begin{${environment}}${first.inner.replace(/\\cr(?![a-zA-Z])/g, "\\\\")}\\end{${environment}}`, end: first.end };
}

/** The formula with KaTeX's commands in the place of MathJax's. What is within what is written is read again, from the outside in. */
export function mathjaxForms(source: string): string {
  let tex = source;
  let count = 0;
  FORMS.lastIndex = 0;
  for (let found = FORMS.exec(tex); found && count < FORMS_MAX; found = FORMS.exec(tex)) {
    count += 1;
    const [whole, name = ""] = found;
    const made = form(name, tex, found.index + whole.length);
    if (!made) continue;
    tex = tex.slice(0, found.index) + made.out + tex.slice(made.end);
    // What was written holds no command of this list under its own name, but its content may.
    FORMS.lastIndex = found.index + 1;
  }
  return tex;
}
