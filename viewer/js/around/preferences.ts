// The reader's language and colours, kept in this browser. `around` puts the two fields into the footer.

import { element } from "../elements";
import { LANGUAGES, chooseLanguage, language, t } from "../text";
import { THEMES, type Theme, chooseTheme, chosenTheme } from "../theme";

/** A field of choices with its name. */
function field(name: string, choices: readonly (readonly [string, string])[], chosen: string, choose: (value: string) => void): HTMLElement {
  const select = element("select", "");
  for (const [value, label] of choices) {
    const option = element("option", "", label);
    option.value = value;
    if (name === t("preferences.language")) option.lang = value;
    select.append(option);
  }
  select.value = chosen;
  select.addEventListener("change", () => choose(select.value));
  return element("label", "preference", element("span", "visually-hidden", name), select);
}

/** What a language calls itself. */
function ownName(code: string): string {
  const name = new Intl.DisplayNames([code], { type: "language" }).of(code) ?? code;
  return name.charAt(0).toLocaleUpperCase(code) + name.slice(1);
}

const THEME_TEXTS: Record<Theme, string> = {
  system: t("theme.system"),
  light: t("theme.light"),
  dark: t("theme.dark"),
  contrast: t("theme.contrast"),
};

export function preferences(): HTMLElement[] {
  const languages = LANGUAGES.map((code) => [code, ownName(code)] as const);
  const themes = THEMES.map((theme) => [theme, THEME_TEXTS[theme]] as const);
  const theme = field(t("preferences.theme"), themes, chosenTheme(), (value) => chooseTheme(value as Theme));
  if (languages.length < 2) return [theme];
  const tongue = field(t("preferences.language"), languages, language, (value) => {
    chooseLanguage(value);
    location.reload();
  });
  return [tongue, theme];
}
