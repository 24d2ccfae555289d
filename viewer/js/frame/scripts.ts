// Loading scripts in the frame's page: libraries at hand, authors' scripts as a page would run them, and both in order. A script
// that asks a well-known address for a library at hand gets that one, however it asks.

import { atHand, isLeafletStyle } from "./libraries";
import { placeholder, say } from "./say";

const address = (library: string): string => new URL(FRAME_ASSETS.libraries[library] ?? "", location.href).href;

/** Where a script's source is: at hand when it can be. */
export function sourceOf(asked: string): string {
  const library = atHand(asked);
  return library === undefined ? asked : address(library);
}

const setSource = Object.getOwnPropertyDescriptor(HTMLScriptElement.prototype, "src")?.set;

/** From now on, scripts that authors' code makes are looked up, too. */
export function lookUpAll(): void {
  const set = (script: HTMLScriptElement, value: string) => {
    const source = sourceOf(value);
    if (source !== value) script.removeAttribute("integrity");
    setSource?.call(script, source);
  };
  Object.defineProperty(HTMLScriptElement.prototype, "src", {
    configurable: true,
    enumerable: true,
    get(this: HTMLScriptElement) {
      return this.hasAttribute("src") ? new URL(this.getAttribute("src") ?? "", document.baseURI).href : "";
    },
    set(this: HTMLScriptElement, value: unknown) {
      set(this, String(value));
    },
  });
}

/** A script that is not there says so in place of what it would have drawn. */
export function reportMissing(output: HTMLElement): void {
  addEventListener(
    "error",
    ({ target }) => {
      if (!(target instanceof HTMLScriptElement) || target.dataset["watched"] === "yes" || output.querySelector(".placeholder")) return;
      output.append(placeholder(say("script", { address: target.src.slice(0, 200) })));
    },
    true,
  );
}

/** Runs one script as if the page had it, and waits for it when it is loaded from somewhere. */
export function run(old: HTMLScriptElement): Promise<void> {
  const script = document.createElement("script");
  for (const { name, value } of old.attributes) script.setAttribute(name, value);
  script.text = old.text;
  const asked = script.getAttribute("src");
  if (asked === null) {
    old.replaceWith(script);
    return Promise.resolve();
  }
  const source = sourceOf(asked);
  if (source !== asked) {
    script.removeAttribute("integrity");
    script.setAttribute("src", source);
  }
  script.dataset["watched"] = "yes";
  return new Promise((resolve) => {
    script.async = false;
    script.addEventListener("load", () => resolve());
    script.addEventListener("error", () => {
      script.replaceWith(placeholder(say("script", { address: asked.slice(0, 200) })));
      resolve();
    });
    old.replaceWith(script);
  });
}

/** Loads libraries in turn, by name or address; false when one does not come, which then says so in place of the output. */
export async function load(output: HTMLElement, libraries: readonly string[]): Promise<boolean> {
  for (const library of libraries) {
    const script = document.createElement("script");
    script.setAttribute("src", /^https:/.test(library) ? library : address(library));
    await run(output.appendChild(script));
    if (output.querySelector(".placeholder") !== null) return false;
  }
  return true;
}

/** Loads the map library's style sheet. */
export function loadLeafletStyle(): void {
  const link = document.createElement("link");
  link.rel = "stylesheet";
  link.href = new URL(FRAME_ASSETS.leafletStyle, location.href).href;
  document.head.append(link);
}

/** Gives a parsed document, or a part of one, the libraries at hand: for documents in documents, whose scripts run by themselves. */
export function rewrite(root: Document): void {
  let hasMap = false;
  for (const script of root.querySelectorAll<HTMLScriptElement>("script[src]")) {
    const asked = script.getAttribute("src") ?? "";
    const source = sourceOf(asked);
    if (source === asked) continue;
    hasMap ||= atHand(asked) === "leaflet";
    script.removeAttribute("integrity");
    script.setAttribute("src", source);
  }
  for (const link of root.querySelectorAll<HTMLLinkElement>("link[href]")) {
    if (!isLeafletStyle(link.getAttribute("href") ?? "")) continue;
    link.removeAttribute("integrity");
    link.setAttribute("href", new URL(FRAME_ASSETS.leafletStyle, location.href).href);
    hasMap = true;
  }
  if (hasMap) root.head.append(markers(root));
}

/** Where the map library finds its marker: it looks for the address in the sheet, from which a bundler has taken it. */
function markers(root: Document): HTMLStyleElement {
  const style = root.createElement("style");
  style.textContent = `.leaflet-default-icon-path { background-image: url("${new URL(`${FRAME_ASSETS.libraries["leafletFolder"] ?? ""}marker-icon.png`, location.href).href}"); }`;
  return style;
}

interface Require {
  (names: string[], done: (...modules: unknown[]) => void, failed: (error: unknown) => void): void;
  config(options: unknown): void;
}

/** Loads RequireJS, which old outputs expect on the page, knowing the libraries that they ask for by name. */
export async function loadRequire(output: HTMLElement): Promise<Require | undefined> {
  if (!(await load(output, ["requirejs"]))) return undefined;
  const { requirejs } = globalThis as unknown as { requirejs: Require };
  const at = (library: string) => address(library).replace(/\.js$/, "");
  const paths = { plotly: at("plotly"), vega: at("vega"), "vega-lite": at("vegaLite"), "vega-embed": at("vegaEmbed"), jquery: at("jquery"), "nbextensions/vega/index": at("vegaEmbed") };
  // On a slow connection a library takes longer than the seven seconds it would be given.
  requirejs.config({ paths, waitSeconds: 0 });
  return requirejs;
}

/** Modules by their names. */
export const required = (require: Require, names: string[]): Promise<unknown[]> =>
  new Promise((resolve, reject) => require(names, (...modules) => resolve(modules), reject));
