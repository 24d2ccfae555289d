// The tools above pictures, players and PDFs: buttons that show an icon and say in words what they do. Refuses nothing; the
// icons are those of `static/styles/tool-icons.css`.

import { button, element } from "./elements";

/** A button with an icon; its name is its label and its tooltip. */
export function tool(icon: string, name: string, press: (self: HTMLButtonElement) => void): HTMLButtonElement {
  const made = button(`tool tool-icon tool-icon-${icon}`, "", press);
  named(made, name);
  return made;
}

/** A link that looks like a tool; without an address it leads nowhere, and says so. */
export function toolLink(icon: string, name: string, address: string | undefined): HTMLAnchorElement {
  const made = element("a", `tool tool-icon tool-icon-${icon}`);
  if (address === undefined) {
    made.setAttribute("role", "link");
    made.setAttribute("aria-disabled", "true");
  } else {
    made.href = address;
  }
  named(made, name);
  return made;
}

/** Says what a tool does, now that it does something else. */
export function named(made: HTMLElement, name: string): void {
  made.setAttribute("aria-label", name);
  made.title = name;
}

/** Turns a tool on or off. */
export function pressed(made: HTMLElement, on: boolean): void {
  made.setAttribute("aria-pressed", String(on));
}

/** Some tools that belong together. */
export const group = (...tools: HTMLElement[]): HTMLElement => element("span", "tool-group", ...tools);

/** Whether a key that was pressed there is meant for what is there: a field, or what takes keys itself. */
export function takesKeys(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || target.matches("input:not([type=checkbox]), select, textarea, audio, video"));
}
