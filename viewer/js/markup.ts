// Puts authors' HTML into the page: sanitised, its addresses resolved, its formulas typeset, its code coloured.
//
// It refuses everything that could run, restyle the page or take its names (ids get the prefix `user-content-`). The
// Markdown and notebook renderers call it; it is the only place where a string becomes elements.

import DOMPurify from "dompurify";
import type { Mounted } from "./file";
import { adorn, diagrams } from "./prose/adorn";
import { type Declaration, isDarkColor, safeStyle } from "./safe-style";
import { t } from "./text";
import { followTheme } from "./theme-pictures";
import { wikiLinks, wikiPicture } from "./prose/wiki";

/** Resolves addresses; made by the wasm. */
export interface Links {
  /** An address for `href`: `#…` on this page, `/…` on this origin, anything else outside; nothing when refused. */
  link(address: string): string | undefined;
  /** An address for `src`; nothing when refused, or when the share has no such file. The look-up ends with `signal`. */
  image(address: string, signal: AbortSignal): Promise<string | undefined>;
  /** A file by the document's address for it, as JSON of one `Neighbour` whose own address is on the frame origin. */
  framed(address: string, signal: AbortSignal): Promise<string | undefined>;
  /** The files of the document's folder, as JSON: `Neighbour[]`. */
  folder(signal: AbortSignal): Promise<string>;
  free(): void;
}

/** A file beside the one that is shown. */
export interface Neighbour {
  readonly name: string;
  readonly kind: string;
  readonly size: number;
  /** The page that shows it; `click`ing a link to it stays in the viewer. */
  readonly page: string;
  /** Its bytes. */
  readonly url: string;
}

/** What the parts of one document share. */
export interface Surroundings {
  links: Links;
  /** TeX definitions. */
  macros: Record<string, string>;
  signal: AbortSignal;
  /** Whether inline styles say something, as in notebooks: the safe ones stay. */
  styled?: boolean;
  /** The frame's page, for diagrams; without it they stay as they are written. */
  frameUrl?: string;
  /** What is to be taken down with the document. */
  mounted?: Mounted[];
}

/** The classes that our own Markdown output uses; an author's other classes could dress up as parts of the viewer. */
const CLASSES = /^(language-\S{1,40}|math|math-inline|math-display|alert|alert-[a-z]{1,12}|alert-title|table-scroll|footnote-ref|footnotes|anchor|front-matter|dataframe|only-light|only-dark|wiki|caption|byline|smallcaps)$/;

/** The schemes that may reach the resolver, which decides. */
const ADDRESSES = /^(?:(?:https?|mailto|tel|attachment):|data:image\/|[^a-z]|[a-z+.-]+(?:[^a-z+.\-:]|$))/i;

const purifier = DOMPurify(window);

/** The styles of the text that is being sanitised, if they are to stay. */
let styles: Map<Element, Declaration[]> | undefined;

purifier.addHook("uponSanitizeAttribute", (node, data) => {
  if (data.attrName === "class") {
    data.attrValue = data.attrValue.split(/\s+/).filter((name) => CLASSES.test(name)).join(" ");
    data.keepAttr = data.attrValue !== "";
  } else if (data.attrName === "style") {
    // Only what Markdown tables say: the alignment of a cell.
    const align = /^\s*text-align:\s*(left|center|right);?\s*$/.exec(data.attrValue)?.[1];
    if (align && /^T[HD]$/.test(node.nodeName)) node.setAttribute("align", align);
    // And what editors write on pictures: their size.
    if (node.nodeName === "IMG") sized(node, data.attrValue);
    const declarations = styles && node instanceof Element ? safeStyle(data.attrValue) : [];
    if (declarations.length > 0) styles?.set(node as Element, declarations);
    data.keepAttr = false;
  }
});

/** The ground that declarations give, if they give one. */
function groundOf(declarations: readonly Declaration[] | undefined): string | undefined {
  const ground = declarations?.findLast(([name]) => name === "background" || name === "background-color")?.[1];
  return ground === undefined || /^(?:none|transparent|inherit|initial|unset)$|^rgba\([^)]*,\s*0(?:\.0*)?\s*\)$/i.test(ground) ? undefined : ground;
}

/** Sets styles one by one, which the page's policy allows where it forbids the attribute. */
function dress(element: Element, dressed: ReadonlyMap<Element, Declaration[]>): void {
  const { style } = element as HTMLElement;
  const declarations = dressed.get(element) ?? [];
  for (const [name, value] of declarations) style.setProperty(name, value);
  const ground = groundOf(declarations);
  if (ground !== undefined) {
    // A ground without a colour for its text was chosen for black on white; the page may be dark.
    if (style.color === "") style.setProperty("color", isDarkColor(ground) === true ? "#fff" : "#16181b");
    return;
  }
  if (style.color === "" || /^(?:inherit|initial|unset|revert|currentcolor|transparent)/i.test(style.color)) return;
  for (let around = element.parentElement; around; around = around.parentElement) if (groundOf(dressed.get(around)) !== undefined) return;
  // Letters on the page's own ground: the sheet keeps them light enough on a dark one.
  style.setProperty("--own-ink", style.color);
  style.removeProperty("color");
  element.classList.add("own-ink");
}

/** Takes a picture's width and height from its style, where it has no attributes that say them. */
function sized(image: Element, style: string): void {
  for (const [, name = "", size = "", unit] of style.matchAll(/(?:^|;)\s*(width|height)\s*:\s*(\d{1,5}(?:\.\d{1,3})?)(px|%)/gi)) {
    const attribute = name.toLowerCase();
    if (!image.hasAttribute(attribute) && !(attribute === "height" && unit === "%")) image.setAttribute(attribute, unit === "%" ? `${size}%` : size);
  }
}

/** Elements may nest this deep; browsers themselves flatten what is deeper than 512, in quadratic time. */
const DEPTH_MAX = 250;

/** Elements that end without a tag of their own, so that they say nothing of depth. */
const UNCLOSED = /^(area|base|br|col|embed|hr|img|input|link|meta|source|track|wbr|p|li|dt|dd|t[rdh]|thead|tbody|tfoot|colgroup|caption|option|optgroup|rp|rt)$/;

/**
 * Takes out style sheets and renames the handlers of tags before they are parsed. The sanitiser removes both either way; but
 * the browser reports each one that it parses under a strict CSP, and the console is for real mistakes.
 *
 * One pass over the text, whatever stands in it. Nothing comes back when its elements nest too deep to be parsed.
 */
export function quiet(html: string): string | undefined {
  const styleEnd = /<\/style/gi;
  const pieces: string[] = [];
  let [from, depth] = [0, 0];
  for (let at = html.indexOf("<"); at >= 0; at = html.indexOf("<", from)) {
    const end = html.indexOf(">", at);
    if (end < 0) break;
    const tag = html.slice(at, end + 1);
    const [, slash, name] = /^<(\/?)([a-z][a-z0-9-]*)/i.exec(tag) ?? [];
    if (name === undefined) {
      pieces.push(html.slice(from, at + 1));
      from = at + 1;
      continue;
    }
    pieces.push(html.slice(from, at));
    from = end + 1;
    if (name.toLowerCase() === "style" && !slash) {
      styleEnd.lastIndex = from;
      const close = styleEnd.exec(html);
      const after = close === null ? -1 : html.indexOf(">", close.index);
      // Without an end, all that follows is the style sheet.
      from = after < 0 ? html.length : after + 1;
      continue;
    }
    if (!UNCLOSED.test(name.toLowerCase())) depth += slash ? -1 : 1;
    if (depth > DEPTH_MAX) return undefined;
    pieces.push(tag.replace(/([\s/"'])on(?=[a-z]+\s*=)/gi, "$1data-on-"));
  }
  pieces.push(html.slice(from));
  return pieces.join("");
}

/** What stands in for a document that would take the browser minutes. */
function tooDeep(html: string): DocumentFragment {
  const fragment = document.createDocumentFragment();
  const note = document.createElement("p");
  note.textContent = t("prose.too-deep");
  const source = document.createElement("pre");
  source.textContent = html.slice(0, 20_000);
  fragment.append(note, source);
  return fragment;
}

function sanitise(html: string): DocumentFragment {
  const calm = quiet(html);
  if (calm === undefined) return tooDeep(html);
  // Without a tag for its body, a text with a frameset is parsed to a document that has none, and nothing would come back.
  return purifier.sanitize(`<body>${calm}`, {
    USE_PROFILES: { html: true },
    RETURN_DOM_FRAGMENT: true,
    SANITIZE_NAMED_PROPS: true,
    ALLOW_DATA_ATTR: false,
    ALLOWED_URI_REGEXP: ADDRESSES,
    FORBID_TAGS: ["style", "form", "button", "select", "option", "optgroup", "textarea", "fieldset", "dialog", "template", "slot", "map", "area", "menu"],
    FORBID_ATTR: ["autofocus", "autoplay", "tabindex", "contenteditable", "draggable", "popover", "popovertarget", "inert", "is", "background", "poster", "usemap", "form", "formaction"],
  });
}

/** Fills `host`; `attachments` are pictures that only this piece knows, by name. */
export function fill(host: HTMLElement, html: string, around: Surroundings, attachments: readonly (readonly [string, string])[] = []): void {
  const dressed = new Map<Element, Declaration[]>();
  styles = around.styled === true ? dressed : undefined;
  const fragment = sanitise(html);
  styles = undefined;
  for (const element of dressed.keys()) dress(element, dressed);
  resolveLinks(fragment, around.links);
  const pictures = holdImages(fragment);
  const players = holdMedia(fragment);
  tidy(fragment);
  adorn(fragment);
  host.replaceChildren(fragment);
  const attached = new Map(attachments);
  const address = async (src: string): Promise<string | undefined> => {
    const name = /^\s*attachment:(.*)$/s.exec(src)?.[1];
    if (name !== undefined) return attached.get(name) ?? attached.get(decoded(name));
    return around.signal.aborted ? undefined : await around.links.image(src, around.signal);
  };
  const noted: Address = (src) => wikiPicture(src, around.links, around.signal);
  const resolved = [
    ...pictures.map((picture) => resolveImage(picture, picture.element.classList.contains("wiki") ? noted : address)),
    ...players.map((player) => resolveMedia(player, address)),
    wikiLinks(host, around.links, around.signal),
  ];
  Promise.all(resolved).catch((error: unknown) => console.warn("Could not resolve a picture", error));
  void finish(host, around);
}

function decoded(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}

/** What looks like an emoji code; `prose/emoji.ts` knows them all. */
const EMOJI = /:[a-z0-9_+-]+:/;

/** Puts signs in the place of emoji codes, if there are any. */
export async function emojify(host: HTMLElement): Promise<void> {
  if (!EMOJI.test(host.textContent)) return;
  const { signs } = await import("./prose/emoji");
  signs(host);
}

/** Typesets and colours after the text is there to read. */
async function finish(host: HTMLElement, { macros, signal, frameUrl, mounted = [] }: Surroundings): Promise<void> {
  const formulas = host.querySelectorAll<HTMLElement>(".math");
  const codes = host.querySelectorAll<HTMLElement>("pre > code[class*='language-']");
  // On its way while formulas are typeset; whoever waits for it below sees its failure.
  const highlight = codes.length > 0 ? import("./highlight") : undefined;
  highlight?.catch(() => {});
  try {
    await emojify(host);
    if (!signal.aborted) await diagrams(host, frameUrl, mounted);
    if (formulas.length > 0) {
      const { typeset } = await import("./math");
      await typeset(formulas, macros, signal);
    }
    if (highlight) {
      const { colour } = await highlight;
      for (const code of codes) {
        if (signal.aborted) return;
        await colour(code, code.textContent, /language-(\S+)/.exec(code.className)?.[1] ?? "");
      }
    }
  } catch (error) {
    // The chunk could not be had: the formulas and the code stay readable as they are.
    console.warn("Could not typeset or colour", error);
  }
}

function resolveLinks(root: DocumentFragment, links: Links): void {
  for (const anchor of root.querySelectorAll("a[href]")) {
    const written = anchor.getAttribute("href") ?? "";
    const url = links.link(written);
    // A note's name: where it lies is looked up when the text is there.
    if (anchor.matches(".wiki") && !written.startsWith("#")) anchor.setAttribute("data-wiki", written);
    if (url === undefined) {
      anchor.removeAttribute("href");
      anchor.setAttribute("title", t("prose.link-removed"));
    } else {
      anchor.setAttribute("href", url);
      anchor.removeAttribute("download");
      if (!url.startsWith("#") && !url.startsWith("/")) {
        anchor.setAttribute("target", "_blank");
        anchor.setAttribute("rel", "noopener noreferrer nofollow ugc");
      }
    }
  }
}

/** Finds the address for a `src`; nothing when there is nothing to show. */
type Address = (src: string) => Promise<string | undefined>;

/** What an element is to show, taken off it until it is known to be there. */
interface Held<Kind extends Element> {
  element: Kind;
  src: string | null;
  srcset: string | null;
}

/** Takes the addresses off all pictures, so that none is fetched before it is resolved. */
function holdImages(root: DocumentFragment): Held<HTMLElement>[] {
  for (const source of root.querySelectorAll<HTMLSourceElement>("picture > source[media]")) followTheme(source);
  return [...root.querySelectorAll<HTMLElement>("img, picture > source")].map((element) => {
    const only = /#gh-(dark|light)-mode-only$/i.exec(element.getAttribute("src") ?? "")?.[1];
    if (only !== undefined) element.classList.add(`only-${only.toLowerCase()}`);
    const held = { element, src: element.getAttribute("src"), srcset: element.getAttribute("srcset") };
    element.removeAttribute("src");
    element.removeAttribute("srcset");
    return held;
  });
}

async function resolveImage({ element, src, srcset }: Held<HTMLElement>, address: Address): Promise<void> {
  const set = srcset === null ? "" : await resolveSet(srcset, address);
  if (set !== "") element.setAttribute("srcset", set);
  if (!(element instanceof HTMLImageElement)) return;
  const url = await address(src ?? "");
  if (url === undefined) {
    element.replaceWith(missingImage(element.alt));
    return;
  }
  element.loading = "lazy";
  element.decoding = "async";
  element.referrerPolicy = "no-referrer";
  if (!element.hasAttribute("alt")) element.alt = "";
  element.addEventListener("error", () => element.replaceWith(missingImage(element.alt)), { once: true });
  element.src = url;
}

/** Resolves `srcset`: addresses with a width or a density, separated by commas. */
async function resolveSet(set: string, address: Address): Promise<string> {
  const candidates = set.split(/,\s+/).map(async (candidate) => {
    const [src = "", ...descriptor] = candidate.trim().split(/\s+/);
    const url = await address(src);
    return url === undefined ? [] : [[url, ...descriptor].join(" ")];
  });
  return (await Promise.all(candidates)).flat().join(", ");
}

function missingImage(alt: string): HTMLElement {
  const text = document.createElement("span");
  text.className = "missing-image";
  text.textContent = alt || t("prose.image-missing");
  return text;
}

function holdMedia(root: DocumentFragment): Held<HTMLElement>[] {
  for (const player of root.querySelectorAll("video, audio")) {
    player.setAttribute("controls", "");
    player.setAttribute("preload", "metadata");
  }
  for (const track of root.querySelectorAll("track")) track.remove();
  return [...root.querySelectorAll<HTMLElement>("video[src], audio[src], video > source, audio > source")].map((element) => {
    const held = { element, src: element.getAttribute("src"), srcset: null };
    element.removeAttribute("src");
    return held;
  });
}

/** Sound and video only from the share itself: the page's CSP blocks the rest. */
async function resolveMedia({ element, src }: Held<HTMLElement>, address: Address): Promise<void> {
  const url = await address(src ?? "");
  if (url?.startsWith("/")) element.setAttribute("src", url);
}

function tidy(root: DocumentFragment): void {
  for (const input of root.querySelectorAll("input")) {
    if (input.type !== "checkbox") {
      input.remove();
      continue;
    }
    input.disabled = true;
    input.setAttribute("aria-label", t(input.checked ? "prose.done" : "prose.not-done"));
    input.closest("li")?.classList.add("task");
  }
  for (const table of root.querySelectorAll("table")) {
    if (table.parentElement?.classList.contains("table-scroll")) continue;
    const scroll = document.createElement("div");
    scroll.className = "table-scroll";
    table.replaceWith(scroll);
    scroll.append(table);
  }
  // What scrolls must be reachable by keyboard.
  for (const scroll of root.querySelectorAll<HTMLElement>(".table-scroll, pre")) scroll.tabIndex = 0;
}
