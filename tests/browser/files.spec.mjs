// The pages of single files: code, HTML, tables, text, and what cannot be shown.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { screens, welcome } from "./fixture.mjs";
import { frameOrigin, newPage, open, shareOrigin, shareUrl } from "./world.mjs";

const { screen, world } = screens(welcome);

screen("code has line numbers, colours and search", "code/dispersion.py", async (page) => {
  await page.locator(".cm-lineNumbers").waitFor();
  await page.locator(".cm-content span[class]").first().waitFor();
  await page.locator(".cm-content").click();
  await page.keyboard.press("Control+f");
  await page.locator(".cm-search input").first().waitFor();
});

screen("links to lines follow the address", (published) => `${shareUrl(published, "code/dispersion.py")}#L3`, async (page) => {
  const marked = (text) => page.waitForFunction((wanted) => {
    const lines = [...(document.querySelector(".editor")?.shadowRoot.querySelectorAll(".cm-linked") ?? [])];
    return lines.map((line) => line.textContent).join("\n") === wanted;
  }, text);
  const source = readFileSync(join(welcome, "code/dispersion.py"), "utf8").split("\n");
  await marked(source[2]);
  await page.evaluate(() => (location.hash = "#L20-L21"));
  await marked(source.slice(19, 21).join("\n"));
  await page.goBack();
  await marked(source[2]);
  await page.goForward();
  await marked(source.slice(19, 21).join("\n"));
  await page.locator(".cm-lineNumbers .cm-gutterElement", { hasText: /^22$/ }).click();
  await page.waitForURL("**#L22");
  await marked(source[21]);
  await page.evaluate(() => (location.hash = ""));
  await marked("");
});

screen("an HTML file runs in the frame, with its own style and script", "interactive/index.html", async (page) => {
  const frame = page.locator("iframe.html-file");
  assert.equal(await frame.getAttribute("sandbox"), "allow-scripts allow-downloads allow-forms allow-pointer-lock");
  assert.ok((await frame.getAttribute("src")).startsWith(frameOrigin));
  const inside = page.frameLocator("iframe.html-file");
  await inside.locator("canvas").waitFor();
  await page.frames().at(-1).waitForFunction(() => {
    const canvas = document.querySelector("canvas");
    return canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data.some((value) => value !== 0);
  });
});

screen("a table has its rows", "data/tides.csv", async (page) => {
  await page.locator("main [role=grid] [role=columnheader]").first().waitFor();
  assert.ok((await page.locator("main [role=grid] .grid-space [role=row]").count()) > 10);
});

screen("JSON is a tree", "data/stations.json", async (page) => {
  await page.locator("[role=tree] [role=treeitem]").first().waitFor();
});

screen("text is text", "data/notes.txt", async (page) => {
  await page.locator("main pre, .cm-content").first().waitFor();
});

screen("anything else is offered as a download", "data/samples.bin", async (page) => {
  const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("link", { name: "Download" }).first().click()]);
  assert.equal(download.suggestedFilename(), "samples.bin");
  assert.deepEqual(readFileSync(await download.path()), readFileSync(join(welcome, "data/samples.bin")));
  await page.getByText("There is no preview for this kind of file").waitFor();
  await page.getByRole("button", { name: "Show anyway" }).click();
  await page.locator(".cm-line").first().waitFor();
});

test("renderers load only when a file needs them", { timeout: 60_000 }, async () => {
  const page = await newPage(world.browser);
  const loaded = [];
  page.on("request", (request) => loaded.push(new URL(request.url()).pathname));
  await open(page, shareUrl(world.published, "code"));
  const scripts = () => loaded.filter((path) => path.startsWith("/_assets/") && path.endsWith(".js"));
  const before = scripts();
  assert.ok(!before.some((path) => /pdf|katex|code-|math/.test(path)), before.join(" "));
  await page.getByRole("link", { name: "dispersion.py" }).click();
  await page.locator(".cm-content").waitFor();
  assert.ok(scripts().length > before.length, "CodeMirror came with the file that needs it");
});

test("dark mode is dark, and paper is white", { timeout: 60_000 }, async () => {
  const page = await newPage(world.browser, { colorScheme: "dark" });
  await open(page, shareUrl(world.published));
  const luminance = () =>
    page.evaluate(() => {
      const [r, g, b, alpha = 1] = getComputedStyle(document.body).backgroundColor.match(/[\d.]+/g).map(Number);
      // What is transparent shows the paper.
      return alpha === 0 ? 255 : (r + g + b) / 3;
    });
  assert.ok((await luminance()) < 60);
  await page.emulateMedia({ media: "print", colorScheme: "light" });
  assert.ok((await luminance()) > 240);
});

test("a phone's width scrolls only down", { timeout: 60_000 }, async () => {
  const page = await newPage(world.browser, { viewport: { width: 375, height: 700 } });
  for (const path of ["", "notebooks/waves.ipynb", "code/dispersion.py", "paper/standing-waves.pdf"]) {
    await open(page, shareUrl(world.published, path));
    const [width, inner] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
    assert.ok(width <= inner, `${path || "the folder"} is ${width} wide in ${inner}`);
  }
  assert.ok(page.url().startsWith(shareOrigin));
});
