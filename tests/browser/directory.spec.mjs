// The folder page: what is in it, in what order, and the README below.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { screens, welcome, wide } from "./fixture.mjs";
import { newPage, open, publish, settled, shareUrl } from "./world.mjs";

const { screen, world } = screens(welcome, ["--title", "Waves & more"]);
const names = (page) => page.locator("table.listing tbody .name a").allInnerTexts();

screen("a folder lists its entries and shows its README", "", async (page) => {
  assert.equal(await page.title(), "Waves & more");
  assert.deepEqual((await names(page)).slice(0, 3), ["code", "data", "images"]);
  assert.ok((await names(page)).includes("latest-notebook.ipynb"));
  await page.locator(".readme h1").first().waitFor();
  for (const image of await page.locator(".readme img").all()) {
    await image.scrollIntoViewIfNeeded();
    await image.evaluate((img) => img.decode());
  }
  assert.ok((await page.locator(".readme .katex").count()) > 0, "math is drawn");
});

screen("a folder downloads as ZIP", "code", async (page) => {
  const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("link", { name: "Download ZIP" }).click()]);
  assert.equal(download.suggestedFilename(), "code.zip");
  const listed = spawnSync("unzip", ["-tqq", await download.path()]);
  assert.equal(listed.status, 0, listed.stderr.toString());
});

screen("columns sort, both ways, and say so", "data", async (page) => {
  const head = (name) => page.getByRole("columnheader", { name });
  await head("Size").getByRole("button").click();
  const first = await names(page);
  const sort = await head("Size").getAttribute("aria-sort");
  await head("Size").getByRole("button").click();
  assert.notEqual(await head("Size").getAttribute("aria-sort"), sort);
  assert.deepEqual(await names(page), first.toReversed());
});

screen("links, back and forward keep place and title", "", async (page) => {
  await page.getByRole("link", { name: "code", exact: true }).first().click();
  await page.waitForURL("**/code");
  await settled(page);
  assert.equal(await page.title(), "code — Waves & more");
  await page.goBack();
  await settled(page);
  assert.equal(await page.title(), "Waves & more");
  await page.goForward();
  await page.waitForFunction(() => document.title.startsWith("code"));
  await page.getByRole("navigation").getByRole("link", { name: "Waves & more" }).click();
  await page.waitForFunction(() => document.title === "Waves & more");
});

test("going back from a page that has not arrived ends the waiting", { timeout: 60_000 }, async () => {
  const page = await newPage(world.browser);
  const asked = Promise.withResolvers();
  await page.route("**/blobs/*", () => asked.resolve());
  await open(page, shareUrl(publish(wide())));
  await page.locator("table.listing").getByRole("link", { name: "wide" }).click();
  await asked.promise;
  await page.waitForSelector("main[aria-busy=true]");
  await page.goBack();
  await settled(page);
  assert.equal(await page.locator("table.listing").getByRole("link", { name: "wide" }).count(), 1);
  await page.unroute("**/blobs/*");
  // What the request that ended has left behind must not stand in the way of the next.
  await page.locator("table.listing").getByRole("link", { name: "wide" }).click();
  await page.waitForFunction(() => document.querySelectorAll("table.listing tbody .name").length === 2000);
  assert.deepEqual(page.faults, []);
});

screen("a link of the folder opens what it leads to", "latest-notebook.ipynb", async (page) => {
  await page.locator("article h1", { hasText: /^Waves/ }).waitFor();
});

test("hostile names open by click and by address", { timeout: 60_000 }, async () => {
  const folder = mkdtempSync(join(tmpdir(), "vitrine-names-"));
  const hostile = ["100%.txt", "%2e%2e.txt", "a b#c?d+e.txt", "it's \"quoted\".txt", "🌊 e\u0301.txt", "<img src=x onerror=alert(1)>.txt", "back\\slash.txt"];
  hostile.forEach((name) => writeFileSync(join(folder, name), `this is ${name}`));
  const published = publish(folder);
  const page = await newPage(world.browser);
  for (const name of hostile) {
    await open(page, shareUrl(published));
    await page.locator("table.listing .name a", { hasText: name }).click();
    await page.getByText(`this is ${name}`, { exact: true }).waitFor();
    await page.reload();
    await page.getByText(`this is ${name}`, { exact: true }).waitFor();
  }
  assert.deepEqual(page.faults, []);
});

test("five thousand entries are listed and sorted", { timeout: 120_000 }, async () => {
  const folder = mkdtempSync(join(tmpdir(), "vitrine-wide-"));
  for (let n = 0; n < 5000; n += 1) writeFileSync(join(folder, `file ${String(n).padStart(4, "0")}.txt`), "x".repeat(n % 50));
  const published = publish(folder);
  const page = await newPage(world.browser);
  await open(page, shareUrl(published));
  await page.waitForFunction(() => document.querySelectorAll("table.listing tbody .name").length === 5000);
  await page.getByRole("columnheader", { name: "Name" }).getByRole("button").click();
  await page.waitForFunction(() => document.querySelector("table.listing tbody .name a").textContent === "file 4999.txt");
  assert.deepEqual(page.faults, []);
});
