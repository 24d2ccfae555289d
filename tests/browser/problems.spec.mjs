// A proper page for each thing that can go wrong.

import assert from "node:assert/strict";
import { screens, welcome } from "./fixture.mjs";
import { settled, shareOrigin } from "./world.mjs";

const { screen } = screens(welcome);
const failure = (page) => page.locator(".problem").getAttribute("data-failure");
/** The browser itself reports an answer of 404 or 500 as an error of the page's. */
const statuses = { faults: [/Failed to load resource: .*(404|500|501|503|ERR_)/] };

screen("a path that is not there leads back up", "code/missing/file.txt", async (page) => {
  assert.equal(await failure(page), "path-not-found");
  await page.getByRole("link", { name: "Go to the start of this share" }).click();
  await page.locator("table.listing").waitFor();
}, statuses);

screen("a share that is not there", () => `${shareOrigin}/e0000000000000000000000000/`, async (page) => {
  assert.equal(await failure(page), "share-not-found");
  assert.ok((await page.title()).length > 0);
}, statuses);

screen("an address that is none", () => `${shareOrigin}/no-share-at-all`, async (page) => {
  assert.equal(await page.locator(".problem").count(), 1);
}, statuses);

/** Answers requests that match with a problem, then loads the page anew. */
async function withAnswer(page, pattern, status, code) {
  const body = { type: `urn:vitrine:problem:${code}`, title: "t", status, code, detail: "d", request_id: "r-1" };
  await page.route(pattern, (route) => route.fulfill({ status, contentType: "application/problem+json", body: JSON.stringify(body) }));
  await page.reload();
  await settled(page);
}

for (const [status, code, expected] of [
  [404, "snapshot_not_found", "snapshot-gone"],
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

screen("offline, then back", "", async (page) => {
  await page.route("**/latest.json", (route) => route.abort("internetdisconnected"));
  await page.reload();
  await settled(page);
  assert.equal(await failure(page), "offline");
  await page.unroute("**/latest.json");
  await page.getByRole("button", { name: "Try again" }).click();
  await page.locator("table.listing").waitFor();
}, { faults: [/Failed to load resource/] });
