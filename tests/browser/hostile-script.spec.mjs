// A script of an author's that runs in the sandboxed frame, as it may, and tries every way out of it: it gets at neither the
// viewer nor a token, a store, another frame or another share, and it leads nobody away.

import assert from "node:assert/strict";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { welcome } from "./fixture.mjs";
import { appOrigin, linkWithToken, publishGated, statusOf } from "./gated-world.mjs";
import { attackScript } from "./hostile-attack.mjs";
import { SANDBOX, watching } from "./hostile-watch.mjs";
import { frameOrigin, launch, publish, shareOrigin, shareUrl } from "./world.mjs";

/** Stands in everything that must not be found: another share, a store, a token. */
const CANARY = "canary-c5bf1d";

/** Where a frame may try to go by itself. */
const LEAVING = {
  viewer: `${shareOrigin}/`,
  app: `${appOrigin}/api/v2/health`,
  elsewhere: "https://evil.invalid/",
  data: "data:text/html,<script>alert(1)</script>",
  script: "javascript:document.write('<script>parent.alert(1)</' + 'script>')",
};

const SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><script>alert(1)</script></svg>';
const output = (data) => ({ cell_type: "code", execution_count: 1, metadata: {}, source: "x", outputs: [{ output_type: "display_data", metadata: {}, data }] });

let browser;
let share;
let gatedShare;
let other;
let otherGated;

before(async () => {
  browser = await launch();
  const secret = mkdtempSync(join(tmpdir(), "vitrine-secret-"));
  writeFileSync(join(secret, "secret.txt"), CANARY);
  other = publish(secret, ["--title", CANARY]).share_id;
  otherGated = publishGated(secret).share_id;
  const script = attackScript({
    share: shareOrigin,
    frame: frameOrigin,
    app: appOrigin,
    id: publish(welcome).share_id,
    gated: otherGated,
    absent: `${otherGated.slice(0, -4)}0000`,
  });
  const victim = output({ "text/html": "<p id=victim>untouched</p><script>1</script>" });
  const cells = [victim, output({ "text/html": `<p>An output.</p><script>${script}</script>` }), output({ "application/javascript": script }), victim];
  const folder = mkdtempSync(join(tmpdir(), "vitrine-attack-"));
  const write = (name, content) => writeFileSync(join(folder, name), content);
  write("attack.html", `<!doctype html><title>stolen</title><p>A page.</p><script>${script}</script>`);
  write("attack.ipynb", JSON.stringify({ nbformat: 4, nbformat_minor: 4, metadata: {}, cells }));
  write("drawing.svg", SVG);
  for (const [name, to] of Object.entries(LEAVING)) write(`leaving-${name}.html`, `<script>location = ${JSON.stringify(to)}</script>`);
  share = publish(folder);
  gatedShare = publishGated(folder);
});
after(() => browser.close());

const raw = (origin, path) => `${origin}/~/${share.share_id}/raw/${path}`;

/** A test with a watched context, which fails on anything wrong that was seen in it. */
const watched = (name, work, options = {}) => test(name, { timeout: 120_000 }, () => watching(browser, work, options));

/** A page with something to steal, which has just come from another share and brings a token. */
async function richPage(context, address) {
  const page = await context.page();
  await context.open(page, `${shareOrigin}/${other}/`);
  await page.evaluate((canary) => {
    localStorage.canary = sessionStorage.canary = window.name = canary;
    return new Promise((resolve) => (indexedDB.open(canary).onsuccess = resolve));
  }, CANARY);
  await context.open(page, address);
  await page.evaluate(() => {
    globalThis.heard = [];
    new BroadcastChannel("canary").onmessage = ({ data }) => globalThis.heard.push(data);
  });
  return page;
}

/** What an attack would change in the viewer. */
const standing = (page) =>
  page.evaluate(() => ({
    url: location.href,
    title: document.title,
    names: [window.name, window.stolen],
    stored: [{ ...localStorage }, { ...sessionStorage }],
    frames: [...document.querySelectorAll("iframe")].map((frame) => frame.src),
    heard: globalThis.heard,
  }));

/** The viewer is as it was, and still follows its reader. */
async function isIntact(page, before) {
  assert.deepEqual(await standing(page), before);
  const heights = await page.locator("iframe").evaluateAll((frames) => frames.map((frame) => frame.offsetHeight));
  assert.ok(heights.length > 0 && heights.every((height) => height >= 24 && height <= 2000), `${heights}`);
  await page.locator("ol.crumbs a").first().click();
  await page.locator("table.listing").waitFor();
}

/** What a reader of a share holds that its documents must not know: `eyJ` begins every token. */
const secrets = async (page) => [CANARY, other, "eyJ", ...(await page.evaluate(() => Object.values(sessionStorage)))];

/** Waits for the report of an attack, in which nothing was taken; returns how many attempts were refused. */
async function refusals(frame, secrets, round = 0) {
  const report = frame.locator("pre.report").nth(round);
  await report.waitFor({ state: "attached", timeout: 60_000 });
  const { taken, refused, known } = JSON.parse(await report.textContent());
  assert.deepEqual(taken, []);
  for (const secret of secrets) assert.ok(!known.includes(secret), `the frame knows ${secret}: ${known}`);
  return refused.length;
}

/** A share open to all, to which a reader comes with a token that is none, and one for those with a token alone. */
const readings = [
  ["a public share", (path) => `${shareUrl(share, path)}#token=${CANARY}`],
  ["a gated share", (path) => linkWithToken(gatedShare, path)],
];

for (const [where, addressOf] of readings) {
  watched(`in an HTML file of ${where} gets nothing, even when its reader clicks`, async (context) => {
    const page = await richPage(context, await addressOf("attack.html"));
    const [before, known] = [await standing(page), await secrets(page)];
    const frame = page.frameLocator("iframe.html-file");
    assert.ok((await refusals(frame, known)) > 80);
    await frame.getByRole("button", { name: "again" }).click();
    await refusals(frame, known, 1);
    assert.ok(context.runs.some(({ call }) => call === "alert(attack)"), "the attack was seen");
    await isIntact(page, before);
  });

  watched(`in outputs of a notebook of ${where} gets nothing, not from its neighbours either`, async (context) => {
    const page = await richPage(context, await addressOf("attack.ipynb"));
    const [before, known] = [await standing(page), await secrets(page)];
    const frame = (n) => page.frameLocator(`iframe.output-frame >> nth=${n}`);
    for (const n of [1, 2]) assert.ok((await refusals(frame(n), known)) > 80);
    for (const n of [0, 3]) assert.equal(await frame(n).locator("#victim").innerText(), "untouched");
    await isIntact(page, before);
  });
}

watched("finds a capability in its address that opens its own share on its own origin, and nothing else", async (context) => {
  const page = await context.page();
  await context.open(page, await linkWithToken(gatedShare, "attack.html"));
  const { pathname } = new URL(await page.locator("iframe.html-file").getAttribute("src"));
  assert.match(pathname, /^\/gated\/~[\w-]{47}\//);
  assert.equal(await statusOf(frameOrigin + pathname), 200);
  assert.equal(await statusOf(shareOrigin + pathname.replace("/gated", "")), 401);
  assert.equal(await statusOf(`${frameOrigin}/gated/${pathname.split("/")[2]}/${otherGated}/raw/secret.txt`), 401);
});

watched("in a file opened by itself has no origin, no store and no popup", async (context) => {
  const page = await context.page();
  await context.open(page, raw(frameOrigin, "attack.html"));
  assert.ok((await refusals(page, [CANARY, other])) > 30);
}, { home: frameOrigin });

watched("does not run at all on the share origin", async (context) => {
  const page = await context.page();
  for (const path of ["attack.html", "drawing.svg"]) {
    await context.open(page, raw(shareOrigin, path));
    assert.match(await page.locator("body").innerText(), /<script>/, "it is shown as text");
  }
  assert.deepEqual(context.runs, []);
});

watched("takes its frame nowhere but to the frame origin", async (context) => {
  const page = await context.page();
  for (const name of Object.keys(LEAVING)) {
    await context.open(page, shareUrl(share, `leaving-${name}.html`));
    await page.waitForTimeout(300);
  }
});

watched("is held by the same list in the frame's attribute and in the header", async (context) => {
  const page = await context.page();
  const policies = new Map();
  page.on("response", (response) => policies.set(response.url(), response.headers()["content-security-policy"]));
  for (const [path, frames] of [["attack.html", 1], ["attack.ipynb", 4]]) {
    await context.open(page, shareUrl(share, path));
    // Frames of outputs come when their places are near.
    await page.evaluate(() => scrollTo(0, document.documentElement.scrollHeight));
    await page.waitForFunction((wanted) => document.querySelectorAll("iframe").length >= wanted, frames);
    const lists = await page.locator("iframe").evaluateAll((frames) => frames.map((frame) => [frame.getAttribute("sandbox"), frame.src]));
    assert.equal(lists.length, frames);
    for (const [list, url] of lists) {
      assert.equal(list, SANDBOX);
      // Frames are lazy: the first is in sight, and all of one kind have one address.
      while (!policies.has(url)) await page.waitForEvent("response", { timeout: 20_000 });
      assert.equal(/(?:^|;)\s*sandbox ([^;]*)/.exec(policies.get(url))?.[1], SANDBOX, url);
    }
  }
  await context.open(page, shareUrl(share, "drawing.svg"));
  const drawing = await page.locator("main img").getAttribute("src");
  assert.match(policies.get(drawing), /^sandbox; default-src 'none'; /, "a picture needs no scripts");
});
