// What the pages of a PDF are called: i, ii, 1, 2 in a book, A-1 in an appendix. Nothing where that is their number. Pure; the view
// and its tools call it.

/** A label is a few characters; what is longer was made to hurt. */
const LABEL_MAX = 40;

/** The labels, one for each page, if they say more than the pages' numbers. */
export function labelsOf(said: readonly unknown[] | null, pages: number): readonly string[] | undefined {
  if (!said || said.length !== pages) return undefined;
  const labels = said.map((label) => (typeof label === "string" ? label.trim().slice(0, LABEL_MAX) : ""));
  if (labels.every((label) => label === "") || labels.every((label, index) => label === String(index + 1))) return undefined;
  return labels.map((label, index) => label || String(index + 1));
}

/** The number of the page that a reader means: by its label, else by its number; nothing when there is none. */
export function pageNamed(labels: readonly string[] | undefined, wanted: string, pages: number): number | undefined {
  const text = wanted.trim();
  const label = labels?.indexOf(text) ?? -1;
  if (label >= 0) return label + 1;
  const folded = labels?.findIndex((each) => each.toLowerCase() === text.toLowerCase()) ?? -1;
  if (folded >= 0) return folded + 1;
  const number = Math.round(Number(text));
  return text !== "" && number >= 1 && number <= pages ? number : undefined;
}

/** The label in an address like `#page=xii`; numbers there are numbers of pages, whatever these are called. */
export function labelIn(fragment: string): string | undefined {
  const said = /^page=([^&]+)$/.exec(fragment)?.[1];
  if (said === undefined || /^\d+$/.test(said)) return undefined;
  try {
    return decodeURIComponent(said);
  } catch {
    return said;
  }
}
