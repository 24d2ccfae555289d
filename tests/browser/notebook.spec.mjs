// The notebook page: every kind of output, and scripts only in the sandboxed frame.

import assert from "node:assert/strict";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { screens, welcome } from "./fixture.mjs";
import { frameOrigin, newPage, open, publish, shareUrl } from "./world.mjs";

const { screen, world } = screens(welcome);

screen("cells, outputs and math of a notebook", "notebooks/waves.ipynb", async (page) => {
  await page.locator("article h1", { hasText: /^Waves/ }).waitFor();
  await page.locator(".katex-display").first().waitFor();
  await page.locator("img[src^='data:image/png']").first().waitFor();
  await page.locator("table").first().waitFor();
  assert.ok((await page.getByText("[1]").count()) > 0, "execution counts");
  assert.ok((await page.locator("pre.stream").count()) > 0, "streams");
});

screen("an old notebook is one, too", "notebooks/old-format.ipynb", async (page) => {
  assert.equal(await page.locator(".part-problem").count(), 0);
  await page.locator("article.file pre").first().waitFor();
});

test("scripts of outputs run in the frame and reach nothing", { timeout: 60_000 }, async () => {
  const attack = `<div id="out">waiting</div><script>
    const reached = [];
    const attempt = (name, work) => { try { work(); reached.push(name); } catch {} };
    attempt("parent's document", () => parent.document.title);
    attempt("top's location", () => { top.location = "http://example.org/"; });
    attempt("storage", () => localStorage.setItem("a", "b"));
    attempt("cookies", () => document.cookie);
    document.getElementById("out").textContent = "ran in " + origin + "; reached: " + reached.join(", ");
  </script>`;
  const cell = (output) => ({ cell_type: "code", execution_count: 1, metadata: {}, source: "x", outputs: [output] });
  const display = (data) => cell({ output_type: "display_data", metadata: {}, data });
  const folder = mkdtempSync(join(tmpdir(), "vitrine-notebook-"));
  const notebook = {
    nbformat: 4,
    nbformat_minor: 5,
    metadata: {},
    cells: [
      { cell_type: "markdown", metadata: {}, source: "<img src=x onerror='window.hacked=1'><script>window.hacked=1</script>text" },
      display({ "text/html": attack }),
      display({ "application/javascript": "element.textContent = 'from javascript'" }),
      cell({ output_type: "error", ename: "E", evalue: "v", traceback: ["\u001b[0;31mE\u001b[0m: <b>v</b>"] }),
    ],
  };
  writeFileSync(join(folder, "attack.ipynb"), JSON.stringify(notebook));
  const page = await newPage(world.browser);
  await open(page, shareUrl(publish(folder), "attack.ipynb"));
  const frames = page.locator("iframe.output-frame");
  await frames.nth(1).waitFor();
  for (const frame of await frames.all()) {
    assert.equal(await frame.getAttribute("sandbox"), "allow-scripts allow-downloads allow-forms allow-pointer-lock");
    assert.ok((await frame.getAttribute("src")).startsWith(frameOrigin));
  }
  const said = page.frameLocator("iframe.output-frame >> nth=0").locator("#out", { hasText: "ran in" });
  await said.waitFor();
  assert.equal(await said.innerText(), "ran in null; reached:");
  assert.equal(await page.evaluate(() => window.hacked), undefined);
  await page.getByText("E: <b>v</b>").waitFor();
  assert.ok(page.url().includes("attack.ipynb"), "top navigation stayed closed");
  // Chromium reports the navigation that it refused as an error of no address.
  assert.deepEqual(page.faults.filter((fault) => !fault.startsWith("Unsafe attempt to initiate navigation")), []);
});

test("a broken notebook shows why, and its source", { timeout: 60_000 }, async () => {
  const folder = mkdtempSync(join(tmpdir(), "vitrine-broken-"));
  writeFileSync(join(folder, "broken.ipynb"), '{"cells": [');
  const page = await newPage(world.browser);
  await open(page, shareUrl(publish(folder), "broken.ipynb"));
  await page.locator("main", { hasText: '{"cells": [' }).waitFor();
  await page.getByRole("alert").waitFor();
  assert.deepEqual(page.faults, []);
});

for (const [form, data, library] of [
  ["application/vnd.vegalite.v5+json", { mark: "point", data: { values: [{ a: 1 }] }, encoding: { x: { field: "a" } } }, "vega"],
  ["application/vnd.plotly.v1+json", { data: [{ y: [1, 2] }], layout: {} }, "plotly.js-dist-min"],
]) {
  test(`a chart whose library cannot be had says so: ${library}`, { timeout: 60_000 }, async () => {
    const folder = mkdtempSync(join(tmpdir(), "vitrine-chart-"));
    const outputs = [{ output_type: "display_data", metadata: {}, data: { [form]: data } }];
    const cells = [{ cell_type: "code", execution_count: 1, metadata: {}, source: "x", outputs }];
    writeFileSync(join(folder, "chart.ipynb"), JSON.stringify({ nbformat: 4, nbformat_minor: 4, metadata: {}, cells }));
    const page = await newPage(world.browser);
    const asked = [];
    await page.route(/^https:/, (route) => {
      asked.push(route.request().url());
      return route.abort("internetdisconnected");
    });
    await open(page, shareUrl(publish(folder), "chart.ipynb"));
    const placeholder = page.frameLocator("iframe.output-frame").locator(".placeholder");
    await placeholder.waitFor();
    assert.match(await placeholder.innerText(), /^This output needs a script that could not be loaded: https:/);
    assert.equal(asked.length, 1, "what builds on a missing library is not asked for");
    assert.match(asked[0], new RegExp(`/npm/${library}@\\d+\\.\\d+\\.\\d+/\\S+\\.min\\.js$`), "an exact version");
    assert.deepEqual(page.faults, []);
  });
}
