// Pictures: how large they are shown, their place among the others of their folder, what browsers do not know, and drawings that
// mean harm.

import assert from "node:assert/strict";
import { cpSync, mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { crc32, deflateSync, gzipSync } from "node:zlib";
import { screens, welcome } from "./fixture.mjs";
import { frameOrigin, newPage, open, shareUrl } from "./world.mjs";

/** A grey picture of that size, as PNG. */
function png(width, height) {
  const chunk = (type, data) => {
    const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
    const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
    length.writeUInt32BE(data.length);
    sum.writeUInt32BE(crc32(body));
    return Buffer.concat([length, body, sum]);
  };
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head[8] = 8;
  const rows = Buffer.alloc((width + 1) * height, 0x99);
  for (let y = 0; y < height; y += 1) rows[y * (width + 1)] = 0;
  return Buffer.concat([Buffer.from("\x89PNG\r\n\x1a\n", "latin1"), chunk("IHDR", head), chunk("IDAT", deflateSync(rows, { level: 1 })), chunk("IEND", Buffer.alloc(0))]);
}

const SVG = `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="90" height="60" onload="alert('load')"><script>alert('script'); top.location = 'about:blank'</script><image href="https://evil.invalid/x.png" onerror="alert('image')"/><a xlink:href="javascript:alert('link')"><rect width="90" height="60" fill="#8bc"/></a><foreignObject width="9" height="9"><body xmlns="http://www.w3.org/1999/xhtml"><img src="x" onerror="alert('foreign')"/></body></foreignObject></svg>`;
const HOSTILE = `<img src=x onerror=alert(1)>".png`;

function pictures() {
  const folder = mkdtempSync(join(tmpdir(), "vitrine-pictures-"));
  const write = (name, content) => writeFileSync(join(folder, name), content);
  write("a1.png", png(3000, 1000));
  write("a2.png", png(40, 30));
  write("a10.png", png(60, 40));
  write("big.png", png(10_000, 5_000));
  write("evil.svg", SVG);
  write(HOSTILE, png(20, 20));
  write("broken.jpg", Buffer.from("\xff\xd8\xff\xe0 and then nothing", "latin1"));
  write("scan.tiff", Buffer.from("II*\0\x08\0\0\0\xff\xfe\0", "latin1"));
  write("photo.heic", Buffer.from("\0\0\0\x18ftypheic\0\0\0\0mif1heic\xff", "latin1"));
  write("between.txt", "no picture");
  mkdirSync(join(folder, "drawings"));
  cpSync(join(import.meta.dirname, "../cases/30-svg-files"), join(folder, "drawings"), { recursive: true });
  write("drawings/packed.svgz", gzipSync(`<svg xmlns="http://www.w3.org/2000/svg" width="70" height="50"><rect width="70" height="50" fill="#c00"/></svg>`));
  return folder;
}

const { screen, world } = screens(pictures);
const { screen: sample } = screens(welcome);

const shown = (page) => page.waitForFunction(() => document.querySelector(".image-shown img")?.naturalWidth > 0);
const widthIs = (page, width) => page.waitForFunction((wanted) => Math.abs(document.querySelector(".image-stage img").clientWidth - wanted) < 2, width);
const width = (page) => page.locator(".image-stage img").evaluate((one) => one.clientWidth);

sample("a picture has its name, its size and no scroll bars", "images/interference.png", async (page) => {
  await shown(page);
  const stage = page.locator(".image-stage");
  assert.equal(await stage.locator("img").getAttribute("alt"), "interference.png");
  const { naturalWidth, naturalHeight } = await stage.locator("img").evaluate(({ naturalWidth, naturalHeight }) => ({ naturalWidth, naturalHeight }));
  await page.getByText(`${naturalWidth.toLocaleString("en")} × ${naturalHeight.toLocaleString("en")}`).waitFor();
  assert.ok(await stage.evaluate((one) => one.scrollWidth <= one.clientWidth && one.scrollHeight <= one.clientHeight));
});

sample("a drawing is an image from the frame origin", "images/mark.svg", async (page) => {
  await shown(page);
  assert.ok((await page.locator("main img").getAttribute("src")).startsWith(frameOrigin));
});

screen("a picture that is larger than its stage is made to fit, and can be seen at its own size", "a1.png", async (page) => {
  await shown(page);
  const fit = await width(page);
  assert.ok(fit < 1200, `${fit}`);
  await page.getByRole("button", { name: "Actual size" }).click();
  await widthIs(page, 3000);
  await page.keyboard.press("0");
  await widthIs(page, fit);
  await page.keyboard.press("1");
  await widthIs(page, 3000);
  await page.keyboard.press("-");
  await widthIs(page, 2000);
  await page.keyboard.press("+");
  await widthIs(page, 3000);
  await page.getByText("100 %").waitFor();
});

screen("the wheel zooms where the pointer is, and the mouse drags", "a1.png", async (page) => {
  await shown(page);
  const box = await page.locator(".image-stage").boundingBox();
  const at = { x: box.x + box.width / 4, y: box.y + box.height / 2 };
  // Which pixel of the picture is there, across.
  const under = () => page.locator(".image-stage img").evaluate((one, x) => ((x - one.getBoundingClientRect().left) / one.clientWidth) * one.naturalWidth, at.x);
  const before = [await under(), await width(page)];
  await page.mouse.move(at.x, at.y);
  for (let n = 0; n < 6; n += 1) await page.mouse.wheel(0, -100);
  await page.waitForFunction((old) => document.querySelector(".image-stage img").clientWidth > 2 * old, before[1]);
  assert.ok(Math.abs((await under()) - before[0]) < 10, `${await under()} instead of ${before[0]}`);
  const scrolled = () => page.locator(".image-stage").evaluate((one) => one.scrollLeft);
  const left = await scrolled();
  await page.mouse.down();
  await page.mouse.move(at.x - 100, at.y, { steps: 4 });
  await page.mouse.up();
  assert.ok(Math.abs((await scrolled()) - left - 100) < 2);
});

screen("two fingers zoom", "a1.png", async (page) => {
  await shown(page);
  const before = await width(page);
  await page.locator(".image-stage").evaluate((stage) => {
    const { left, top } = stage.getBoundingClientRect();
    const touch = (identifier, x) => new Touch({ identifier, target: stage, clientX: left + x, clientY: top + 200 });
    const send = (type, ...touches) => stage.dispatchEvent(new TouchEvent(type, { touches, bubbles: true, cancelable: true }));
    send("touchstart", touch(1, 200), touch(2, 300));
    send("touchmove", touch(1, 150), touch(2, 350));
    send("touchend");
  });
  await widthIs(page, before * 2);
}, { options: { hasTouch: true } });

screen("the pictures of a folder follow one another", "a2.png", async (page) => {
  // In the order of the listing: names with numbers by their value, other files left out. The first one is called `<img…`.
  await page.getByText("3 of 7").waitFor();
  const next = page.getByRole("link", { name: "Next: a10.png" });
  await next.click();
  await page.waitForURL("**/a10.png");
  await page.getByText("4 of 7").waitFor();
  await shown(page);
  await page.keyboard.press("ArrowLeft");
  await page.waitForURL("**/a2.png");
  await page.getByText("3 of 7").waitFor();
  await page.goto(shareUrl(world.published, HOSTILE));
  await page.getByRole("link", { name: "This is the first one" }).waitFor();
  await page.goBack();
  await page.waitForURL("**/a2.png");
});

test("the next picture is fetched in advance", { timeout: 60_000 }, async () => {
  const page = await newPage(world.browser);
  const asked = page.waitForRequest((request) => request.resourceType() === "image" && request.url().endsWith("/a10.png"));
  await open(page, shareUrl(world.published, "a2.png"));
  await asked;
  assert.deepEqual(page.faults, []);
  await page.context().close();
});

screen("fifty million pixels do not stop the page", "big.png", async (page) => {
  await shown(page);
  await page.evaluate(() => {
    window.longest = 0;
    new PerformanceObserver((list) => list.getEntries().forEach(({ duration }) => (window.longest = Math.max(window.longest, duration)))).observe({ type: "longtask" });
  });
  for (const key of ["+", "+", "1", "0"]) await page.keyboard.press(key);
  await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
  const longest = await page.evaluate(() => window.longest);
  // Decoding it in the page would take seconds.
  assert.ok(longest < 1_000, `a task of ${longest} ms`);
});

screen("a name is text, whatever it holds", HOSTILE, async (page) => {
  await shown(page);
  assert.equal(await page.locator("main img").count(), 1);
  assert.equal(await page.locator("main img").getAttribute("alt"), HOSTILE);
  await page.goto(shareUrl(world.published, "evil.svg"));
  await shown(page);
});

screen("a drawing that means harm is a picture and nothing else", "evil.svg", async (page) => {
  const dialogs = [];
  page.on("dialog", (dialog) => (dialogs.push(dialog.message()), dialog.dismiss()));
  const asked = [];
  page.on("request", (request) => asked.push(request.url()));
  await page.reload();
  await shown(page);
  assert.equal(await page.locator("main svg, main script, main object, main embed, main iframe").count(), 0);
  assert.deepEqual(dialogs, []);
  assert.deepEqual(asked.filter((url) => url.includes("evil.invalid")), []);
});

for (const [name, format] of [["scan.tiff", "TIFF"], ["photo.heic", "HEIC"]]) {
  screen(`${format} says what it is, and is offered to be saved`, name, async (page) => {
    await page.getByText(`This is a picture in the format ${format}`).waitFor();
    const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("link", { name: "Download the file" }).first().click()]);
    assert.equal(download.suggestedFilename(), name);
  });
}

screen("a damaged picture says so", "broken.jpg", async (page) => {
  await page.getByRole("alert").getByText("This picture could not be shown").waitFor();
  await page.getByRole("alert").getByRole("link", { name: "Download the file" }).waitFor();
});

/** The colours of the picture's middle, as the reader sees it. */
const middle = (page) => page.locator(".image-stage img").evaluate(async (picture) => {
  const copy = new OffscreenCanvas(1, 1).getContext("2d");
  await picture.decode();
  copy.drawImage(picture, picture.naturalWidth / 2, picture.naturalHeight / 2, 1, 1, 0, 0, 1, 1);
  return [...copy.getImageData(0, 0, 1, 1).data];
});

screen("a drawing shows the picture beside it, and a packed one is a picture", "drawings/linked-photo.svg", async (page, published) => {
  await page.locator('.image-stage img[src^="data:"]').waitFor();
  assert.equal(await page.locator(".image-missing").count(), 0);
  await open(page, shareUrl(published, "drawings/packed.svgz"));
  await page.locator('.image-shown .image-stage img[src^="data:"]').waitFor();
  assert.deepEqual(await middle(page), [204, 0, 0, 255]);
});
