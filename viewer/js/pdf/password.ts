// Asks for the password of a protected PDF. It goes to pdf.js in this page and nowhere else, and is not remembered.

import { button, element } from "../elements";
import { t } from "../text";

/** Fills `host` with the question; `enter` takes each try. */
export function askPassword(host: HTMLElement, name: string, again: boolean, enter: (password: string) => void): void {
  const field = element("input", "field");
  field.type = "password";
  // Of the share's many files none is the site that a browser would remember a password for.
  field.autocomplete = "off";
  field.setAttribute("aria-describedby", "pdf-password-why");
  const why = element("p", "", t(again ? "pdf.password.wrong" : "pdf.password.why"));
  why.id = "pdf-password-why";
  if (again) {
    why.setAttribute("role", "alert");
    field.setAttribute("aria-invalid", "true");
  }
  const send = () => {
    if (field.value === "") return;
    open.disabled = true;
    enter(field.value);
  };
  const open = button("button", t("pdf.password.open"), send);
  field.addEventListener("keydown", (event) => event.key === "Enter" && send());
  const label = element("label", "", element("span", "", t("pdf.password.label", { name })), field);
  host.replaceChildren(element("div", "part-problem pdf-password", element("p", "", element("strong", "", t("pdf.password.title"))), why, label, open));
  if (again) field.focus();
}
