// The dialog that hands a page on: its address, a code to photograph, and the lines that embed it elsewhere.

import { encode } from "uqr";
import { button, element } from "../elements";
import type { Shown } from "../session";
import { t } from "../text";

const SVG = "http://www.w3.org/2000/svg";

/** The address of what is shown: by its name for people where the share has one, which outlives a move of the share. */
export function handedOn(shown: Shown | undefined, { origin, pathname, search, hash }: Location = location): string {
  const query = new URLSearchParams(search);
  query.delete("embed");
  const rest = (query.size === 0 ? "" : `?${query}`) + hash;
  if (shown?.owner === undefined || shown.slug === undefined) return origin + pathname + rest;
  const path = pathname.split("/").slice(2).join("/");
  return `${origin}/@${shown.owner}/${shown.slug}${path === "" ? "" : `/${path}`}${rest}`;
}

/** The lines that put the page into another one. */
export function embedCode(address: string, title: string): string {
  const { origin } = new URL(address);
  const quoted = (text: string) => text.replaceAll("&", "&amp;").replaceAll('"', "&quot;").replaceAll("<", "&lt;");
  return `<script type="module" src="${origin}/embed.js"></script>\n<vitrine-share src="${quoted(address)}" frame-title="${quoted(title)}"></vitrine-share>`;
}

/** The address as squares that a telephone reads; nothing when it is too long for that. */
function qrCode(address: string): SVGElement | undefined {
  let squares: boolean[][];
  try {
    ({ data: squares } = encode(address, { border: 2 }));
  } catch {
    return undefined;
  }
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", `0 0 ${squares.length} ${squares.length}`);
  svg.setAttribute("class", "qr");
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", t("share.qr"));
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", squares.flatMap((row, y) => row.flatMap((dark, x) => (dark ? [`M${x} ${y}h1v1h-1z`] : []))).join(""));
  svg.append(path);
  return svg;
}

/** A text to take away: to select, or to copy by a button. */
function taking(label: string, text: string, rows: number): HTMLElement {
  const area = rows === 1 ? element("input", "") : element("textarea", "");
  area.readOnly = true;
  area.value = text;
  area.spellcheck = false;
  if (area instanceof HTMLTextAreaElement) area.rows = rows;
  area.addEventListener("focus", () => area.select());
  const said = element("span", "visually-hidden");
  said.setAttribute("role", "status");
  const copy = button("button", t("action.copy"), () => {
    navigator.clipboard.writeText(text).then(
      () => (copy.textContent = said.textContent = t("action.copied")),
      () => area.focus(),
    );
  });
  const name = element("label", "", element("span", "", label), area);
  return element("div", "taking", name, copy, said);
}

export function openShare(shown: Shown | undefined): void {
  const address = handedOn(shown);
  const dialog = element("dialog", "dialog share-dialog");
  const title = element("h2", "", t("share.title"));
  title.id = "share-title";
  dialog.setAttribute("aria-labelledby", title.id);
  const close = button("news-close", "×", () => dialog.close());
  close.setAttribute("aria-label", t("action.close"));
  const note = shown?.scope === "authenticated" || shown?.scope === "org" ? t("share.gated") : shown?.scope === "unlisted" ? t("share.unlisted") : t("share.public");
  dialog.append(
    element("header", "", title, close),
    element("p", "small", note),
    taking(t("share.link"), address, 1),
    taking(t("share.embed"), embedCode(address, document.title), 3),
    element("p", "small", t("share.embed.note")),
    ...[qrCode(address)].filter((code) => code !== undefined),
  );
  dialog.addEventListener("close", () => dialog.remove());
  // A click beside the dialog closes it, as people expect.
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close();
  });
  document.body.append(dialog);
  dialog.showModal();
}
