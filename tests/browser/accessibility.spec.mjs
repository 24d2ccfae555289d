// Every kind of page under axe-core's rules for WCAG 2.2 A and AA, in light, dark and on a phone. What a sandboxed frame draws
// is its author's.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { after, before, test } from "node:test";
import { welcome } from "./fixture.mjs";
import { launch, newPage, open, publish, settled, shareUrl } from "./world.mjs";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];

/** One of each kind; the walk has the rest. */
const PAGES = JSON.parse(readFileSync(new URL("accessible-pages.json", import.meta.url), "utf8"));

let browser;
let published;
before(async () => {
  browser = await launch();
  published = publish(welcome, ["--title", "Waves", "--description", "A **small** share"]);
});
after(() => browser.close());

/** What axe finds, in words that lead to it. */
async function violations(page) {
  await page.evaluate(axe);
  const found = await page.evaluate(async (tags) => {
    const { violations } = await globalThis.axe.run(document, { runOnly: { type: "tag", values: tags }, iframes: false, resultTypes: ["violations"] });
    // pdf.js says a tagged PDF's own structure in roles; which of its rows stand in groups without a role is its author's.
    const isAuthors = (id, [selector]) => id === "aria-required-children" && document.querySelector(selector)?.closest(".structTree") != null;
    for (const violation of violations) violation.nodes = violation.nodes.filter(({ target }) => !isAuthors(violation.id, target));
    return violations;
  }, RULES);
  // Rules that axe itself calls experimental say more of axe than of the page.
  const settledRules = found.filter(({ tags }) => !tags.includes("experimental"));
  return settledRules.flatMap(({ id, nodes }) => nodes.slice(0, 5).map((node) => `${id}: ${node.target.flat().join(" ")} ${node.failureSummary?.split("\n").slice(1, 3).join(" ")}`));
}

const LOOKS = [
  ["in light", { colorScheme: "light" }],
  ["in dark", { colorScheme: "dark" }],
  ["on a phone", { colorScheme: "light", viewport: { width: 360, height: 740 }, hasTouch: true }],
];

for (const [look, options] of LOOKS) {
  test(`every kind of page keeps to WCAG 2.2 AA ${look}`, { timeout: 240_000 }, async () => {
    const page = await newPage(browser, { reducedMotion: "reduce", ...options });
    const found = [];
    for (const path of PAGES) {
      await open(page, shareUrl(published, path));
      await page.locator("#around button").first().waitFor();
      found.push(...(await violations(page)).map((violation) => `${path || "the root"}: ${violation}`));
    }
    assert.deepEqual(found, []);
    await page.context().close();
  });
}

test("the share dialog keeps to them, too", { timeout: 60_000 }, async () => {
  const page = await newPage(browser);
  await open(page, shareUrl(published));
  await page.getByRole("button", { name: "Share", exact: true }).click();
  await page.getByRole("dialog").waitFor();
  assert.deepEqual(await violations(page), []);
  await page.context().close();
});

test("a page that is not there keeps to them, too", { timeout: 60_000 }, async () => {
  const page = await newPage(browser);
  await page.goto(shareUrl(published, "no/such/file"));
  await settled(page);
  await page.getByRole("alert").waitFor();
  assert.deepEqual(await violations(page), []);
  await page.context().close();
});
