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
  assert.deepEqual((await names(page)).slice(0, 4), ["cocalc", "code", "data", "images"]);
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
  await page.route("**/extents/**", () => asked.resolve());
  await open(page, shareUrl(publish(wide())));
  await page.locator("table.listing").getByRole("link", { name: "wide" }).click();
  await asked.promise;
  await page.waitForSelector("main[aria-busy=true]");
  await page.goBack();
  await settled(page);
  assert.equal(await page.locator("table.listing").getByRole("link", { name: "wide" }).count(), 1);
  await page.unroute("**/extents/**");
  // What the request that ended has left behind must not stand in the way of the next.
  await page.locator("table.listing").getByRole("link", { name: "wide" }).click();
  await page.locator("table.listing[aria-rowcount='2001']").waitFor();
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

/** A folder of many small files. */
function many(count) {
  const folder = mkdtempSync(join(tmpdir(), "vitrine-many-"));
  for (let n = 0; n < count; n += 1) writeFileSync(join(folder, `file ${String(n).padStart(5, "0")}.txt`), "x".repeat(n % 50));
  return folder;
}

const rows = (page) => page.locator("table.listing tbody tr:not(.space)");

test("of a long folder only the rows on the screen are in the page, and all of them can be reached", { timeout: 120_000 }, async () => {
  const page = await newPage(world.browser);
  await open(page, shareUrl(publish(many(5000))));
  const table = page.locator("table.listing");
  assert.equal(await table.getAttribute("aria-rowcount"), "5001");
  assert.ok((await rows(page).count()) < 200);
  const height = (await table.boundingBox()).height;
  assert.ok(height > 5000 * 25, `${height}`);
  // To the end, and to a place in the middle.
  await page.evaluate(() => scrollTo(0, document.documentElement.scrollHeight));
  await page.getByRole("link", { name: "file 04999.txt" }).waitFor();
  assert.equal(await rows(page).last().getAttribute("aria-rowindex"), "5001");
  await page.evaluate(() => scrollTo(0, document.documentElement.scrollHeight / 2));
  await page.getByRole("link", { name: "file 02500.txt" }).waitFor();
  assert.ok((await rows(page).count()) < 200);
  assert.ok(Math.abs((await table.boundingBox()).height - height) < 2, "the height stays");
  // Back again, where the page was.
  await page.getByRole("link", { name: "file 02500.txt" }).scrollIntoViewIfNeeded();
  const before = await page.evaluate(() => scrollY);
  await page.getByRole("link", { name: "file 02500.txt" }).click();
  await page.locator("article.file").waitFor();
  await page.goBack();
  await page.getByRole("link", { name: "file 02500.txt" }).waitFor();
  await page.waitForFunction((y) => Math.abs(scrollY - y) < 3, before);
  // Sorted, it begins at the other end.
  await page.evaluate(() => scrollTo(0, 0));
  await page.getByRole("columnheader", { name: "Name" }).getByRole("button").click();
  await page.waitForFunction(() => document.querySelector("table.listing tbody .name a").textContent === "file 04999.txt");
  // The browser's search finds only what is in the page, so ours takes its key.
  await page.keyboard.press("Control+f");
  assert.equal(await page.evaluate(() => document.activeElement.type), "search");
  await page.keyboard.type("0312");
  await page.getByText("11 of 5,000").waitFor();
  assert.deepEqual(await names(page), [...Array.from({ length: 10 }, (_, n) => `file 0312${9 - n}.txt`), "file 00312.txt"]);
  assert.deepEqual(page.faults, []);
  await page.context().close();
});

screen("rows are gone through with the keyboard", "", async (page) => {
  const focused = () => page.evaluate(() => document.activeElement.textContent);
  const listed = await names(page);
  await page.keyboard.press("j");
  assert.equal(await focused(), listed[0]);
  await page.keyboard.press("j");
  await page.keyboard.press("ArrowDown");
  assert.equal(await focused(), listed[2]);
  await page.keyboard.press("k");
  await page.keyboard.press("ArrowUp");
  assert.equal(await focused(), listed[0]);
  await page.keyboard.press("Enter");
  await page.waitForURL(`**/${listed[0]}`);
  await settled(page);
  await page.keyboard.press("u");
  await page.waitForFunction(() => document.title === "Waves & more");
  await settled(page);
  assert.deepEqual(await names(page), listed);
});

screen("the help lists the shortcuts that work here, and turns them off", "", async (page) => {
  await page.keyboard.press("?");
  const help = page.getByRole("dialog", { name: "Keyboard shortcuts" });
  await help.getByText("Next entry").waitFor();
  await help.getByRole("checkbox").uncheck();
  await page.keyboard.press("Escape");
  await help.waitFor({ state: "detached" });
  await page.keyboard.press("j");
  assert.equal(await page.evaluate(() => document.activeElement.closest("table")), null, "no key does anything");
  await page.getByRole("button", { name: "Keyboard shortcuts" }).click();
  await help.getByRole("checkbox").check();
  await help.getByRole("button", { name: "Close" }).click();
  await page.keyboard.press("j");
  assert.ok(await page.evaluate(() => document.activeElement.closest("table") !== null));
  await page.getByRole("link", { name: "data", exact: true }).first().click();
  await page.waitForURL("**/data");
  await page.locator("table.listing").getByRole("link", { name: "tides.csv" }).click();
  await settled(page);
  await page.keyboard.press("?");
  await help.getByText("Find a file").waitFor();
  assert.equal(await help.getByText("Next entry").count(), 0, "a file has no rows");
});

screen("a folder of pictures is a grid, and a list when one likes", "images", async (page) => {
  const grid = page.getByRole("list", { name: "Entries of this folder" });
  await page.getByRole("button", { name: "Grid" }).click();
  await grid.waitFor();
  assert.match(page.url(), /layout=grid/);
  await page.waitForFunction(() => [...document.querySelectorAll(".grid img")].some((image) => image.complete && image.naturalWidth > 0));
  const tiles = await grid.getByRole("link").allInnerTexts();
  await page.reload();
  await grid.waitFor();
  assert.deepEqual(await grid.getByRole("link").allInnerTexts(), tiles);
  await page.keyboard.press("j");
  await page.keyboard.press("ArrowRight");
  assert.equal(await page.evaluate(() => document.activeElement.innerText.trim()), tiles[1].trim());
  await page.getByRole("button", { name: "List" }).click();
  await page.locator("table.listing").waitFor();
  assert.match(page.url(), /layout=list/);
});

test("a gallery begins as a grid, whose large pictures are not fetched", { timeout: 60_000 }, async () => {
  const folder = mkdtempSync(join(tmpdir(), "vitrine-gallery-"));
  const picture = Buffer.from("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==", "base64");
  for (let n = 0; n < 5; n += 1) writeFileSync(join(folder, `${n}.png`), picture);
  writeFileSync(join(folder, "huge.png"), Buffer.concat([picture, Buffer.alloc(11_000_000)]));
  writeFileSync(join(folder, "broken.png"), Buffer.concat([picture.subarray(0, 8), Buffer.alloc(40)]));
  writeFileSync(join(folder, '"><img src=x onerror=alert(1)>.png'), picture);
  const page = await newPage(world.browser);
  const asked = [];
  page.on("request", (request) => asked.push(decodeURIComponent(request.url())));
  await open(page, shareUrl(publish(folder)));
  await page.waitForFunction(() => document.querySelectorAll(".grid a").length === 8);
  await page.waitForFunction(() => document.querySelectorAll(".grid img").length === 6, undefined, { polling: 100 });
  assert.ok(asked.some((url) => url.endsWith("/0.png")) && !asked.some((url) => url.endsWith("/huge.png")));
  assert.deepEqual(page.faults, []);
  await page.context().close();
});

screen("the command that copies the same", "data", async (page, published) => {
  await page.getByTitle("Other ways to get it").click();
  const command = page.locator(".menu-content code");
  await command.waitFor();
  assert.equal(await command.textContent(), `vitrine copy ${shareUrl(published, "data")} ./Waves-more`);
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await page.getByRole("button", { name: "Copy command" }).click();
  await page.getByText("Copied").waitFor();
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), await command.textContent());
  await page.keyboard.press("Escape");
  await command.waitFor({ state: "hidden" });
});
