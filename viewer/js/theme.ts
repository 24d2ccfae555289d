// Light, dark, and how strong the contrast is: as the system says, or as the reader chose here. `main.ts` applies it before
// anything is drawn; `static/styles/base.css` knows `data-theme` and `data-contrast`.

const KEY = "vitrine-theme";

/** What a reader can choose; `system` follows the system in both. */
export const THEMES = ["system", "light", "dark", "contrast"] as const;
export type Theme = (typeof THEMES)[number];

export function chosenTheme(): Theme {
  try {
    const kept = localStorage.getItem(KEY);
    return THEMES.find((theme) => theme === kept) ?? "system";
  } catch {
    // A browser that keeps nothing, or nothing for embedded pages.
    return "system";
  }
}

const systemDark = (): boolean => matchMedia("(prefers-color-scheme: dark)").matches;

/** Whether the page is dark now, for what draws colours by itself. */
export const isDark = (): boolean => (document.documentElement.dataset["theme"] ?? (systemDark() ? "dark" : "light")) === "dark";

export function applyTheme(theme = chosenTheme()): void {
  const { dataset } = document.documentElement;
  delete dataset["theme"];
  delete dataset["contrast"];
  if (theme === "light" || theme === "dark") dataset["theme"] = theme;
  if (theme === "contrast") dataset["contrast"] = "more";
}

export function chooseTheme(theme: Theme): void {
  try {
    localStorage.setItem(KEY, theme);
  } catch {
    // Then it holds for this page.
  }
  applyTheme(theme);
}
