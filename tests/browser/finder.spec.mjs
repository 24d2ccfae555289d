// Finding a file anywhere in a share, by a few letters.

import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { screens, welcome, wide } from "./fixture.mjs";
import { newPage, open, publish, settled, shareUrl } from "./world.mjs";

const { screen, world } = screens(welcome);
const field = (page) => page.getByRole("combobox", { name: "A few letters of a name or path" });
const options = (page) => page.getByRole("option");
const chosen = (page) => page.locator("[role=option][aria-selected=true]");

screen("a few letters find a file, and Enter opens it", "", async (page) => {
  await page.keyboard.press("t");
  await field(page).waitFor();
  assert.ok(await field(page).evaluate((one) => document.activeElement === one));
  await page.keyboard.type("disp");
  await options(page).filter({ hasText: "code/dispersion.py" }).waitFor();
  assert.deepEqual(await chosen(page).locator("mark").allInnerTexts(), ["disp"]);
  assert.equal(await field(page).getAttribute("aria-activedescendant"), await chosen(page).getAttribute("id"));
  await page.keyboard.press("Enter");
  await page.waitForURL("**/code/dispersion.py");
  await settled(page);
  assert.equal(await page.getByRole("dialog").count(), 0);
});

screen("arrows go through what was found, and Escape leaves it", "code", async (page) => {
  await page.getByRole("button", { name: "Find a file" }).click();
  await field(page).fill("a");
  await page.waitForFunction(() => document.querySelectorAll("[role=option]").length > 2);
  const first = await chosen(page).innerText();
  await page.keyboard.press("ArrowDown");
  assert.notEqual(await chosen(page).innerText(), first);
  await page.keyboard.press("ArrowUp");
  await page.keyboard.press("ArrowUp");
  assert.equal(await chosen(page).innerText(), await options(page).last().innerText(), "from the first to the last");
  await field(page).fill("zzzzqqqq");
  await page.getByText("Nothing has these letters in its path.").waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  assert.equal(await page.evaluate(() => document.activeElement.textContent), "Find a file", "the focus is where it was");
});

screen("letters in a field are letters", "latest-notebook.ipynb", async (page) => {
  await page.keyboard.press("t");
  await field(page).fill("t");
  await page.keyboard.type("t?u");
  assert.equal(await field(page).inputValue(), "tt?u");
  assert.equal(await page.getByRole("dialog").count(), 1);
});

test("files of folders whose listings are stored apart are found", { timeout: 60_000 }, async () => {
  const page = await newPage(world.browser);
  await open(page, shareUrl(publish(wide())));
  await page.keyboard.press("t");
  await field(page).fill("1234");
  await options(page).filter({ hasText: "wide/1234.txt" }).first().click();
  await page.waitForURL("**/wide/1234.txt");
  assert.deepEqual(page.faults, []);
  await page.context().close();
});

test("hostile names are found, shown as they are, and opened", { timeout: 60_000 }, async () => {
  const hostile = ["<img src=x onerror=alert(1)>.txt", "100%.txt", "a b#c?d+e.txt", "javascript:alert(1)", "back\\slash.txt", "\u202egnp.txt", "🌊 e\u0301.txt", "\"><script>alert(1)<", "&lt;b&gt;.txt"];
  const folder = mkdtempSync(join(tmpdir(), "vitrine-hostile-"));
  mkdirSync(join(folder, "<b>in"));
  for (const name of hostile) writeFileSync(join(folder, "<b>in", name.replaceAll("/", "")), `this is ${name}`);
  const published = publish(folder);
  const page = await newPage(world.browser);
  page.on("dialog", (dialog) => page.faults.push(`a dialog: ${dialog.message()}`));
  for (const name of hostile) {
    await open(page, shareUrl(published));
    await page.keyboard.press("t");
    await field(page).fill(name);
    await page.waitForFunction((expected) => document.querySelector("[role=option]")?.textContent === `<b>in/${expected}`, name);
    await page.keyboard.press("Enter");
    await page.waitForFunction((expected) => document.querySelector("article.file h1")?.textContent === expected, name);
    await settled(page);
  }
  assert.deepEqual(page.faults, []);
  await page.context().close();
});
