// What surrounds a share's content: handing it on, language and colours, news of a newer version and of the network.

import assert from "node:assert/strict";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { launch, newPage, open, publish, settled, shareOrigin, shareUrl } from "./world.mjs";

let browser;
let folder;
let published;
before(async () => {
  browser = await launch();
  folder = mkdtempSync(join(tmpdir(), "vitrine-around-"));
  writeFileSync(join(folder, "a.txt"), "one");
  writeFileSync(join(folder, "b c.md"), "# Two\n");
  published = publish(folder, ["--title", "Handed on"], "unlisted");
});
after(() => browser.close());

async function screen(name, path, check, options = {}) {
  test(name, { timeout: 60_000 }, async () => {
    const page = await newPage(browser, options);
    await open(page, shareUrl(published, path));
    await page.locator("#around button").first().waitFor();
    await check(page);
    assert.deepEqual(page.faults, []);
    await page.context().close();
  });
}

screen("a page is handed on by its address, a code and the lines that embed it", "b c.md", async (page) => {
  await page.getByRole("button", { name: "Share", exact: true }).click();
  const dialog = page.getByRole("dialog", { name: "Share this page" });
  assert.equal(await dialog.getByLabel("Link", { exact: true }).inputValue(), shareUrl(published, "b c.md"));
  const code = await dialog.getByLabel("Embed code").inputValue();
  assert.ok(code.includes(`<vitrine-share src="${shareUrl(published, "b c.md")}"`), code);
  await dialog.getByRole("img", { name: "QR code of the link" }).waitFor();
  await page.keyboard.press("Escape");
  await dialog.waitFor({ state: "detached" });
});

screen("the link to copy follows the reader through the share", "", async (page) => {
  await page.getByRole("link", { name: "a.txt" }).click();
  await page.getByRole("heading", { name: "a.txt" }).waitFor();
  const copy = page.getByRole("link", { name: "Copy to my workspace" });
  await copy.focus();
  const href = await copy.getAttribute("href");
  assert.ok(href.endsWith(`/copy/${published.share_id}/a.txt`), href);
  assert.notEqual(new URL(href).origin, shareOrigin);
});

screen("the share says who may read it, and how often it was seen", "", async (page) => {
  await page.locator("article .facts").getByText("Unlisted").waitFor();
  await page.locator("article .facts").getByText(/\d+ views?/).waitFor();
});

screen("colours are the reader's choice, and stay", "", async (page) => {
  const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const light = await background();
  await page.getByLabel("Colours").selectOption("dark");
  const dark = await background();
  assert.notEqual(dark, light);
  await page.reload();
  await settled(page);
  assert.equal(await background(), dark);
});

test("a newer version is offered, and taken only when the reader wants it", { timeout: 60_000 }, async () => {
  const page = await newPage(browser);
  await page.clock.install();
  await open(page, shareUrl(published));
  await page.clock.runFor(2_000);
  await page.locator("#around button").first().waitFor();
  writeFileSync(join(folder, "new.txt"), "three");
  publish(folder, ["--share", published.share_id], "unlisted");
  const asked = page.waitForResponse((answer) => answer.url().endsWith("/latest.json"));
  await page.clock.runFor(61_000);
  await asked;
  const news = page.getByRole("status").filter({ hasText: "A newer version" });
  await news.waitFor();
  assert.equal(await page.getByRole("link", { name: "new.txt" }).count(), 0, "what is open stays as it is");
  await news.getByRole("button", { name: "Reload" }).click();
  await page.getByRole("link", { name: "new.txt" }).waitFor();
  await page.context().close();
});

test("a network that comes back mends what failed without it", { timeout: 60_000 }, async () => {
  const page = await newPage(browser);
  await open(page, shareUrl(published, "b c.md"));
  await page.locator("#around button").first().waitFor();
  await page.context().setOffline(true);
  await page.getByText("You are offline").waitFor();
  await page.context().setOffline(false);
  await page.getByText("You are offline").waitFor({ state: "detached" });
  await page.context().close();
});
