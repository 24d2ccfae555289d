// Every file and folder of whole shares opens, is drawn, and leaves no error: the project's own example, and whatever
// VITRINE_CORPUS names.

import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { launch, newPage, open, publish, shareUrl } from "./world.mjs";

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser.close());

/** Files and folders below, as a publish carries them. */
function below(root, folder = "") {
  return readdirSync(join(root, folder), { withFileTypes: true })
    .filter((entry) => !entry.name.startsWith("."))
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      return entry.isDirectory() ? [path, ...below(root, path)] : [path];
    });
}

/** What cannot be shown, and why; each must say so on its page. */
const UNSHOWABLE = new Map([["hostile/SVG_XSS1.svg", "it is not well-formed XML"]]);

/** The parts of a page that say that they could not be shown. */
const failures = (page) => page.locator("main [data-rendered=failed], main .part-problem[role=alert]").allInnerTexts();

/** What is wrong with one page. */
async function wrongWith(page, path) {
  const wrong = page.faults.splice(0);
  const failed = await failures(page);
  if ((await page.locator("main .problem").count()) > 0) wrong.push("it is a problem page");
  if ((await page.title()).trim() === "") wrong.push("it has no title");
  if (!UNSHOWABLE.has(path)) wrong.push(...failed.map((text) => `not shown: ${text}`));
  else if (failed.length === 0) wrong.push(`it is shown, though ${UNSHOWABLE.get(path)}`);
  return wrong.map((what) => `${path}: ${what}`);
}

async function walk(root) {
  const published = publish(root);
  const page = await newPage(browser);
  const paths = ["", ...below(root)];
  const wrong = [];
  for (const path of paths) {
    await open(page, shareUrl(published, path)).catch((error) => wrong.push(`${path}: ${error.message}`));
    wrong.push(...(await wrongWith(page, path)));
  }
  assert.deepEqual(wrong, []);
  assert.ok(paths.length > 1);
}

const welcome = join(import.meta.dirname, "../../examples/welcome");
test("every file of examples/welcome opens", { timeout: 300_000 }, () => walk(welcome));

const corpus = process.env.VITRINE_CORPUS;
test("every file of the corpus opens", { timeout: 600_000, skip: corpus ? false : "VITRINE_CORPUS names no folder" }, () => walk(corpus));
