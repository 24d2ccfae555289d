// What the frame's page says itself, in the words that the viewer handed over with the output.

let words: Readonly<Record<string, unknown>> = {};

export function useWords(given: unknown): void {
  if (typeof given === "object" && given !== null) words = given as Record<string, unknown>;
}

/** A text by its key behind `frame.`; without words, the key. */
export function say(key: string, values: Readonly<Record<string, string>> = {}): string {
  const text = words[`frame.${key}`];
  return typeof text === "string" ? text.replace(/\{\{(\w+)\}\}/g, (whole, name: string) => values[name] ?? whole) : [key, ...Object.values(values)].join(" ");
}

/** A box that stands for what cannot be shown. */
export function placeholder(text: string): HTMLElement {
  const box = document.createElement("p");
  box.className = "placeholder";
  box.textContent = text;
  return box;
}

/** An error's text, short enough to be read. */
export const reason = (error: unknown): string => String(error instanceof Error ? error.message : error).slice(0, 300);
