// One browser and one published share for a spec file, and a test that fails on any fault of the page.

import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { launch, newPage, open, publish, shareUrl } from "./world.mjs";

export const welcome = join(import.meta.dirname, "../../examples/welcome");

/** A folder whose subfolder `wide` is too wide to be listed in the manifest: opening it asks for a listing. */
export function wide(name = (n) => `${n}.txt`, content = () => "x") {
  const folder = mkdtempSync(join(tmpdir(), "vitrine-wide-"));
  mkdirSync(join(folder, "wide"));
  for (let n = 0; n < 2000; n += 1) writeFileSync(join(folder, "wide", name(String(n).padStart(4, "0"))), content(n));
  return folder;
}

/** Publishes `folder` once; `screen(name, path, check)` opens a path of it and ends with a page without faults. */
export function screens(folder, flags = []) {
  let browser;
  const world = {};
  before(async () => {
    browser = await launch();
    world.published = publish(typeof folder === "function" ? folder() : folder, flags);
    world.browser = browser;
  });
  after(() => browser.close());
  const screen = (name, path, check, { options = {}, faults = [] } = {}) =>
    test(name, { timeout: 60_000 }, async () => {
      const page = await newPage(browser, options);
      await open(page, typeof path === "function" ? path(world.published) : shareUrl(world.published, path));
      await check(page, world.published);
      const unexpected = page.faults.filter((fault) => !faults.some((expected) => expected.test(fault)));
      assert.deepEqual(unexpected, []);
      await page.context().close();
    });
  return { world, screen };
}
