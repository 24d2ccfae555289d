// Pictures, sounds, films, captions and PDFs that mean harm: vectors as their names, and in everything that they have for text.
// The watch is that of hostile.spec.mjs.

import assert from "node:assert/strict";
import { copyFileSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { welcome } from "./fixture.mjs";
import { vectors } from "./hostile-share.mjs";
import { SANDBOX, walk, watching } from "./hostile-watch.mjs";
import { makePdf } from "./pdf-maker.mjs";
import { frameOrigin, launch, publish, shareUrl } from "./world.mjs";

/** Those that every machine has, and some of the long list. */
const some = vectors.slice(0, 60);
const latin = some.filter((vector) => !/[^\x20-\x7e]/.test(vector));

/** A vector as the name of a file: no slash, no dot at its beginning, and short enough. */
function nameOf(vector, ending) {
  const cut = [...vector.replaceAll("\0", "").replaceAll("/", "\u2215").replace(/^\./, "_")];
  while (Buffer.byteLength(cut.join("")) > 220) cut.pop();
  return `${cut.join("")}${ending}`;
}

const PIXEL = Buffer.from("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII=", "base64");
const svg = (inside) => `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="9" height="9" onload="alert('load')"><script>alert('script')</script><desc><![CDATA[${inside.replaceAll("]]>", "")}]]></desc><foreignObject width="9" height="9"><div xmlns="http://www.w3.org/1999/xhtml"><img src="x" onerror="alert('foreign')"/></div></foreignObject></svg>`;
const vtt = `WEBVTT\n\n${some.map((vector, n) => `${n}\n00:00.000 --> 00:09.000\n${vector.replaceAll("-->", "").replace(/\s+/g, " ")}`).join("\n\n")}\n`;

const document = () => {
  const links = latin.slice(0, 15).flatMap((vector) => {
    const text = vector.replace(/[\\()]/g, "\\$&");
    return [`/A << /S /URI /URI (${text}) >>`, `/A << /S /JavaScript /JS (${text}) >>`, `/Contents (${text}) /A << /S /URI /URI (javascript:${text}) >>`];
  });
  const catalog = "/OpenAction << /S /JavaScript /JS (app.alert\\('open'\\)) >> /AA << /WC << /S /JavaScript /JS (app.alert\\('close'\\)) >> >>";
  return makePdf({ pages: latin.slice(0, 10), links, outline: latin.map((vector) => [vector, 1]), catalog });
};

let browser;
let share;
const paths = [];
before(async () => {
  browser = await launch();
  const folder = mkdtempSync(join(tmpdir(), "vitrine-hostile-media-"));
  const write = (name, content) => {
    if (!paths.includes(name)) paths.push(name);
    writeFileSync(join(folder, name), content);
  };
  for (const vector of some) {
    write(nameOf(vector, ".png"), PIXEL);
    write(nameOf(vector, ".svg"), svg(vector));
    write(nameOf(vector, ".tiff"), "II*\0\xff");
  }
  for (const vector of some.slice(0, 12)) {
    write(nameOf(vector, ".mp4"), Buffer.from("\0\0\0\x18ftypmp42\0\xff\xfe", "latin1"));
    write(nameOf(vector, ".pdf"), makePdf({ pages: ["x"], password: "x" }));
  }
  for (const vector of some.slice(0, 4)) {
    const name = nameOf(vector, ".wav");
    paths.push(name);
    copyFileSync(join(welcome, "media/beats.wav"), join(folder, name));
  }
  copyFileSync(join(welcome, "media/beats.wav"), join(folder, "sound.wav"));
  writeFileSync(join(folder, "sound.vtt"), vtt);
  writeFileSync(join(folder, "document.pdf"), document());
  share = publish(folder);
});
after(() => browser.close());

const long = { timeout: 300_000 };
const lookOver = (page) => page.evaluate((looking) => globalThis.vitrineLookOver(looking), { sandbox: SANDBOX, frameOrigin });

test("every vector as the name of a picture, a drawing, a sound, a film and a protected document", long, () =>
  watching(browser, (context) => walk(context, share, paths)));

test("every vector as a caption", long, () =>
  watching(browser, async (context) => {
    const page = await context.page();
    await context.open(page, shareUrl(share, "sound.wav"));
    await page.getByText("Transcript").click();
    await page.locator(".cue").first().waitFor();
    await page.locator("audio").evaluate((audio) => (audio.currentTime = 1));
    assert.ok((await page.locator(".cue").count()) > 10);
    assert.deepEqual(await lookOver(page), []);
  }));

test("every vector in the contents, the links and the text of a PDF", long, () =>
  watching(browser, async (context) => {
    const page = await context.page();
    await context.open(page, shareUrl(share, "document.pdf"));
    await page.locator(".annotationLayer section").first().waitFor();
    await page.getByRole("button", { name: "Sidebar" }).click();
    await page.locator(".pdf-outline a").first().waitFor();
    assert.deepEqual(await lookOver(page), []);
    // What leads somewhere by a script, if it does.
    for (const link of await page.locator(".annotationLayer a:not([href^=http])").all()) await link.dispatchEvent("click");
    assert.deepEqual(await lookOver(page), []);
  }));

test("every vector in a gallery, and among what the finder finds", long, () =>
  watching(browser, async (context) => {
    const page = await context.page();
    await context.open(page, `${shareUrl(share)}?layout=grid`);
    await page.locator(".grid img").first().waitFor();
    assert.deepEqual(await lookOver(page), []);
    await page.keyboard.press("t");
    for (const letters of ["alert", "<", "\"", "&", "javascript:"]) {
      await page.getByRole("dialog").getByRole("combobox").fill(letters);
      const found = (letters) => [...document.querySelectorAll("[role=option]:first-child mark")].map((mark) => mark.textContent).join("").toLowerCase() === letters;
      await page.waitForFunction(found, letters);
      assert.deepEqual(await lookOver(page), [], letters);
    }
  }));
