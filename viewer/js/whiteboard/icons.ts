// Characters for the icons that people put on boards. Their own icon set is not ours to ship; one that has no character here gets a
// neutral shape, with its name beside it. Pure; `pieces.ts` calls it.

const CHARACTERS: Readonly<Record<string, string>> = {
  check: "✓", "check-circle": "✓", "check-square": "☑", square: "☐", times: "✗", close: "✗", "times-circle": "✗", star: "★", heart: "♥", circle: "●",
  "question-circle": "?", question: "?", "exclamation-circle": "!", exclamation: "!", "exclamation-triangle": "⚠", warning: "⚠", info: "ℹ", "info-circle": "ℹ",
  lightbulb: "💡", bulb: "💡", smile: "🙂", frown: "🙁", meh: "😐", "thumbs-up": "👍", "thumbs-down": "👎", flag: "⚑", bolt: "⚡", fire: "🔥", bug: "🐛",
  rocket: "🚀", bell: "🔔", book: "📖", calendar: "📅", clock: "🕒", user: "👤", users: "👥", home: "⌂", key: "🔑", lock: "🔒", cog: "⚙", gear: "⚙", pencil: "✎", edit: "✎",
  search: "🔍", link: "🔗", music: "♪", sun: "☀", moon: "☾", cloud: "☁", plus: "+", minus: "−", "arrow-right": "→", "arrow-left": "←", "arrow-up": "↑", "arrow-down": "↓",
};

export interface Symbol {
  readonly character: string;
  /** For screen readers, and beside a shape that says nothing. */
  readonly name: string;
  readonly known: boolean;
}

export function symbolOf(icon: string): Symbol {
  const name = icon.toLowerCase().replace(/-(filled|outlined|o)$/, "");
  const character = Object.hasOwn(CHARACTERS, name) ? CHARACTERS[name] : undefined;
  return { character: character ?? "◆", name: name.replaceAll("-", " "), known: character !== undefined };
}
