// Data: tables of any length, columns by ranges, places on a map, bodies, archives.

import assert from "node:assert/strict";
import { cpSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { screens, welcome } from "./fixture.mjs";
import { launch, newPage, open, shareOrigin, shareUrl } from "./world.mjs";

const ROWS = 300_000;

/** Files that people have trouble with elsewhere; each folder is a kind. */
const CASES = join(import.meta.dirname, "../cases");

/** The example's data, and what would not fit there. */
function folder() {
  const made = mkdtempSync(join(tmpdir(), "vitrine-data-"));
  for (const name of ["data", "models", "images"]) cpSync(join(welcome, name), join(made, name), { recursive: true });
  cpSync(CASES, join(made, "cases"), { recursive: true });
  writeFileSync(join(made, "cases/compiled.obj"), Buffer.from([0x4c, 1, 3, 0, 0, 0, 0, 0, 9]));
  const rows = Array.from({ length: ROWS }, (_, n) => `${n},${(n * 7919) % ROWS},row ${n}`);
  writeFileSync(join(made, "long.csv"), `id,mixed,name\n${rows.join("\n")}\n`);
  writeFileSync(join(made, "old.csv"), Buffer.from("name;town\ncaf\xe9;Z\xfcrich\n", "latin1"));
  writeFileSync(join(made, "bomb.gz"), gzipSync(Buffer.alloc(200_000_000)));
  writeFileSync(join(made, "cut.zip"), readFileSync(join(welcome, "data/gauges.zip")).subarray(0, 2_000));
  writeFileSync(join(made, "far.gltf"), JSON.stringify({ asset: { version: "2.0" }, buffers: [{ uri: "https://evil.invalid/a.bin", byteLength: 4 }], bufferViews: [{ buffer: 0, byteLength: 4 }], accessors: [{ bufferView: 0, componentType: 5126, count: 1, type: "SCALAR" }], meshes: [{ primitives: [{ attributes: { POSITION: 0 } }] }], nodes: [{ mesh: 0 }], scenes: [{ nodes: [0] }], scene: 0 }));
  return made;
}

const { screen, world } = screens(folder);

const facts = (page, wanted) => page.locator(".table-facts", { hasText: wanted }).waitFor();
const cell = (page, row, column) => page.locator(`.grid [aria-rowindex="${row + 1}"] [aria-colindex="${column + 1}"]`);

screen("a long table scrolls to its end, and finds a row by its address", (published) => `${shareUrl(published, "long.csv")}#row=200000`, async (page) => {
  await facts(page, "300,000 rows · 3 columns");
  await page.locator(".grid-row.marked", { hasText: "row 199999" }).waitFor();
  await page.locator(".grid").focus();
  await page.keyboard.press("Control+End");
  await cell(page, ROWS, 3).getByText("row 299999").waitFor();
  assert.equal(await page.locator(".grid").getAttribute("aria-rowcount"), String(ROWS + 1));
  assert.ok((await page.locator(".grid-space .grid-row").count()) < 100);
  await page.keyboard.press("Control+Home");
  await page.locator("a.grid-number", { hasText: /^3$/ }).click();
  await page.waitForURL("**#row=3");
});

screen("a long table is sorted by its heads as numbers, and filtered", "long.csv", async (page) => {
  await facts(page, "300,000 rows · 3 columns");
  const head = page.getByRole("button", { name: "mixed" });
  await head.click();
  await head.click();
  await page.locator('[role=columnheader][aria-sort="descending"]', { hasText: "mixed" }).waitFor();
  await cell(page, 1, 2).getByText("299999", { exact: true }).waitFor();
  await page.keyboard.press("Control+f");
  await page.keyboard.type("ROW 29999");
  await facts(page, "11 of 300,000 rows");
  await page.getByRole("button", { name: "Filter columns" }).click();
  await page.getByLabel("Filter by id").fill("> 299998");
  await facts(page, "1 of 300,000 rows");
  await cell(page, 1, 3).getByText("row 299999").waitFor();
});

screen("keys choose cells, and the chosen one is shown whole", "data/tides.csv", async (page) => {
  await page.locator(".grid").focus();
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("ArrowRight");
  await page.locator(".table-cell-value", { hasText: "Gull Harbour, east pier" }).waitFor();
  assert.equal(await page.locator("#grid-active").getAttribute("role"), "gridcell");
  await page.keyboard.press("Shift+ArrowDown");
  await page.locator(".table-cell-name", { hasText: "2 × 1 cells" }).waitFor();
});

screen("an old encoding is read", "old.csv", async (page) => {
  await cell(page, 1, 2).getByText("Zürich").waitFor();
});

screen("columns are read by ranges, and sorted", "data/buoys.parquet", async (page) => {
  await facts(page, "2,400 rows · 6 columns");
  await page.getByRole("button", { name: "waves" }).click();
  await cell(page, 1, 4).getByText("0", { exact: true }).waitFor();
  await page.locator(".grid-type", { hasText: "timestamp" }).waitFor({ state: "visible" });
});

screen("types of columns are exact, and what is no Parquet says so", "cases/29-parquet-types/types-zstd.parquet", async (page, published) => {
  await facts(page, "3 rows · 19 columns");
  for (const text of ["9007199254740993", "18446744073709551615", "2024-01-01T00:00:00.123456Z"]) await page.locator(".grid-row").getByText(text, { exact: true }).waitFor();
  await open(page, shareUrl(published, "cases/not-parquet.parquet"));
  await page.locator("main", { hasText: "description of itself cannot be read" }).waitFor();
}, { faults: [/./] });

screen("maps of every form", "cases/38-geo-variants/web-mercator.geojson", async (page, published) => {
  const facts = async (name, text) => {
    await open(page, shareUrl(published, `cases/38-geo-variants/${name}`));
    await page.locator(".map-facts", { hasText: text }).waitFor();
  };
  await page.locator(".map-facts", { hasText: "from EPSG:3857" }).waitFor();
  await facts("metres-small.geojson", "not degrees of the Earth · the numbers lie outside of what EPSG:25832 is for");
  await facts("lines.geojsonl", "5 features");
  await facts("quantized.topojson", "1 feature");
  await facts("track.gpx", "2 points");
  await facts("antimeridian.geojson", "1 feature");
});

screen("places are drawn, and listed with their properties", "data/coast.geojson", async (page) => {
  await page.locator(".map-place canvas").first().waitFor();
  await page.getByRole("button", { name: "Lantern Rock" }).click();
  await page.locator(".map-details dd", { hasText: "2.04" }).waitFor();
  await page.getByRole("button", { name: "Zoom in" }).click();
});

test("nothing of a map is asked of anybody else", { timeout: 60_000 }, async () => {
  const page = await newPage(world.browser);
  const asked = [];
  page.on("request", (request) => asked.push(new URL(request.url()).origin));
  await open(page, shareUrl(world.published, "data/coast.geojson"));
  await page.locator(".map-place canvas").first().waitFor();
  assert.deepEqual(asked.filter((origin) => origin !== shareOrigin), []);
  await page.context().close();
});

screen("a ZIP is a tree, its files open and are saved", "data/gauges.zip", async (page) => {
  await page.locator("summary", { hasText: "2025-03" }).click();
  await page.getByRole("button", { name: "20.csv", exact: true }).click();
  await page.locator(".archive-preview", { hasText: "Gull Harbour" }).waitFor();
  await page.getByRole("button", { name: "mark.svg", exact: true }).click();
  await page.waitForFunction(() => document.querySelector(".archive-preview img")?.naturalWidth > 0);
  const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Save README.md" }).click()]);
  assert.match(readFileSync(await download.path(), "utf8"), /^# Gauges/);
});

screen("every member of a gzip is read, and names are what they were", "cases/35-multi-member-gzip/calls.vcf.gz", async (page, published) => {
  await page.locator(".archive-preview", { hasText: "chrEND\t999999" }).waitFor();
  await open(page, shareUrl(published, "cases/34-zip-names/dos-cp437.zip"));
  await page.getByText("ñandú.csv").waitFor();
  await page.locator("summary", { hasText: "Übung" }).waitFor();
});

screen("an archive that is cut off says so, and a bomb is only begun", "cut.zip", async (page, published) => {
  await page.locator("main .part-problem", { hasText: "no directory" }).waitFor();
  await open(page, shareUrl(published, "bomb.gz"));
  await page.getByText("packed by itself").waitFor();
});

screen("without WebGL a body has its measures", "models/drum.stl", async (page) => {
  if ((await page.locator(".model-canvas").count()) === 0) await page.locator("main .part-problem", { hasText: "WebGL" }).waitFor();
  await page.locator(".model-facts", { hasText: "2 × 2 × 0.44 · 2,048 triangles" }).waitFor();
});

test("bodies are drawn and turned, and their parts come from the share alone", { timeout: 180_000 }, async () => {
  const browser = await launch(["--use-angle=swiftshader", "--enable-unsafe-swiftshader"]);
  const page = await newPage(browser);
  const asked = [];
  page.on("request", (request) => asked.push(request.url()));
  for (const name of ["drum.gltf", "drum.stl", "buoy.obj"]) {
    await open(page, shareUrl(world.published, `models/${name}`));
    const drawn = () => page.locator(".model-canvas").evaluate((canvas) => Number(canvas.dataset.drawn ?? 0));
    await page.waitForFunction(() => Number(document.querySelector(".model-canvas")?.dataset.drawn) > 0);
    const before = await drawn();
    await page.locator(".model-canvas").focus();
    await page.keyboard.press("ArrowLeft");
    await page.waitForFunction((before) => Number(document.querySelector(".model-canvas").dataset.drawn) > before, before);
  }
  const models = async (name, text) => {
    await open(page, shareUrl(world.published, `cases/${name}`));
    await page.locator("main", { hasText: text }).waitFor();
  };
  await models("36-stl-variants/ascii-upper.stl", "20 × 10 × 5 · 4 triangles");
  await models("37-obj-colours/lines-only.obj", "lines: 4");
  await models("37-obj-colours/painted.obj", "12 triangles");
  assert.equal(await page.locator(".model-missing").count(), 0);
  // A side of the cube is red, and another blue: clay is neither.
  const hasBoth = await page.waitForFunction(() => {
    const canvas = document.querySelector(".model-canvas");
    const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext("2d");
    canvas.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowLeft" }));
    return new Promise((resolve) => requestAnimationFrame(() => {
      copy.drawImage(canvas, 0, 0);
      const { data } = copy.getImageData(0, 0, canvas.width, canvas.height);
      let [red, blue] = [0, 0];
      for (let at = 0; at < data.length; at += 4) {
        if (data[at] > 2 * data[at + 2] && data[at + 3] > 200) red += 1;
        if (data[at + 2] > 2 * data[at] && data[at + 3] > 200) blue += 1;
      }
      resolve(red > 100 && blue > 100);
    }));
  });
  await hasBoth.dispose();
  await models("compiled.obj", "object file of a compiler");
  await open(page, shareUrl(world.published, "far.gltf"));
  await page.locator("main", { hasText: "is not in this share" }).waitFor();
  assert.deepEqual(asked.filter((url) => !url.startsWith(shareOrigin) && !url.startsWith("blob:")), []);
  await browser.close();
});
