// Texts and tables as people really have them: old encodings, DOS, dialects of CSV, languages that share an ending, forms of diffs. What
// is right for each file is in the tests beside the code; here is what only a browser shows: the detector, and the reader's choices.

import assert from "node:assert/strict";
import { cpSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { screens } from "./fixture.mjs";
import { shareUrl } from "./world.mjs";

const cases = join(import.meta.dirname, "../cases");

function folder() {
  const made = mkdtempSync(join(tmpdir(), "vitrine-reading-"));
  for (const name of ["22-text-encodings", "23-dos-control-characters", "24-line-ends", "25-code-oddities", "26-csv-number-headers", "27-csv-dialects", "39-diffs", "40-narrowed"]) cpSync(join(cases, name), join(made, name.slice(0, 2)), { recursive: true });
  const bytes = (name, ...list) => writeFileSync(join(made, name), Buffer.from(list.flat()));
  const text = "Привет, мир\nэто текст на русском языке\n";
  // Windows-1251 and KOI8-R by their tables, as far as this text needs them.
  const in1251 = [...text].map((c) => (c.charCodeAt(0) < 128 ? c.charCodeAt(0) : c.charCodeAt(0) - 0x410 + 0xc0));
  bytes("russian.txt", in1251);
  bytes("russian.md", [...Buffer.from("# ")], in1251);
  bytes("russian.log", in1251);
  writeFileSync(join(made, "wide.csv"), Buffer.from("name,town\nJürgen,München\n", "utf16le"));
  // Shift_JIS: 名前,町 … 山田太郎,東京 …
  writeFileSync(join(made, "japanese.csv"), Buffer.from("lryRTyySrAqOUpNjkb6YWSyTjIueCoKzgsaCpCCCzYLIgrEskeWN44LMjWAKgreCuIKrIIKigr+C64KkLJa8jMOJroKpgueWa4LWCg==", "base64"));
  return made;
}

const { screen } = screens(folder);
const shown = (page, text) => page.waitForFunction((wanted) => [...(document.querySelector(".editor")?.shadowRoot.querySelectorAll(".cm-line") ?? [])].some((line) => line.textContent.includes(wanted)), text);
const cell = (page, text) => page.locator(".grid [role=gridcell], .grid [aria-colindex]", { hasText: text }).first().waitFor();
const facts = (page, wanted) => page.locator(".table-facts", { hasText: wanted }).waitFor();

for (const [path, text] of [
  ["22/notes-gb18030.txt", "实验记录"],
  ["22/korean-euckr.txt", "한국어 문서입니다"],
  ["22/latin1.tex", "Résumé über Straßen"],
  ["russian.txt", "это текст на русском языке"],
  ["23/SORT.PAS", "größer"],
  ["23/box-cp437.nfo", "┌───┐"],
  ["40/one-bad-byte.py", "\ufffd"],
]) screen(`${path} is read in its encoding`, path, (page) => shown(page, text));

for (const [path, rows, text] of [
  ["22/cities-gb18030.csv", "3 rows · 3 columns", "呼和浩特"],
  ["wide.csv", "1 row · 2 columns", "München"],
  ["japanese.csv", "3 rows · 2 columns", "東京"],
  ["26/pandas-range.csv", "3 rows · 4 columns", "0.25"],
  ["27/space-before-quote.csv", "3 rows · 3 columns", "Paperclips, large"],
  ["27/comment-lines.csv", "2 rows · 3 columns · 2 lines left out", "1012"],
  ["27/ws-aligned.csv", "2 rows · 3 columns", "4.0"],
  ["24/mac-classic.csv", "3 rows · 2 columns", "Beth"],
  ["40/stray-quote.tsv", "308 rows · 2 columns", "G0"],
  ["40/stray-quote.csv", "307 rows · 2 columns", "G0"],
]) {
  screen(`${path} is a table`, path, async (page) => {
    await facts(page, rows);
    await cell(page, text);
  });
}

screen("Markdown and logs, too", "russian.md", (page) => page.getByRole("heading", { name: "Привет, мир" }).waitFor());
screen("a log in Windows-1251", "russian.log", (page) => page.getByText("это текст на русском языке").waitFor());

screen("another encoding can be chosen, and stays in the address", "russian.txt", async (page, published) => {
  await shown(page, "Привет");
  await page.getByLabel("Encoding").selectOption("koi8-r");
  await page.waitForURL("**encoding=koi8-r*");
  await shown(page, "оПХБЕР");
  await page.goto(`${shareUrl(published, "russian.txt")}?encoding=windows-1252`);
  await shown(page, "Ïðèâåò");
});

screen("how a table is made can be chosen, and stays in the address", "27/pipe.csv", async (page) => {
  await facts(page, "2 rows · 3 columns");
  await page.locator(".table-reading summary").click();
  await page.getByLabel("Cells are separated by").selectOption("comma");
  await page.waitForURL("**delimiter=comma*");
  await facts(page, "2 rows · 2 columns");
  await page.locator(".table-reading summary").click();
  await page.getByLabel("The first row names the columns").selectOption("no");
  await facts(page, "3 rows · 2 columns");
  assert.match(page.url(), /delimiter=comma&head=no/);
});

screen("a merge is a box", "39/merge.diff", async (page) => {
  await page.locator(".diff-file", { hasText: "notes.txt" }).waitFor();
  assert.equal(await page.locator(".diff-added").count(), 2);
});
screen("a mailed patch says whose it is", "39/format-patch.patch", (page) => page.getByText("Zoë <zoe@example.org>").waitFor());
