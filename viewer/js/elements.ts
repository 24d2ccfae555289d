// Making elements, for the renderers that draw without the wasm's views. Text goes in as text, never as HTML.

import { failed } from "./beacons";

/** An element with a class and children. */
export function element<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  className = "",
  ...children: (Node | string)[]
): HTMLElementTagNameMap[Name] {
  const made = document.createElement(name);
  if (className !== "") made.className = className;
  made.append(...children);
  return made;
}

/** A block of preformatted text, reachable by keyboard because it may scroll. */
export function preformatted(className: string, ...children: (Node | string)[]): HTMLPreElement {
  const made = element("pre", className, ...children);
  made.tabIndex = 0;
  return made;
}

/** Something folded away behind a word. */
export function folded(className: string, summary: string, content: Node): HTMLDetailsElement {
  return element("details", className, element("summary", "", summary), content);
}

/** A button that does something to the page. */
export function button(className: string, label: string, press: (self: HTMLButtonElement) => void): HTMLButtonElement {
  const made = element("button", className, label);
  made.type = "button";
  made.addEventListener("click", () => press(made));
  return made;
}

/** A box that says what could not be shown, and why; the gateway is told which renderer could not. */
export function problem(renderer: string, what: string, reason: string): HTMLElement {
  failed("part", renderer);
  const box = element("div", "part-problem", element("p", "", element("strong", "", what)), element("p", "", reason));
  box.setAttribute("role", "alert");
  return box;
}

/** What the shell says in `<meta name=… content=…>`. */
export const meta = (name: string): string | undefined => document.querySelector<HTMLMetaElement>(`meta[name="${name}"]`)?.content;
