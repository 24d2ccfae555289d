// The notebook page: every kind of output, and scripts only in the sandboxed frame.

import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { screens, welcome } from "./fixture.mjs";
import { frameOrigin, newPage, open, publish, shareUrl } from "./world.mjs";

const code = (outputs, more = {}) => ({ cell_type: "code", execution_count: 1, metadata: {}, source: "x", outputs, ...more });
const display = (data, metadata = {}) => ({ output_type: "display_data", metadata, data });
const text = (source, more = {}) => ({ cell_type: "markdown", metadata: {}, source, ...more });

/** Publishes a folder with one notebook, and opens it. */
async function opened(page, cells, root = {}, fragment = "") {
  const folder = mkdtempSync(join(tmpdir(), "vitrine-notebook-"));
  writeFileSync(join(folder, "n.ipynb"), JSON.stringify({ cells, metadata: {}, nbformat: 4, nbformat_minor: 5, ...root }));
  await open(page, shareUrl(publish(folder), "n.ipynb") + fragment);
}

const PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

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
  const page = await newPage(world.browser);
  await opened(page, [
    text("<img src=x onerror='window.hacked=1'><script>window.hacked=1</script>text"),
    code([display({ "text/html": attack })]),
    code([display({ "application/javascript": "element.textContent = 'from javascript'" })]),
    code([{ output_type: "error", ename: "E", evalue: "v", traceback: ["\u001b[0;31mE\u001b[0m: <b>v</b>"] }]),
  ]);
  const frames = page.locator("iframe.output-frame");
  await frames.nth(1).waitFor();
  assert.equal(await page.locator(".output-frame-host").count(), 2);
  for (const frame of await frames.all()) {
    assert.equal(await frame.getAttribute("sandbox"), "allow-scripts allow-downloads allow-forms allow-pointer-lock");
    assert.ok((await frame.getAttribute("src")).startsWith(frameOrigin));
  }
  const said = page.frameLocator("iframe.output-frame >> nth=0").locator("#out", { hasText: "ran in" });
  await said.waitFor();
  assert.equal(await said.innerText(), "ran in null; reached:");
  assert.equal(await page.evaluate(() => window.hacked), undefined);
  await page.getByText("E: <b>v</b>").waitFor();
  assert.ok(page.url().includes("n.ipynb"), "top navigation stayed closed");
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

/** What each form of the frame draws, and what says that it is drawn. */
const MODELS = {
  box: { model_module: "@jupyter-widgets/controls", model_module_version: "1.5.0", model_name: "HBoxModel", state: { children: ["IPY_MODEL_slider"], layout: "IPY_MODEL_layout" } },
  slider: {
    model_module: "@jupyter-widgets/controls",
    model_module_version: "1.5.0",
    model_name: "IntSliderModel",
    state: { value: 7, max: 10, description: "Depth", layout: "IPY_MODEL_layout", style: "IPY_MODEL_style" },
  },
  style: { model_module: "@jupyter-widgets/controls", model_module_version: "1.5.0", model_name: "SliderStyleModel", state: {} },
  layout: { model_module: "@jupyter-widgets/base", model_module_version: "1.2.0", model_name: "LayoutModel", state: {} },
};
const VEGA_SCRIPT = `<div id="vis"></div><script>
  const add = (src) => new Promise((resolve, reject) => { const s = document.createElement("script"); s.onload = resolve; s.onerror = reject; s.src = src; document.head.append(s); });
  (async () => { for (const name of ["vega@5", "vega-lite@5.20.1", "vega-embed@6"]) await add("https://cdn.jsdelivr.net/npm/" + name + "?noext");
    vegaEmbed("#vis", { mark: "point", data: { values: [{ a: 1 }] }, encoding: { x: { field: "a" } } }, { actions: false }); })();
</script>`;
const MAP = `<!DOCTYPE html><html><head><script src="https://cdn.jsdelivr.net/npm/leaflet@1.9.3/dist/leaflet.js"></script></head>
  <body><div id="m" style="height:80px"></div><script>L.map("m").setView([0, 0], 2);</script></body></html>`;
const FORMS = {
  plotly: [{ "application/vnd.plotly.v1+json": { data: [{ y: [1, 2] }], layout: {} }, "text/html": "<script>x</script>", "image/png": "AA" }, "svg.main-svg"],
  "an old plotly script": [{ "text/html": "<div id=p></div><script>require(['plotly'], (Plotly) => Plotly.newPlot('p', [{y: [1]}]))</script>" }, "svg.main-svg"],
  "plotly's own HTML": [{ "text/html": "<script src='https://cdn.plot.ly/plotly-2.27.0.min.js' integrity='sha256-x'></script><div id=p></div><script>Plotly.newPlot('p', [{y: [1]}])</script>" }, "svg.main-svg"],
  "vega-lite": [{ "application/vnd.vegalite.v5+json": { mark: "point", data: { values: [{ a: 1 }] }, encoding: { x: { field: "a" } } } }, "canvas.marks, svg.marks"],
  "Altair's HTML": [{ "text/html": VEGA_SCRIPT }, "canvas.marks, svg.marks"],
  mermaid: [{ "text/vnd.mermaid": "graph TD; Sea-->Shore;" }, "svg:has-text('Shore')"],
  "a damaged mermaid": [{ "text/vnd.mermaid": "graph TD; Sea--" }, ".placeholder >> text=This diagram could not be drawn"],
  geojson: [{ "application/geo+json": { type: "Point", coordinates: [3, 4] } }, ".leaflet-interactive"],
  "a saved widget": [{ "application/vnd.jupyter.widget-view+json": { model_id: "box" }, "text/plain": "HBox()" }, ".widget-slider >> text=Depth"],
  jQuery: [{ "application/javascript": "element.append($('<b>').text('by jQuery'))" }, "b >> text=by jQuery"],
};

test("every form of the frame is drawn without the world", { timeout: 180_000 }, async () => {
  const page = await newPage(world.browser);
  const asked = [];
  await page.route(/^https:/, (route) => (asked.push(route.request().url()), route.abort("internetdisconnected")));
  const cells = Object.values(FORMS).map(([data]) => code([display(data)]));
  cells.push(code([display({ "text/html": `<iframe srcdoc="${MAP.replaceAll('"', "&quot;")}"></iframe>` })]));
  cells.push(code([display({ "application/vnd.jupyter.widget-view+json": { model_id: "gone" }, "text/plain": "Gone()" })]));
  await opened(page, cells, { metadata: { widgets: { "application/vnd.jupyter.widget-state+json": { version_major: 2, version_minor: 0, state: MODELS } } } });
  const hosts = page.locator(".output-frame-host");
  for (const [n, [name, [, selector]]] of Object.entries(FORMS).entries()) {
    const host = hosts.nth(n);
    await host.scrollIntoViewIfNeeded();
    await host.frameLocator("iframe.output-frame").locator(selector).first().waitFor({ state: "attached", timeout: 45_000 }).catch((error) => assert.fail(`${name}: ${error.message}`));
  }
  await hosts.last().scrollIntoViewIfNeeded();
  await hosts.last().frameLocator("iframe.output-frame").frameLocator("iframe").locator(".leaflet-map-pane").waitFor({ state: "attached" });
  await page.locator(".widget", { hasText: "Gone()" }).waitFor();
  assert.deepEqual(asked, [], "nothing is asked of others");
  assert.deepEqual(page.faults, []);
});

test("a library that cannot be had says so", { timeout: 60_000 }, async () => {
  const page = await newPage(world.browser);
  const asked = [];
  await page.route(/^https:|_assets\/(plotly|vega)/, (route) => (asked.push(route.request().url()), route.abort("internetdisconnected")));
  await opened(page, [
    code([display({ "application/vnd.vegalite.v5+json": { mark: "point" } })]),
    code([display({ "text/html": "<div id=p></div><script src='https://cdn.bokeh.org/bokeh/release/bokeh-2.4.3.min.js'></script>" })]),
    code([display({ "text/html": "<script>const s = document.createElement('script'); s.src = 'https://cdn.example.org/late.js'; document.body.append(s)</script>" })]),
  ]);
  for (const [n, address] of ["/_assets/vega.min-", "https://cdn.bokeh.org/bokeh/release/bokeh-2.4.3.min.js", "https://cdn.example.org/late.js"].entries()) {
    const placeholder = page.locator(".output-frame-host").nth(n).frameLocator("iframe").locator(".placeholder");
    await placeholder.waitFor();
    assert.ok((await placeholder.innerText()).startsWith("This output needs a script that could not be loaded: "));
    assert.ok((await placeholder.innerText()).includes(address), address);
  }
  assert.equal(asked.filter((url) => /vega/.test(url)).length, 1, "what builds on a missing library is not asked for");
  assert.deepEqual(page.faults, []);
});

test("cells are labelled, linked, folded, tagged and copied", { timeout: 60_000 }, async () => {
  const lines = Array.from({ length: 90 }, (_, n) => `line ${n}\n`);
  const stream = (text) => ({ output_type: "stream", name: "stdout", text });
  const page = await newPage(world.browser, { permissions: ["clipboard-read", "clipboard-write"] });
  const cells = [
    text("# Sea\n## Waves"),
    text("## Waves\n[up](#Sea)"),
    code([stream(lines)], { id: "long", source: "print(1)", execution_count: 7, metadata: { tags: ["parameters"] } }),
    code([stream("quiet")], { source: "hidden = 1", metadata: { jupyter: { source_hidden: true, outputs_hidden: true } } }),
    code([stream(lines)], { metadata: { scrolled: false } }),
    { cell_type: "raw", metadata: { format: "text/latex" }, source: "\\LaTeX" },
  ];
  await opened(page, cells, { metadata: { kernelspec: { display_name: "Python 3", language: "python" } } }, "#cell-long");
  const cell = page.locator("#cell-long");
  assert.equal(await cell.getAttribute("aria-label"), "Code cell, run number 7");
  assert.equal(await page.locator(".cell[role=article] .snippet").count(), 3);
  await page.getByRole("link", { name: "Link to this cell: Code cell, run number 7" }).waitFor();
  assert.equal(await cell.locator(".tags").innerText(), "parameters");
  // Two cells with the same heading have two places.
  const names = await page.locator(".prose :is(h1, h2)").evaluateAll((all) => all.map(({ id }) => id));
  assert.deepEqual(names, ["user-content-sea", "user-content-waves", "user-content-waves-1"]);
  assert.deepEqual(await page.locator("nav.contents a").allTextContents(), ["Sea", "Waves", "Waves"]);
  assert.ok((await cell.locator("pre.stream").evaluate((pre) => pre.clientHeight)) < 500);
  await cell.getByRole("button", { name: "Show all 90 lines" }).click();
  assert.ok((await cell.locator("pre.stream").evaluate((pre) => pre.clientHeight)) > 1000);
  assert.equal(await page.getByRole("button", { name: "Show all 90 lines" }).count(), 0, "an author who wants it all gets it");
  assert.equal(await page.getByText("hidden = 1").isVisible(), false);
  await page.locator("summary", { hasText: "Code" }).click();
  await page.getByText("hidden = 1").waitFor();
  assert.equal(await page.getByText("quiet").isVisible(), false);
  await cell.locator(".source").hover();
  await cell.getByRole("button", { name: "Copy" }).click();
  await cell.getByRole("button", { name: "Copied" }).waitFor();
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), "print(1)");
  await page.locator("summary", { hasText: "Code" }).focus();
  assert.deepEqual(page.faults, []);
});

test("a large notebook is read while it arrives, and one that breaks off keeps what came", { timeout: 120_000 }, async () => {
  const big = "x".repeat(20_000);
  const cells = Array.from({ length: 60 }, (_, n) => code([{ output_type: "stream", name: "stdout", text: `${n} ${big}` }], { source: `cell_${n} <- 1` }));
  const whole = JSON.stringify({ cells, metadata: { kernelspec: { display_name: "R", language: "R" } }, nbformat: 4, nbformat_minor: 2 });
  const folder = mkdtempSync(join(tmpdir(), "vitrine-large-"));
  writeFileSync(join(folder, "whole.ipynb"), whole);
  writeFileSync(join(folder, "broken.ipynb"), whole.slice(0, 700_000));
  const published = publish(folder);
  const page = await newPage(world.browser);
  await open(page, shareUrl(published, "whole.ipynb"));
  assert.equal(await page.locator(".cell").count(), 60);
  await page.getByText("R · notebook format 4.2").waitFor();
  // Its language was known before its end, so that the first cell has R's colours.
  await page.locator(".cell").first().locator("code span").first().waitFor();
  await open(page, shareUrl(published, "broken.ipynb"));
  await page.getByRole("alert").filter({ hasText: "The rest of this notebook cannot be read" }).waitFor();
  assert.ok((await page.locator(".cell").count()) > 20);
  assert.deepEqual(page.faults, []);
});

test("data that has no chart is still data", { timeout: 60_000 }, async () => {
  const page = await newPage(world.browser);
  const pdf = readFileSync(join(welcome, "paper/standing-waves.pdf")).toString("base64");
  await opened(page, [
    code([display({ "application/vnd.dataresource+json": { schema: { fields: [{ name: "city" }] }, data: [{ city: "<i>Bern</i>" }] }, "text/plain": "no" })]),
    code([display({ "application/vnd.unknown.v9+json": { deep: [1] } })]),
    code([display({ "application/pdf": pdf, "text/plain": "no" })]),
    code([display({ "image/png": PIXEL }, { "image/png": { width: 120, height: 60, needs_background: "dark" } })]),
  ]);
  await page.locator("table td", { hasText: "<i>Bern</i>" }).waitFor();
  await page.locator("details", { hasText: "JSON (application/vnd.unknown.v9+json)" }).locator("pre", { hasText: '"deep"' }).waitFor();
  await page.locator("canvas[aria-label^='Page 1 of']").waitFor();
  await page.getByRole("link", { name: "Download PDF" }).waitFor();
  const picture = page.locator("img.output-image.on-dark");
  assert.deepEqual(await picture.evaluate(({ clientWidth, clientHeight }) => [clientWidth, clientHeight]), [120, 60]);
  assert.deepEqual(page.faults, []);
});
