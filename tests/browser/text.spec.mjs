// Texts: large ones in parts, languages by content, and JSON as a tree.

import assert from "node:assert/strict";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { screens } from "./fixture.mjs";
import { shareUrl } from "./world.mjs";

const LINES = 60_000;
const line = (n) => `value_${n} = ${n}  # é comment`;
const ENTRIES = 25_000;

function make() {
  const folder = mkdtempSync(join(tmpdir(), "vitrine-text-"));
  writeFileSync(join(folder, "long.py"), Array.from({ length: LINES }, (_, n) => line(n + 1)).join("\n"));
  writeFileSync(join(folder, "script"), "#!/usr/bin/env python3\ndef f():\n    return 1\n");
  writeFileSync(join(folder, "values.json"), JSON.stringify({ name: "<img src=x onerror=alert(1)>", "<b>key": { deep: [1, { "a b": "found here" }] }, many: Array.from({ length: ENTRIES }, (_, n) => n), big: "needle" }).replace('"needle"', "12345678901234567890"));
  writeFileSync(join(folder, "broken.json"), '{\n  "a": 1\n  "b": 2\n}\n');
  const filler = "some words\n".repeat(200);
  writeFileSync(join(folder, "paper.tex"), `\\section{Tides <b>}\n${filler}\\section{Waves}\n${filler}\\subsection{Standing}\nthe last line\n`);
  writeFileSync(join(folder, "rows.jsonl"), '{"a": 1}\n{"a": 2}\n');
  return folder;
}

const { screen } = screens(make);
const shown = (page, text) => page.waitForFunction((wanted) => [...(document.querySelector(".editor")?.shadowRoot.querySelectorAll(".cm-line") ?? [])].some((line) => line.textContent === wanted), text);

screen("of a large text the first part is shown, more and all on demand", "long.py", async (page) => {
  await shown(page, line(1));
  await page.getByText(/^\d[\d,]* lines · Python$/).waitFor();
  const before = await page.locator(".tools-note").first().innerText();
  await page.getByRole("button", { name: "Show all" }).click();
  await page.getByText("60,000 lines · Python").waitFor();
  assert.notEqual(before, "60,000 lines · Python");
  assert.equal(await page.getByRole("button", { name: "Show all" }).isVisible(), false);
});

screen("a link to a line that is not there yet brings it", (published) => `${shareUrl(published, "long.py")}#L59990`, async (page) => {
  await shown(page, line(59_990));
});

screen("a script without an ending says its language itself", "script", async (page) => {
  await page.getByText("4 lines · Python").waitFor();
});

screen("on paper all lines of a text are there", "script", async (page) => {
  await page.getByText("4 lines · Python").waitFor();
  await page.evaluate(() => dispatchEvent(new Event("beforeprint")));
  assert.deepEqual(await page.locator(".paper li").allTextContents(), ["#!/usr/bin/env python3", "def f():", "    return 1", ""]);
  await page.evaluate(() => dispatchEvent(new Event("afterprint")));
  assert.equal(await page.locator(".paper").count(), 0);
});

screen("JSON is a tree of texts that opens by keys", "values.json", async (page) => {
  const tree = page.getByRole("tree", { name: "Values of values.json" });
  await tree.getByRole("treeitem", { name: "name: \"<img src=x onerror=alert(1)>\"" }).waitFor();
  assert.equal(await tree.locator("img").count(), 0);
  await tree.getByText("12345678901234567890").waitFor();
  await tree.getByRole("treeitem").first().focus();
  for (const key of ["End", "ArrowUp", "ArrowRight", "ArrowRight", "ArrowRight", "ArrowDown"]) await page.keyboard.press(key);
  assert.match(await page.locator(".json-path").innerText(), /^\$\.many/);
  assert.ok((await tree.getByRole("treeitem").count()) < 500);
});

screen("a search opens the way to what it finds", "values.json", async (page) => {
  await page.getByRole("searchbox", { name: "Search keys and values" }).fill("FOUND here");
  await page.keyboard.press("Enter");
  await page.getByText("1 of 1").waitFor();
  assert.equal(await page.locator(".json-path").innerText(), '$["<b>key"].deep[1]["a b"]');
  await page.getByRole("searchbox").fill("24999");
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => document.querySelector(".json-path").textContent === "$.many[24999]");
});

screen("a path and a value are copied", "values.json", async (page) => {
  await page.getByRole("treeitem", { name: "name:" }).locator(".json-row").click();
  await page.getByRole("button", { name: "Copy value" }).click();
  await page.getByRole("button", { name: "Copied" }).waitFor();
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), "<img src=x onerror=alert(1)>");
}, { options: { permissions: ["clipboard-read", "clipboard-write"] } });

screen("what is no JSON is text, and the place is named", "broken.json", async (page) => {
  await page.getByText("line 3, column 3").waitFor();
  await shown(page, '  "b": 2');
});

screen("JSON Lines are one list", "rows.jsonl", async (page) => {
  await page.getByRole("tree").getByText("[ 2 ]").waitFor();
});

screen("the sections of a LaTeX file lead to their lines", "paper.tex", async (page) => {
  const list = page.getByRole("navigation", { name: "Contents" });
  assert.deepEqual(await list.getByRole("link").allInnerTexts(), ["Tides <b>", "Waves", "Standing"]);
  await list.getByRole("link", { name: "Standing" }).click();
  await shown(page, "the last line");
  assert.ok(page.url().endsWith("#L403"), page.url());
});
