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
const UNSHOWABLE = new Map([
]);

/** The parts of a page that say that they could not be shown. */
const failures = (page) => page.locator("main [data-rendered=failed], main .part-problem[role=alert]").allInnerTexts();

async function walk(root) {
  const published = publish(root);
  const page = await newPage(browser);
  const paths = ["", ...below(root)];
  for (const path of paths) {
    await open(page, shareUrl(published, path));
    const heading = await page.locator("main .problem").count();
    assert.equal(heading, 0, `${path} shows a problem page`);
    const failed = await failures(page);
    if (UNSHOWABLE.has(path)) assert.notDeepEqual(failed, [], `${path} is shown, though ${UNSHOWABLE.get(path)}`);
    else assert.deepEqual(failed, [], `${path} is not shown`);
    assert.notEqual((await page.title()).trim(), "", `${path} has no title`);
    assert.deepEqual(page.faults.splice(0), [], `errors while showing \`${path}\``);
  }
  assert.ok(paths.length > 1);
  return paths.length;
}

const welcome = join(import.meta.dirname, "../../examples/welcome");
test("every file of examples/welcome opens", { timeout: 300_000 }, () => walk(welcome));

const corpus = process.env.VITRINE_CORPUS;
test("every file of the corpus opens", { timeout: 600_000, skip: corpus ? false : "VITRINE_CORPUS names no folder" }, () => walk(corpus));
