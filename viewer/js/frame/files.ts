// Files of the share that an output names: the viewer hands over the addresses of exactly these, by the names that the output has for
// them. Wherever a name turns up as the source of something, in the markup or from a script, the address takes its place.

const files = new Map<string, string>();

const ATTRIBUTES = ["src", "poster", "href", "xlink:href"] as const;

const LOADING = "img, video, audio, source, track, image, use, embed";

/** From now on, names are replaced in what is drawn into `output`. */
export function followFiles(output: HTMLElement, given: unknown): void {
  if (typeof given !== "object" || given === null) return;
  for (const [name, address] of Object.entries(given)) if (typeof address === "string") files.set(name, address);
  if (files.size === 0) return;
  for (const prototype of [HTMLImageElement.prototype, HTMLMediaElement.prototype, HTMLSourceElement.prototype]) intercept(prototype);
  new MutationObserver((changes) => {
    for (const { target, addedNodes } of changes) {
      place(target);
      for (const node of addedNodes) if (node instanceof Element) placeFiles(node);
    }
  }).observe(output, { childList: true, subtree: true, attributes: true, attributeFilter: [...ATTRIBUTES] });
}

/** Replaces names in a parsed document, or in a part of one, before anything of it is loaded. */
export function placeFiles(root: ParentNode): void {
  if (files.size === 0) return;
  if (root instanceof Element) place(root);
  root.querySelectorAll(LOADING).forEach(place);
}

function place(node: Node): void {
  if (!(node instanceof Element) || !node.matches(LOADING)) return;
  for (const attribute of ATTRIBUTES) {
    const address = files.get(node.getAttribute(attribute)?.trim() ?? "");
    if (address !== undefined) node.setAttribute(attribute, address);
  }
}

/** Scripts that set `src` get the address at once, so that the name is never asked for. */
function intercept(prototype: object): void {
  const own = Object.getOwnPropertyDescriptor(prototype, "src");
  if (!own?.set) return;
  const { set } = own;
  Object.defineProperty(prototype, "src", {
    ...own,
    set(this: Element, value: unknown) {
      set.call(this, files.get(String(value)) ?? value);
    },
  });
}
