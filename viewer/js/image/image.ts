// A picture, among the others of its folder: zoom, its own size, steps to the next one, which is fetched in advance. It is only
// ever an `<img>`, in which no script of an SVG runs; the wasm gives the address from which it comes.

import { element, problem } from "../elements";
import type { FileInput, Mounted } from "../file";
import { folderOf, placeOf, steps } from "../gallery";
import { session } from "../here";
import type { Neighbour } from "../markup";
import { loadStyle } from "../styles";
import { number, t } from "../text";
import { group, pressed, takesKeys, tool } from "../tool";
import type { Drawing } from "./drawing";
import { rareFormat } from "./formats";
import { Stage } from "./stage";

/** A next picture that is larger is not fetched before it is asked for. */
const AHEAD_MAX = 15_000_000;

export async function image(host: HTMLElement, input: FileInput, signal: AbortSignal): Promise<Mounted> {
  await loadStyle(ASSETS.styles["image"] ?? "");
  const end = new AbortController();
  signal.addEventListener("abort", () => end.abort(), { once: true });
  const picture = element("img");
  picture.alt = input.name;
  picture.decoding = "async";
  picture.referrerPolicy = "no-referrer";
  const stage = new Stage(picture, end.signal);
  stage.element.tabIndex = 0;
  stage.element.setAttribute("role", "group");
  stage.element.setAttribute("aria-label", t("image.stage", { name: input.name }));
  const facts = element("span", "tools-note image-facts");
  const bar = tools(stage, facts);
  host.replaceChildren(bar, stage.element);
  keys(stage, host, end.signal);
  const first = isPacked(input.name) ? drawing(input, host, end.signal).then((made) => made?.url ?? "") : Promise.resolve(input.url);
  const drawn = first.then((url) => shown(picture, url)).then(
    () => {
      const { width, height } = stage.begin();
      facts.textContent = t("image.size", { width: number(width), height: number(height) });
      host.classList.add("image-shown");
    },
    (error: unknown) => {
      host.replaceChildren(unshown(input));
      throw error;
    },
  );
  drawn.catch(() => {});
  // Seen as it is first, then with what lies beside it.
  if (!isPacked(input.name)) void drawn.then(() => drawing(input, host, end.signal), () => undefined).then((made) => (made?.url === undefined ? undefined : swapped(picture, made.url))).catch((error: unknown) => console.warn("What the drawing names cannot be shown", error));
  void beside(input, bar, end.signal).then((next) => drawn.then(() => ahead(next, end.signal), () => {}));
  return { drawn, destroy: () => end.abort() };
}

/** The drawing with its pictures, or unpacked; says below it which of them are not there. */
async function drawing(input: FileInput, host: HTMLElement, signal: AbortSignal): Promise<Drawing | undefined> {
  if (!/\.svgz?$/i.test(input.name)) return undefined;
  const { unpacked, withLinked } = await import("./drawing");
  const made = await (isPacked(input.name) ? unpacked(input, signal) : withLinked(input, signal));
  if (made && made.missing.length > 0 && !signal.aborted) host.append(element("p", "image-missing", t("image.missing", { names: made.missing.slice(0, 10).join(", ") })));
  return made;
}

/** Shows the same with more in it, once it is sure that it can be shown. */
async function swapped(picture: HTMLImageElement, url: string): Promise<void> {
  const next = new Image();
  next.src = url;
  await next.decode();
  picture.src = url;
}

const isPacked = (name: string): boolean => /\.svgz$/i.test(name);

/** Resolves when the picture can be seen; large ones are decoded beside the page, not in its way. */
async function shown(picture: HTMLImageElement, url: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    picture.addEventListener("load", () => resolve(), { once: true });
    // A capability that ended on the way is renewed first (`renewed.ts`); only real failures come here.
    picture.addEventListener("error", () => reject(new Error(t("image.damaged"))), { once: true });
    picture.src = url;
  });
}

function tools(stage: Stage, facts: HTMLElement): HTMLElement {
  const bar = element("div", "tools image-tools");
  const scaled = element("span", "tools-note image-scale");
  scaled.setAttribute("role", "status");
  const fit = tool("fit", t("image.fit"), () => stage.fit());
  const actual = tool("actual", t("image.actual"), () => stage.actual());
  stage.onScale = (scale, fits) => {
    scaled.textContent = t("zoom.percent", { percent: number(Math.round(scale * 100)) });
    pressed(fit, fits && scale !== 1);
    pressed(actual, scale === 1);
  };
  const out = tool("zoom-out", t("zoom.out"), () => stage.step(false));
  const into = tool("zoom-in", t("zoom.in"), () => stage.step(true));
  bar.append(facts, group(out, scaled, into), group(fit, actual));
  return bar;
}

/** Finds the picture's neighbours and adds the steps to them; the next one. */
async function beside(input: FileInput, bar: HTMLElement, signal: AbortSignal): Promise<Neighbour | undefined> {
  const place = placeOf(input.name, "image", await folderOf(input, signal));
  if (signal.aborted) return undefined;
  const found = steps(place);
  if (found) {
    found.before.rel = "prev";
    found.after.rel = "next";
    bar.prepend(found.element);
  }
  return place.after;
}

/** Fetches the next picture, unless the reader saves data. */
function ahead(next: Neighbour | undefined, signal: AbortSignal): void {
  // eslint-disable-next-line compat/compat -- Safari and Firefox do not say whether a reader saves data
  const saves = (navigator as { connection?: { saveData?: boolean } }).connection?.saveData === true;
  if (!next || saves || signal.aborted || next.size > AHEAD_MAX) return;
  const picture = new Image();
  picture.fetchPriority = "low";
  picture.referrerPolicy = "no-referrer";
  picture.src = session.fresh(next.url);
}

function press(stage: Stage, host: HTMLElement, { key, target }: KeyboardEvent): boolean {
  const follow = (rel: string) => {
    const link = host.querySelector<HTMLAnchorElement>(`a[rel=${rel}][href]`);
    // A picture that is larger than its stage is moved by the arrows, when the reader is at it.
    if (!link || (target === stage.element && stage.overflows)) return false;
    link.click();
    return true;
  };
  switch (key) {
    case "+":
    case "=": return stage.step(true), true;
    case "-": return stage.step(false), true;
    case "0": return stage.fit(), true;
    case "1": return stage.actual(), true;
    case "ArrowLeft": return follow("prev");
    case "ArrowRight": return follow("next");
    default: return false;
  }
}

function keys(stage: Stage, host: HTMLElement, signal: AbortSignal): void {
  const hear = (event: KeyboardEvent) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || takesKeys(event.target)) return;
    if (press(stage, host, event)) event.preventDefault();
  };
  document.addEventListener("keydown", hear, { signal });
}

/** What it is, why it is not to be seen, and the file. */
function unshown(input: FileInput): HTMLElement {
  const format = rareFormat(input.name);
  const download = element("a", "button", t("action.download.file"));
  download.href = input.download;
  download.download = input.name;
  const why = format === undefined ? t("image.damaged") : t("image.format.why", { format });
  const what = format === undefined ? t("image.unshown") : t("image.format", { format });
  const box = format === undefined ? problem("image", what, why) : element("div", "part-problem", element("p", "", element("strong", "", what)), element("p", "", why));
  box.append(element("p", "", download));
  return box;
}
