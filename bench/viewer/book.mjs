// A long PDF, printed by Chromium from the same handbook: a hundred pages with pictures, so that reading it by ranges pays.

import { chromium } from "playwright-core";
import { handbook } from "./content.mjs";
import { markedText } from "./peers.mjs";
import { picture } from "./notebooks.mjs";
import { say } from "../../scripts/run.mjs";

/** Pictures of 170 KB, between the parts. */
const PICTURES = 12;

function bookHtml() {
  const pictures = Array.from({ length: PICTURES }, (_, n) => `<p><img alt="" src="data:image/png;base64,${picture(240, 240, n + 3)}"></p>`);
  const parts = markedText(handbook()).split("<h2>");
  const apart = Math.ceil(parts.length / PICTURES);
  return parts.map((part, n) => (n === 0 ? part : `<h2>${part}${n % apart === 0 ? pictures.pop() : ""}`)).join("");
}

/** Prints it to `file`. */
export async function writeBook(file) {
  say("printing the long PDF");
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox", "--disable-gpu"] });
  const page = await browser.newPage();
  await page.setContent(`<!doctype html><title>A handbook</title><style>body { font: 12pt serif } h2 { break-before: avoid }</style>${bookHtml()}`);
  await page.pdf({ path: file, format: "A5", outline: true, tagged: true });
  await browser.close();
}
