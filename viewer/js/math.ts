// Typesets TeX with KaTeX. It refuses commands that could load, link or style (`trust: false`) and caps expansion; what
// KaTeX cannot read stays visible as its source. `markup.ts` calls it.

import katex from "katex";
import { element } from "./elements";
import { MACROS } from "./prose/tex-forms";
import { Numbering, definitions, display, labelId, referenceOf, references } from "./prose/tex";
import { loadStyle } from "./styles";
import { t } from "./text";

/** Longer formulas are machine output that would hold the page for seconds. */
const CHARACTERS_MAX = 20_000;

/** How long one slice of work may take before the page gets a turn. */
const SLICE_MS = 12;

/** Chemistry is a part of its own, for the documents that have some. */
const CHEMISTRY = /\\(?:ce|pu)(?![a-zA-Z])/;

/** What the formulas of one document share: they are typeset in its order, because one may define what the next ones use. */
interface Mathematics {
  readonly numbering: Numbering;
  /** Formulas that refer to what has no number yet, by label. */
  readonly waiting: Map<string, Set<HTMLElement>>;
  readonly sources: WeakMap<HTMLElement, string>;
  queue: Promise<void>;
}

/** By the document's definitions. */
const documents = new WeakMap<Record<string, string>, Mathematics>();

function mathematicsOf(macros: Record<string, string>): Mathematics {
  let known = documents.get(macros);
  if (!known) {
    known = { numbering: new Numbering(), waiting: new Map(), sources: new WeakMap(), queue: loadStyle(ASSETS.katexStyle) };
    for (const [name, body] of Object.entries(MACROS)) macros[name] ??= body;
    documents.set(macros, known);
  }
  return known;
}

/** Typesets every element in place; its text is the TeX, its class says whether it is displayed. */
export function typeset(elements: Iterable<HTMLElement>, macros: Record<string, string>, signal: AbortSignal): Promise<void> {
  const shared = mathematicsOf(macros);
  const reach = reachable(signal);
  // All equations have their numbers before any reference to them is drawn.
  const formulas = [...elements].map((element) => read(element, shared));
  const chemistry = formulas.some(({ tex }) => CHEMISTRY.test(tex));
  shared.queue = shared.queue.then(async () => {
    if (chemistry) await import("katex/contrib/mhchem");
    let sliceEnd = performance.now() + SLICE_MS;
    for (const formula of formulas) {
      if (signal.aborted) return;
      draw(formula, macros, shared);
      reach(formula.element);
      if (performance.now() > sliceEnd) {
        await new Promise((resolve) => setTimeout(resolve));
        sliceEnd = performance.now() + SLICE_MS;
      }
    }
  });
  return shared.queue;
}

/** Lets the keyboard scroll displayed formulas that are wider than their place; the others are no stop on the way. */
function reachable(signal: AbortSignal): (place: HTMLElement) => void {
  const look = (place: HTMLElement) => {
    if (place.scrollWidth <= place.clientWidth) {
      for (const name of ["tabindex", "role", "aria-label"]) place.removeAttribute(name);
      return;
    }
    place.tabIndex = 0;
    place.setAttribute("role", "group");
    place.setAttribute("aria-label", t("prose.formula"));
  };
  const sized = new ResizeObserver((entries) => entries.forEach(({ target }) => {
    const place = target.closest<HTMLElement>(".math-display");
    if (place) look(place);
  }));
  signal.addEventListener("abort", () => sized.disconnect());
  return (place) => {
    if (!place.classList.contains("math-display")) return;
    // The place is as wide as its column; what grows when the letters' own font is there is the formula.
    for (const one of [place, ...place.querySelectorAll(".katex-html > .base")]) sized.observe(one);
  };
}

interface Formula {
  readonly element: HTMLElement;
  readonly tex: string;
  readonly labels: readonly string[];
}

/** Takes the TeX of an element, with its numbers. */
function read(element: HTMLElement, shared: Mathematics): Formula {
  const source = element.textContent.trim();
  const tooLong = source.length > CHARACTERS_MAX;
  const isDisplayed = element.classList.contains("math-display");
  const { tex, labels } = tooLong ? { tex: source, labels: [] } : isDisplayed ? display(source, shared.numbering) : { tex: definitions(source), labels: [] };
  shared.sources.set(element, tex);
  return { element, tex, labels };
}

function draw({ element: place, tex, labels }: Formula, macros: Record<string, string>, shared: Mathematics): void {
  one(place, tex, macros, shared);
  // Where links to the equation lead.
  for (const label of labels) {
    const target = element("span");
    target.id = `user-content-${labelId(label)}`;
    place.prepend(target);
  }
  for (const label of labels) {
    for (const referring of shared.waiting.get(label) ?? []) one(referring, shared.sources.get(referring) ?? "", macros, shared);
    shared.waiting.delete(label);
  }
}

function one(place: HTMLElement, tex: string, macros: Record<string, string>, shared: Mathematics): void {
  if (tex.length > CHARACTERS_MAX) return;
  const reference = referenceOf(tex);
  const number = reference && shared.numbering.labels.get(reference.label);
  if (reference && number !== undefined) {
    const link = element("a", "", reference.inParentheses ? `(${number})` : number);
    link.href = `#${encodeURIComponent(labelId(reference.label))}`;
    place.replaceChildren(link);
    place.classList.add("math-ref");
    return;
  }
  const wait = (label: string) => {
    if (!shared.waiting.has(label)) shared.waiting.set(label, new Set());
    shared.waiting.get(label)?.add(place);
  };
  try {
    katex.render(references(tex, shared.numbering, wait), place, {
      displayMode: place.classList.contains("math-display"),
      throwOnError: false,
      // A command that is not known here may be right elsewhere: it is shown as it is written.
      errorColor: "var(--muted)",
      strict: "ignore",
      trust: false,
      maxExpand: 1000,
      maxSize: 40,
      macros,
      globalGroup: true,
    });
  } catch {
    // Not a parse error but a broken input, such as a macro that loops: the source says what was meant.
    place.textContent = tex;
    place.classList.add("math-failed");
  }
}
