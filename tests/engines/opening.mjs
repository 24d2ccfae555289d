// Every file and folder of whole shares opens, is drawn, and leaves no error: the project's own example, and whatever VITRINE_CORPUS
// names. And what a page shows that cannot start.

import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { frameOrigin, publish, shareOrigin, shareUrl } from "../browser/world.mjs";
import { isSettled, linesOfCode, until } from "./seam.mjs";

const welcome = join(import.meta.dirname, "../../examples/welcome");
const corpus = process.env.VITRINE_CORPUS;

/** What cannot be shown, and why; each must say so on its page. */
const UNSHOWABLE = new Map([["hostile/SVG_XSS1.svg", "it is not well-formed XML"]]);

/** Files and folders below, as a publish carries them. */
function below(root, folder = "") {
  return readdirSync(join(root, folder), { withFileTypes: true })
    .filter((entry) => !entry.name.startsWith("."))
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      return entry.isDirectory() ? [path, ...below(root, path)] : [path];
    });
}

/** In the page: what of it is wrong, and what says that it could not be shown. */
function look() {
  const failed = [...document.querySelectorAll("main [data-rendered=failed], main .part-problem[role=alert]")];
  const wrong = [];
  if (document.querySelector("main .problem")) wrong.push(`it is a problem page: ${document.querySelector("main .problem").innerText}`);
  if (document.title.trim() === "") wrong.push("it has no title");
  if (!document.querySelector("#app main h1")) wrong.push("it has no heading of the viewer's");
  return { wrong, failed: failed.map((part) => part.innerText) };
}

/** The console's errors of other origins are the content's: a notebook may ask for a library that is not there. */
const isOurs = (fault) => fault.startsWith("uncaught") || !/\(\S+\)$/.test(fault) || fault.includes(`(${shareOrigin}`);

async function walk(tab, root) {
  const published = publish(root);
  const paths = ["", ...below(root)];
  const wrong = [];
  for (const path of paths) {
    const say = (what) => wrong.push(`${path}: ${what}`);
    try {
      await tab.goto(shareUrl(published, path));
      await until(tab, isSettled, [], () => `${path} to be drawn`);
      const seen = await tab.evaluate(look);
      seen.wrong.forEach(say);
      if (!UNSHOWABLE.has(path)) seen.failed.forEach((text) => say(`not shown: ${text}`));
      else if (seen.failed.length === 0) say(`it is shown, though ${UNSHOWABLE.get(path)}`);
    } catch (error) {
      say(error.message);
    }
    tab.faults.splice(0).filter(isOurs).forEach(say);
  }
  assert.deepEqual(wrong, []);
  assert.ok(paths.length > 1);
}

export function opening(screen) {
  screen("every file of examples/welcome opens", (tab) => walk(tab, welcome), { timeout: 300_000 });
  if (corpus) screen("every file of the corpus opens", (tab) => walk(tab, corpus), { timeout: 600_000 });
  else test("every file of the corpus opens", { skip: "VITRINE_CORPUS names no folder" });

  screen("code, a notebook's outputs, a document and a film are really there", async (tab) => {
    const published = publish(welcome);
    const shows = async (path, f) => {
      await tab.goto(shareUrl(published, path));
      await until(tab, f, [], () => `what ${path} shows`);
    };
    await shows("code/dispersion.py", linesOfCode);
    await shows("paper/standing-waves.pdf", () => document.querySelector(".pdfViewer canvas")?.width > 100);
    await shows("images/mark.svg", () => document.querySelector("main img")?.naturalWidth > 0);
    await shows("media/travelling-wave.webm", () => document.querySelector("video")?.duration > 0.5);
    await shows("data/tides.csv", () => document.querySelectorAll("main [role=row], main table tr").length > 5);
    await shows("notebooks/waves.ipynb", () => {
      document.querySelector(".output-frame-place")?.scrollIntoView();
      return document.querySelector("iframe.output-frame")?.clientHeight > 20;
    });
    await shows("interactive/index.html", () => document.querySelector("iframe.html-file") !== null);
    // A document in the frame runs its own scripts there.
    const drawn = await untilWithin(tab, frameOrigin, () => {
      const canvas = document.querySelector("canvas");
      return canvas?.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data.some((value) => value !== 0);
    });
    assert.ok(drawn);
  });
}

/** Waits until `f` is true in the first frame that has a canvas. */
async function untilWithin(tab, origin, f) {
  const end = Date.now() + 20_000;
  while (Date.now() < end) {
    if (await tab.within(() => parent !== window && document.querySelector("canvas") !== null, f).catch(() => false)) return true;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`nothing is drawn in the frame of ${origin}`);
}
