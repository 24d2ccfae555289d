// An SVG that is no XML, made one: without a namespace, with prefixes that nobody declared, with the entities of HTML. Browsers draw
// such a drawing within a page, so the author saw it; here it is only ever an `<img>`, which takes XML alone. It is parsed as HTML, in a
// document in which nothing runs or loads, and written as XML.

const PREFIX = "data:image/svg+xml,";

const XMLNS = "http://www.w3.org/2000/xmlns/";

/** Longer drawings stay as they are. */
const LENGTH_MAX = 20_000_000;

/** What XML takes as the name of an attribute. */
const NAME = /^[A-Za-z_][\w.-]*(?::[A-Za-z_][\w.-]*)?$/;

/** The address of a drawing that is XML, or nothing when the one at `address` is none at all. */
export function repairedSvg(address: string): string | undefined {
  if (!address.startsWith(PREFIX) || address.length > LENGTH_MAX) return undefined;
  // Styles are named otherwise while they are parsed: the browser would report each of them, though nothing is drawn here.
  const source = decodeURIComponent(address.slice(PREFIX.length)).replace(/<\?xml[^>]*>|<!DOCTYPE[^>[]*(?:\[[^\]]*\]\s*)?>/gi, "");
  const quiet = source.replace(/<[a-z][^>]*>/gi, (tag) => tag.replace(/(\s)style(\s*=)/gi, "$1data-own-style$2").replace(/(\s)on(?=[a-z]+\s*=)/gi, "$1data-on-"));
  const root = new DOMParser().parseFromString(quiet, "text/html").querySelector("svg");
  if (!root) return undefined;
  const prefixes = new Set<string>();
  const note = (name: string) => {
    const [prefix, local] = name.split(":");
    if (local !== undefined && prefix !== undefined && !/^xml(ns)?$/.test(prefix)) prefixes.add(prefix);
  };
  for (const element of [root, ...root.querySelectorAll("*")]) {
    note(element.localName);
    for (const { name, value } of [...element.attributes]) {
      if (name === "data-own-style") {
        element.removeAttribute(name);
        // Through the namespace, which sets no style of an element that is never drawn.
        element.setAttributeNS("urn:own", "own:style", value);
      } else if (!NAME.test(name) || name.startsWith("data-on-")) element.removeAttribute(name);
      else if (!name.startsWith("xlink:")) note(name);
    }
  }
  for (const prefix of prefixes) {
    if (prefix !== "xlink" && !root.hasAttribute(`xmlns:${prefix}`)) root.setAttributeNS(XMLNS, `xmlns:${prefix}`, `urn:undeclared:${prefix}`);
  }
  const written = new XMLSerializer().serializeToString(root).replaceAll(' xmlns:own="urn:own"', "").replaceAll(" own:style=", " style=");
  return PREFIX + encodeURIComponent(written);
}
