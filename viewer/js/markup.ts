// Puts authors' HTML into the page: sanitised, its addresses resolved, its formulas typeset, its code coloured.
//
// It refuses everything that could run, restyle the page or take its names (ids get the prefix `user-content-`). The
// Markdown and notebook renderers call it; it is the only place where a string becomes elements.

import DOMPurify from "dompurify";
import type { Mounted } from "./bridge";

/** Resolves addresses; made by the wasm. */
export interface Links {
  /** An address for `href`: `#…` on this page, `/…` on this origin, anything else outside; nothing when refused. */
  link(address: string): string | undefined;
  /** An address for `src`; nothing when refused. */
  image(address: string): string | undefined;
  free(): void;
}

export interface MarkupInput {
  html: string;
  links: Links;
  /** TeX definitions, shared by the parts of one document. */
  macros: Record<string, string>;
}

/** The classes that our own Markdown output uses; an author's other classes could dress up as parts of the viewer. */
const CLASSES = /^(language-\S{1,40}|math|math-inline|math-display|alert|alert-[a-z]{1,12}|alert-title|table-scroll|footnote-ref|footnotes|anchor|front-matter|dataframe)$/;

/** The schemes that may reach the resolver, which decides. */
const ADDRESSES = /^(?:(?:https?|mailto|tel|attachment):|data:image\/|[^a-z]|[a-z+.-]+(?:[^a-z+.\-:]|$))/i;

const purifier = DOMPurify(window);

purifier.addHook("uponSanitizeAttribute", (node, data) => {
  if (data.attrName === "class") {
    data.attrValue = data.attrValue.split(/\s+/).filter((name) => CLASSES.test(name)).join(" ");
    data.keepAttr = data.attrValue !== "";
  } else if (data.attrName === "style") {
    // Only what Markdown tables say: the alignment of a cell.
    const align = /^\s*text-align:\s*(left|center|right);?\s*$/.exec(data.attrValue)?.[1];
    if (align && /^T[HD]$/.test(node.nodeName)) node.setAttribute("align", align);
    data.keepAttr = false;
  }
});

function sanitise(html: string): DocumentFragment {
  return purifier.sanitize(html, {
    USE_PROFILES: { html: true },
    RETURN_DOM_FRAGMENT: true,
    SANITIZE_NAMED_PROPS: true,
    ALLOW_DATA_ATTR: false,
    ALLOWED_URI_REGEXP: ADDRESSES,
    FORBID_TAGS: ["style", "form", "button", "select", "option", "optgroup", "textarea", "fieldset", "dialog", "template", "slot", "map", "area", "menu"],
    FORBID_ATTR: ["autofocus", "autoplay", "tabindex", "contenteditable", "draggable", "popover", "popovertarget", "inert", "is", "background", "poster", "usemap", "form", "formaction"],
  });
}

export function markup(host: HTMLElement, input: MarkupInput, signal: AbortSignal): Mounted {
  const fragment = sanitise(input.html);
  resolveLinks(fragment, input.links);
  resolveImages(fragment, input.links);
  resolveMedia(fragment, input.links);
  tidy(fragment);
  host.replaceChildren(fragment);
  void finish(host, input, signal);
  return {
    destroy() {
      input.links.free();
    },
  };
}

/** Typesets and colours after the text is there to read. */
async function finish(host: HTMLElement, input: MarkupInput, signal: AbortSignal): Promise<void> {
  const formulas = host.querySelectorAll<HTMLElement>(".math");
  const codes = host.querySelectorAll<HTMLElement>("pre > code[class*='language-']");
  try {
    if (formulas.length > 0) {
      const { typeset } = await import("./math");
      await typeset(formulas, input.macros, signal);
    }
    if (codes.length > 0) {
      const { colour } = await import("./highlight");
      for (const code of codes) {
        if (signal.aborted) return;
        const language = /language-(\S+)/.exec(code.className)?.[1] ?? "";
        await colour(code, code.textContent, language);
      }
    }
  } catch (error) {
    // The chunk could not be had: the formulas and the code stay readable as they are.
    console.warn("Could not typeset or colour", error);
  }
}

function resolveLinks(root: DocumentFragment, links: Links): void {
  for (const anchor of root.querySelectorAll("a[href]")) {
    const url = links.link(anchor.getAttribute("href") ?? "");
    if (url === undefined) {
      anchor.removeAttribute("href");
      anchor.setAttribute("title", "This link was removed: it does not lead into this share or to a web page.");
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

function resolveImages(root: DocumentFragment, links: Links): void {
  for (const image of root.querySelectorAll("img")) {
    const url = links.image(image.getAttribute("src") ?? "");
    if (url === undefined) {
      image.replaceWith(missingImage(image.alt));
      continue;
    }
    resolveSet(image, links);
    image.loading = "lazy";
    image.decoding = "async";
    image.referrerPolicy = "no-referrer";
    if (!image.hasAttribute("alt")) image.alt = "";
    image.setAttribute("src", url);
    image.addEventListener("error", () => image.replaceWith(missingImage(image.alt)), { once: true });
  }
  for (const source of root.querySelectorAll("picture > source")) resolveSet(source, links);
}

/** Resolves `srcset`: addresses with a width or a density, separated by commas. */
function resolveSet(element: Element, links: Links): void {
  const set = element.getAttribute("srcset");
  if (set === null) return;
  const candidates = set.split(/,\s+/).flatMap((candidate) => {
    const [address = "", ...descriptor] = candidate.trim().split(/\s+/);
    const url = links.image(address);
    return url === undefined ? [] : [[url, ...descriptor].join(" ")];
  });
  if (candidates.length > 0) element.setAttribute("srcset", candidates.join(", "));
  else element.removeAttribute("srcset");
}

function missingImage(alt: string): HTMLElement {
  const text = document.createElement("span");
  text.className = "missing-image";
  text.textContent = alt || "missing image";
  return text;
}

/** Sound and video only from the share itself: the page's CSP blocks the rest, so a link stands in for it. */
function resolveMedia(root: DocumentFragment, links: Links): void {
  for (const media of root.querySelectorAll<HTMLElement>("video[src], audio[src], video > source, audio > source")) {
    const url = links.image(media.getAttribute("src") ?? "");
    if (url?.startsWith("/")) media.setAttribute("src", url);
    else media.removeAttribute("src");
  }
  for (const player of root.querySelectorAll<HTMLMediaElement>("video, audio")) {
    player.setAttribute("controls", "");
    player.setAttribute("preload", "metadata");
  }
  for (const track of root.querySelectorAll("track")) track.remove();
}

function tidy(root: DocumentFragment): void {
  for (const input of root.querySelectorAll("input")) {
    if (input.type !== "checkbox") {
      input.remove();
      continue;
    }
    input.disabled = true;
    input.setAttribute("aria-label", input.checked ? "done" : "not done");
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
