// Pictures with a dark and a light source follow the page's own theme: browsers ask the system alone. `markup.ts` calls it.

/** What a source was written for. */
const asWritten = new WeakMap<HTMLSourceElement, string>();

/** A media query in which the reader's choice has taken the place of the system's; without a choice it stays. */
export function chosenMedia(media: string, theme: string | undefined): string {
  if (theme !== "dark" && theme !== "light") return media;
  return media.replace(/\(\s*prefers-color-scheme\s*:\s*(dark|light)\s*\)/gi, (_, wanted: string) => (wanted.toLowerCase() === theme ? "(min-width: 0px)" : "(max-width: 0px)"));
}

function apply(source: HTMLSourceElement): void {
  const media = asWritten.get(source);
  if (media !== undefined) source.media = chosenMedia(media, document.documentElement.dataset["theme"]);
}

let observer: MutationObserver | undefined;

/** Keeps a source with the theme from now on. */
export function followTheme(source: HTMLSourceElement): void {
  if (!/prefers-color-scheme/i.test(source.media)) return;
  asWritten.set(source, source.media);
  apply(source);
  if (observer) return;
  observer = new MutationObserver(() => document.querySelectorAll<HTMLSourceElement>("picture > source").forEach(apply));
  observer.observe(document.documentElement, { attributeFilter: ["data-theme"] });
}
