// What the page of an open share brings with it: nothing that it says already is asked for again.

import assert from "node:assert/strict";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { screens, welcome, wide } from "./fixture.mjs";
import { newPage, open, publish, settled, shareUrl } from "./world.mjs";

const { world } = screens(welcome);

/** Opens a path and returns what was asked of the data routes until it was drawn, each without the share. */
async function asked(published, path, act = async () => {}) {
  const page = await newPage(world.browser);
  const [requests, told] = [[], []];
  page.on("request", (request) => {
    const found = /\/~[^/]*\/[0-9a-z]{26}\/(.*)$/.exec(new URL(request.url()).pathname);
    if (found?.[1] === "events") told.push(request.postData());
    else if (found) requests.push(found[1].replace(/[0-9A-Z]{26}|[0-9a-f]{64}/, "ID"));
  });
  await open(page, shareUrl(published, path));
  await act(page, requests);
  assert.deepEqual(page.faults, []);
  assert.deepEqual(told, ['{"view":true}'], "the gateway hears once that the share was opened");
  await page.context().close();
  return requests;
}

test("a folder is drawn from the page alone", { timeout: 60_000 }, async () => {
  assert.deepEqual(await asked(world.published, "code"), []);
});

test("a file asks for its own bytes and for nothing else", { timeout: 60_000 }, async () => {
  assert.deepEqual(await asked(world.published, "code/dispersion.py"), ["files/ID/code/dispersion.py"]);
});

test("what a file's renderer needs is on its way with the page", { timeout: 60_000 }, async () => {
  await asked(world.published, "paper/standing-waves.pdf", async (page) => {
    const hints = await page.locator("link[rel=modulepreload]").evaluateAll((links) => links.map((link) => new URL(link.href).pathname));
    assert.ok(hints.some((path) => /^\/_assets\/pdf-\w+\.js$/.test(path)), hints.join(" "));
    // The worker comes last and by a link, so all of them were asked for by the page, before the renderer was there to ask.
    const [script, sheet, worker] = await page.evaluate(() => {
      const of = (pattern) => performance.getEntriesByType("resource").find((entry) => pattern.test(entry.name)).toJSON();
      return [/\/pdf-\w+\.js$/, /\/pdf-\w+\.css$/, /\/pdf\.worker-\w+\.mjs$/].map(of);
    });
    assert.equal(worker.initiatorType, "link");
    for (const { name, startTime } of [script, sheet]) assert.ok(startTime <= worker.startTime, `${name} at ${startTime} ms, the worker at ${worker.startTime} ms`);
  });
});

test("a document and what parses it are on their way with the page, and each is fetched once", { timeout: 60_000 }, async () => {
  const requests = await asked(world.published, "notebooks/waves.ipynb", async (page) => {
    const found = await page.evaluate(() => {
      const of = (pattern) => performance.getEntriesByType("resource").filter((entry) => pattern.test(entry.name));
      const [viewer] = of(/app-\w+\.wasm$/);
      return [/waves\.ipynb\?whole$/, /documents-\w+\.wasm$/].map((pattern) => of(pattern).map(({ startTime }) => startTime < viewer.responseEnd));
    });
    assert.deepEqual(found, [[true], [true]]);
  });
  assert.deepEqual(requests.filter((rest) => rest.endsWith("waves.ipynb")), ["files/ID/notebooks/waves.ipynb"]);
});

test("folders further in are fetched when somebody goes there", { timeout: 60_000 }, async () => {
  // Too wide to come with the page.
  const published = publish(wide((n) => `a name that is long enough to make the listing heavy, ${n}.txt`));
  const requests = await asked(published, "", async (page, sofar) => {
    assert.deepEqual(sofar, []);
    await page.getByRole("link", { name: "wide", exact: true }).first().click();
    await page.locator("table.listing").getByText("0001.txt").first().waitFor();
  });
  assert.ok(requests.length > 0 && requests.every((rest) => /^extents\/ID\/\d+\/\d+$/.test(rest)), requests.join(" "));
});

test("a wide folder's listing is on its way with the page, and is fetched once", { timeout: 60_000 }, async () => {
  const published = publish(wide((n) => `a name that is long enough to make the listing heavy, ${n}.txt`));
  const requests = await asked(published, "wide", async (page) => {
    const [listing, viewer] = await page.evaluate(() => {
      const of = (pattern) => performance.getEntriesByType("resource").find((entry) => pattern.test(entry.name));
      return [of(/\/extents\//).startTime, of(/app-\w+\.wasm$/).responseEnd];
    });
    assert.ok(listing < viewer, `${listing} ms, and the viewer was there after ${viewer} ms`);
  });
  assert.ok(requests.length === 1 && requests[0].startsWith("extents/"), requests.join(" "));
});

test("what the gateway writes is where the viewer's own will be", { timeout: 60_000 }, async () => {
  for (const [path, parts] of [
    ["", ["h1", ".listing td.name >> nth=2", ".readme-name"]],
    ["code", ["h1", ".listing td.name >> nth=-1"]],
    ["README.md", ["h1"]],
    ["notebooks/waves.ipynb", ["h1", ".cell p"]],
  ]) {
    const places = [];
    for (const scripts of [false, true]) {
      const page = await newPage(world.browser);
      const url = shareUrl(world.published, path);
      // Kept away, not turned off: a reader without scripts sees a line more, above all else.
      if (!scripts) await page.route(/\/_assets\/.*\.js$/, (route) => route.abort());
      await (scripts ? open(page, url) : page.goto(url));
      const boxes = parts.map((part) => page.locator(`main >> ${part}`).first().boundingBox());
      places.push((await Promise.all(boxes)).map(({ x, y }) => [Math.round(x), Math.round(y)]));
      assert.equal(await page.locator("#first").count(), scripts ? 0 : 1);
      await page.context().close();
    }
    // The same, but for the rounding of a row's height, down to the first picture or formula.
    const apart = places[0].map(([x, y], n) => Math.max(Math.abs(x - places[1][n][0]), Math.abs(y - places[1][n][1])));
    assert.ok(apart.every((pixels) => pixels <= 1), `${path}: ${JSON.stringify(places)}`);
  }
});

test("without scripts there are rows, a text, and ways on", { timeout: 60_000 }, async () => {
  const page = await newPage(world.browser, { javaScriptEnabled: false });
  await page.goto(shareUrl(world.published));
  await page.getByText("Waves: a short course").first().waitFor();
  await page.getByRole("link", { name: "code", exact: true }).click();
  await page.getByRole("link", { name: "dispersion.py" }).waitFor();
  await page.context().close();
});

test("a reader stays on the snapshot of the page", { timeout: 60_000 }, async () => {
  const requests = await asked(world.published, "code", async (page) => {
    await page.getByRole("link", { name: "dispersion.py" }).click();
    await page.locator(".cm-content").waitFor();
    await page.goBack();
    await page.locator("table.listing").waitFor();
  });
  assert.deepEqual(requests, ["files/ID/code/dispersion.py"]);
});

test("what came of a file stays until its renderer has drawn it", { timeout: 60_000 }, async () => {
  for (const [path, part] of [["notebooks/waves.ipynb", ".notebook .cell-text"], ["README.md", ".content .prose"], ["", ".readme .prose"]]) {
    const page = await newPage(world.browser);
    let go = () => {};
    const held = new Promise((resolve) => (go = resolve));
    await page.route(/\?whole$/, async (route) => {
      await held;
      await route.continue();
    });
    await page.goto(shareUrl(world.published, path));
    await page.locator("#app main").waitFor();
    assert.equal(await page.locator("#first").count(), 0);
    assert.equal(await page.locator("main [data-rendered=pending]").count(), 1, path);
    const before = await page.locator(`main ${part}`).first().innerText();
    assert.match(before, /\w{4}/, `${path}: there is something to read meanwhile`);
    go();
    await settled(page);
    assert.ok((await page.locator("main").innerText()).includes(before.split("\n")[0]), path);
    assert.deepEqual(page.faults, []);
    await page.context().close();
  }
});

test("a README without a contents list is drawn where it was written", { timeout: 60_000 }, async () => {
  const folder = mkdtempSync(join(tmpdir(), "vitrine-readme-"));
  writeFileSync(join(folder, "README.md"), "# Short\n\nA text.\n");
  const published = publish(folder);
  const places = [];
  for (const scripts of [false, true]) {
    const page = await newPage(world.browser);
    if (!scripts) await page.route(/\/_assets\/.*\.js$/, (route) => route.abort());
    await (scripts ? open(page, shareUrl(published)) : page.goto(shareUrl(published)));
    const { x, y } = await page.locator(".readme h1").boundingBox();
    const { x: edge } = await page.locator(".readme").boundingBox();
    places.push([Math.round(x), Math.round(y)]);
    assert.ok(x > edge + 8, `${x} in a box that begins at ${edge}`);
    await page.context().close();
  }
  assert.deepEqual(places[0], places[1]);
});
