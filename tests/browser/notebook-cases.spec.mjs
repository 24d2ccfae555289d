// Notebooks that people have trouble with elsewhere: what a reader must see of each (tests/cases).

import assert from "node:assert/strict";
import { cpSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { screens } from "./fixture.mjs";
import { linkWithToken, publishGated } from "./gated-world.mjs";
import { frameOrigin, newPage, open } from "./world.mjs";

const CASES = ["01-nan-notebook", "02-lone-surrogate", "03-inline-style-output", "06-nested-progress", "07-ansi-sequences", "08-polyglot", "12-folium-generations", "41-notebook-media"];

const SVGS = [
  '<svg width="60" height="40"><rect width="60" height="40" style="fill:teal"/></svg>',
  '<svg xmlns="http://www.w3.org/2000/svg" width="60" height="40"><sodipodi:namedview inkscape:zoom="1"/><rect inkscape:label="x" width="60" height="40" fill="teal"/></svg>',
  '<svg xmlns="http://www.w3.org/2000/svg" width="60" height="40"><rect width="60" height="40" fill="teal"/><text y="20">a&nbsp;&alpha;</text></svg>',
  '<svg width="60" height="40" onload="alert(1)"><script>alert(2)</script><rect width="60" height="40" fill="teal"><use xlink:href="#x"/></svg>',
];

const COLAB = `<div id="df-1" class="colab-df-container"><table border="1" class="dataframe"><tr><td>seven</td></tr></table>
  <button onclick="convertToInteractive('df-1')">Convert</button><script>document.querySelector("button").style.display = google.colab.kernel.accessAllowed ? "block" : "none";</script></div>`;

const HOSTED = `<div id="chart">drawn</div><script>google.colab.output.setIframeHeight(0, true)</script>`;

function folder() {
  const made = mkdtempSync(join(tmpdir(), "vitrine-cases-"));
  for (const name of CASES) cpSync(join(import.meta.dirname, "../cases", name), join(made, name), { recursive: true });
  const code = (...outputs) => ({ cell_type: "code", execution_count: 1, metadata: {}, source: "x", outputs: outputs.map((data) => ({ output_type: "display_data", metadata: {}, data })) });
  const save = (name, cells) => writeFileSync(join(made, name), JSON.stringify({ cells, metadata: {}, nbformat: 4, nbformat_minor: 5 }));
  save("svg.ipynb", [code(...SVGS.map((svg) => ({ "image/svg+xml": svg })))]);
  const alerts = { cell_type: "markdown", metadata: {}, source: '<div class="alert alert-info">i</div><div class="alert alert-danger">d</div><div class="alert alert-success">s</div>' };
  save("hosted.ipynb", [alerts, code({ "text/html": COLAB }, { "text/html": HOSTED })]);
  return made;
}

const { screen, world } = screens(folder);

const styleOf = (locator, name) => locator.evaluate((element, name) => getComputedStyle(element)[name], name);
const frame = (page, nth) => page.locator(".output-frame-host").nth(nth).frameLocator("iframe.output-frame");

screen("NaN, Infinity and half pairs are data", "01-nan-notebook/parameters.ipynb", async (page) => {
  await page.locator(".cell-code").nth(2).waitFor();
  await frame(page, 0).locator("svg.main-svg").first().waitFor();
  await page.locator(".cell-code", { hasText: '"loss": Infinity' }).waitFor();
  assert.equal(await page.locator(".cell-raw").count(), 0);
  await page.locator(".notebook-facts", { hasText: "Python 3" }).waitFor();
});

screen("styles that carry the meaning stay", "03-inline-style-output/styled-outputs.ipynb", async (page) => {
  await page.locator("mark").first().waitFor();
  assert.deepEqual(await page.locator("mark").evaluateAll((marks) => marks.map((mark) => getComputedStyle(mark).backgroundColor)), ["rgb(170, 156, 252)", "rgb(254, 202, 116)", "rgb(122, 236, 236)"]);
  assert.deepEqual([await styleOf(page.getByText("PASS"), "color"), Number(await styleOf(page.getByText("PASS"), "fontWeight")) >= 700], ["rgb(0, 128, 0)", true]);
  assert.equal(await styleOf(page.getByText("FAIL"), "color"), "rgb(128, 0, 0)");
  assert.equal(await styleOf(page.locator("td").first(), "backgroundColor"), "rgb(8, 48, 107)");
  const [left, right] = await Promise.all(["left box", "right box"].map((text) => page.getByText(text).boundingBox()));
  assert.ok(Math.abs(left.y - right.y) < 2 && right.x > left.x, "side by side");
});

screen("bars that move the cursor are one line each", "06-nested-progress/nested-tqdm.ipynb", async (page) => {
  await page.locator("pre.stream").nth(1).waitFor();
  const [bars, pulls] = await page.locator("pre.stream").allInnerTexts();
  assert.match(bars.trim(), /^outer: 100%\|█+\| 3\/3 [^\n]*$/);
  assert.deepEqual(pulls.trim().split("\n"), [`Downloading ${"━".repeat(15)} 99%`, `Unpacking   ${"━".repeat(9)} 90%`, "done"]);
});

for (const [file, line] of [["ansi.ipynb", "pre.stream"], ["build.log", ".log-lines"]]) {
  screen(`sequences of a terminal in ${file}`, `07-ansi-sequences/${file}`, async (page) => {
    const place = page.locator(line).first();
    await place.waitFor();
    const text = await place.innerText();
    assert.match(text, /^highlight normal\ncurly plain\nunder plain\nnotbold plain\nred green blueback\nsee the report now/);
    assert.match(text, /\ncleared\nafter sixel\nafter kitty\n/);
    assert.match(text, /\n下载完毕 OK\n {10}indented by cursor\n100%\n?$/);
    assert.equal(await place.getByText("curly").getAttribute("class"), "ansi-underline");
    assert.equal(await place.getByRole("link", { name: "the report" }).getAttribute("href"), "https://example.org/report");
  });
}

screen("cells of several languages", "08-polyglot/mixed.ipynb", async (page) => {
  for (const [cell, word] of [[1, "rec"], [2, "SELECT"]]) {
    const code = page.locator(".cell-code .source").nth(cell);
    await code.scrollIntoViewIfNeeded();
    await code.locator("span", { hasText: word }).first().waitFor();
  }
});

screen("maps of all ages have their markers", "12-folium-generations/maps.ipynb", async (page) => {
  for (const nth of [0, 1, 2, 3]) {
    await page.locator(".output-frame-host").nth(nth).scrollIntoViewIfNeeded();
    const map = frame(page, nth).frameLocator("iframe");
    const marker = map.locator("img.leaflet-marker-icon");
    await marker.waitFor({ timeout: 20_000 });
    await map.locator("path.leaflet-interactive").waitFor({ state: "attached" });
    await marker.evaluate((image) => (image.complete && image.naturalWidth > 0) || new Promise((resolve, reject) => ((image.onload = resolve), (image.onerror = () => reject(new Error(image.src))))));
    assert.equal(await frame(page, nth).getByText("Make this Notebook Trusted").count(), 0);
  }
});

screen("outputs show what lies beside them", "41-notebook-media/media.ipynb", async (page) => {
  const loaded = (locator) => locator.evaluate((media) => (media.readyState >= 1 ? media.duration : new Promise((resolve, reject) => ((media.onloadedmetadata = () => resolve(media.duration)), (media.onerror = () => reject(new Error("damaged")))))));
  const film = page.locator(".cell-code").first().locator("video");
  await film.waitFor();
  assert.ok(Math.abs((await loaded(film)) - 3) < 0.5);
  const inner = page.locator(".output-page iframe");
  await inner.scrollIntoViewIfNeeded();
  await page.frameLocator(".output-page iframe").getByText("script ran").waitFor();
  assert.equal(await inner.getAttribute("sandbox"), "allow-scripts allow-downloads allow-forms allow-pointer-lock");
  const elsewhere = page.locator("a[href='https://www.youtube.com/watch?v=abc']");
  assert.equal(await elsewhere.count(), 2);
  await elsewhere.locator("img").evaluate((image) => image.decode());
  await page.locator("th .katex").waitFor();
  await page.locator("td .katex").waitFor();
  const last = page.locator(".output-frame-host").last();
  await last.scrollIntoViewIfNeeded();
  await last.frameLocator("iframe").getByText("ran").waitFor();
  assert.ok((await last.frameLocator("iframe").locator("img").evaluate((image) => image.decode().then(() => image.naturalWidth))) > 0);
});

test("in a gated share, too, by the frame's own capability", { timeout: 60_000 }, async () => {
  const page = await newPage(world.browser);
  await open(page, await linkWithToken(publishGated(folder()), "41-notebook-media/media.ipynb"));
  await page.locator(".cell-code video").first().waitFor();
  const inner = page.locator(".output-page iframe");
  await inner.scrollIntoViewIfNeeded();
  await page.frameLocator(".output-page iframe").getByText("script ran").waitFor();
  const last = page.locator(".output-frame-host").last();
  await last.scrollIntoViewIfNeeded();
  const picture = last.frameLocator("iframe").locator("img");
  assert.ok((await picture.evaluate((image) => image.decode().then(() => image.naturalWidth))) > 0);
  for (const address of [await inner.getAttribute("src"), await picture.getAttribute("src")]) assert.ok(address.startsWith(`${frameOrigin}/gated/`), address);
  await page.context().close();
});

screen("drawings that are no XML are drawn, and nothing in them runs", "svg.ipynb", async (page) => {
  const pictures = page.locator("img.output-image");
  await pictures.nth(SVGS.length - 1).waitFor();
  for (const picture of await pictures.all()) {
    await picture.evaluate((image) => (image.complete && image.naturalWidth > 0) || new Promise((resolve) => (image.onload = resolve)));
    const pixel = await picture.evaluate((image) => {
      const canvas = document.createElement("canvas");
      const context = canvas.getContext("2d");
      context.drawImage(image, 0, 0);
      return [...context.getImageData(50, 35, 1, 1).data];
    });
    assert.deepEqual(pixel, [0, 128, 128, 255]);
  }
});

screen("outputs of a host, without the host", "hosted.ipynb", async (page) => {
  await page.locator("td", { hasText: "seven" }).waitFor();
  assert.equal(await page.getByText("Convert").count(), 0);
  await frame(page, 0).getByText("drawn").waitFor();
  assert.equal(await frame(page, 0).locator(".script-error").count(), 0);
  const grounds = await page.locator(".alert").evaluateAll((alerts) => alerts.map((alert) => getComputedStyle(alert).borderLeftColor));
  assert.equal(new Set(grounds).size, 3);
});
