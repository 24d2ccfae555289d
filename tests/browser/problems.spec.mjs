// A proper page for each thing that can go wrong.

import assert from "node:assert/strict";
import { test } from "node:test";
import { screens, welcome, wide } from "./fixture.mjs";
import { newPage, open, publish, settled, shareOrigin, shareUrl } from "./world.mjs";

const { screen, world } = screens(welcome);
const failure = (page) => page.locator(".problem").getAttribute("data-failure");
/** The browser itself reports an answer of 404 or 500 as an error of the page's. */
const statuses = { faults: [/Failed to load resource: .*(404|500|501|503|ERR_)/] };

screen("a path that is not there leads back up", "code/missing/file.txt", async (page) => {
  assert.equal(await failure(page), "path-not-found");
  const up = page.locator(".problem a");
  assert.deepEqual(await up.allInnerTexts(), ["Go up to “code”", "Go to the start of this share"], "the nearest folder that is there");
  await up.first().click();
  await page.waitForURL("**/code");
  await page.locator("table.listing").waitFor();
}, statuses);

screen("a path of which nothing is there leads to the start", "no/such/folder", async (page) => {
  assert.deepEqual(await page.locator(".problem a").allInnerTexts(), ["Go up to the start of this share"]);
}, statuses);

screen("a share that is not there", () => `${shareOrigin}/e0000000000000000000000000/`, async (page) => {
  assert.equal(await failure(page), "share-not-found");
  assert.ok((await page.title()).length > 0);
}, statuses);

screen("an address that is none", () => `${shareOrigin}/no-share-at-all`, async (page) => {
  assert.equal(await page.locator(".problem").count(), 1);
}, statuses);

/** Answers requests that match with a problem. */
async function withProblem(page, pattern, status, code) {
  const body = { type: `urn:vitrine:problem:${code}`, title: "t", status, code, detail: "d", request_id: "r-1" };
  await page.route(pattern, (route) => route.fulfill({ status, contentType: "application/problem+json", body: JSON.stringify(body) }));
}

/** From its next load on, the page comes without its metadata, as one that is too large to bring it does. */
const withoutData = (page) =>
  page.addInitScript(() => {
    const take = () => document.getElementById("vitrine-data")?.remove();
    new MutationObserver(take).observe(document, { childList: true, subtree: true });
  });

/** The same, then loads the page anew. */
async function withAnswer(page, pattern, status, code) {
  await withProblem(page, pattern, status, code);
  await withoutData(page);
  await page.reload();
  await settled(page);
}

for (const [status, code, expected] of [
  [404, "snapshot_not_found", "snapshot-gone"],
  [404, "path_not_found", "snapshot-gone"],
  [501, "unsupported_version", "newer-version"],
  [403, "forbidden", "forbidden"],
  [500, "corrupt", "corrupt"],
  [503, "store_unavailable", "server"],
]) {
  screen(`the server says ${code}`, "", async (page) => {
    await withAnswer(page, "**/manifests/*", status, code);
    assert.equal(await failure(page), expected);
    assert.equal(await page.locator(".problem h1").count(), 1);
  }, { faults: [/Failed to load resource/] });
}

test("a listing that is gone is a snapshot that is gone", { timeout: 60_000 }, async () => {
  const page = await newPage(world.browser);
  await withProblem(page, "**/extents/**", 404, "path_not_found");
  await open(page, shareUrl(publish(wide()), "wide"));
  assert.equal(await failure(page), "snapshot-gone");
  await page.getByRole("button", { name: "Reload" }).waitFor();
});

screen("offline, then back", "", async (page) => {
  await page.route("**/latest.json", (route) => route.abort("internetdisconnected"));
  await withoutData(page);
  await page.reload();
  await settled(page);
  assert.equal(await failure(page), "offline");
  await page.unroute("**/latest.json");
  await page.getByRole("button", { name: "Try again" }).click();
  await page.locator("table.listing").waitFor();
}, { faults: [/Failed to load resource/] });

/** Opens a path in a browser in which the viewer cannot start, because its wasm does not come. */
async function withoutWasm(published, path) {
  const page = await newPage(world.browser);
  await page.route("**/_assets/app-*.wasm", (route) => route.abort());
  await page.goto(shareUrl(published, path), { waitUntil: "load" });
  await page.getByText("The viewer could not start").waitFor();
  return page;
}

test("a page that cannot start keeps what came with it, and says so", { timeout: 60_000 }, async () => {
  const page = await withoutWasm(world.published, "");
  assert.ok((await page.locator("table.listing tbody .name a").count()) > 3, "the rows are there");
  assert.equal(await page.locator("main .heading h1").count(), 1);
  assert.equal(await page.locator("main").count(), 1);
  await page.getByRole("alert").getByText("current browser with WebAssembly").waitFor();
  assert.equal(await page.getByText("Loading…").count(), 0, "nothing waits any more");
  await page.context().close();
});

test("a gated page that cannot start has nothing to keep, and says so", { timeout: 60_000 }, async () => {
  const page = await withoutWasm({ share_id: "e0000000000000000000000000" }, "");
  assert.equal(await page.locator("main.problem h1").innerText(), "The viewer could not start");
  await page.context().close();
});
