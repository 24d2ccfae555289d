// Forms of Markdown that only a page shows to be right: pictures as they ask to be, links that are looked up, diagrams of every kind, formulas
// of notebooks, and what comes out on paper. The texts themselves are tested in `viewer/src/markdown`.

import assert from "node:assert/strict";
import { cpSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { screens } from "./fixture.mjs";

const CASES = join(import.meta.dirname, "../cases");
const LONG = "x = call(" + Array.from({ length: 60 }, (_, n) => `argument_${n}=${n}`).join(", ") + ")";

function make() {
  const folder = mkdtempSync(join(tmpdir(), "vitrine-prose-"));
  for (const name of ["05-notebook-math-delimiters", "13-mathjax-only-commands", "15-heading-anchors", "16-quarto-rmarkdown", "18-obsidian-vault", "19-image-addresses", "20-mermaid-kinds", "40-narrowed"]) {
    cpSync(join(CASES, name), join(folder, name.slice(0, 2)), { recursive: true });
  }
  writeFileSync(join(folder, "code.md"), `# Code\n\n\`\`\`python\n${LONG}\n\`\`\`\n`);
  const cell = { cell_type: "code", execution_count: 1, metadata: {}, outputs: [], source: LONG };
  writeFileSync(join(folder, "code.ipynb"), JSON.stringify({ nbformat: 4, nbformat_minor: 4, metadata: {}, cells: [cell] }));
  return folder;
}

const { screen } = screens(make);

screen("formulas of notebooks are those that MathJax finds, and money is none", "05/delimiters.ipynb", async (page) => {
  await page.locator(".cell-text").nth(8).locator(".katex").nth(3).waitFor();
  const counts = await page.locator(".cell-text").evaluateAll((cells) => cells.map((cell) => cell.querySelectorAll(".katex").length));
  assert.deepEqual(counts, [3, 2, 9, 1, 0, 2, 2, 3, 4]);
});

screen("chemistry and MathJax's commands are typeset", "13/chemistry.ipynb", async (page) => {
  await page.locator(".cell-text").nth(9).locator(".katex").first().waitFor();
  assert.equal(await page.locator(".katex-error, .math-failed").count(), 0);
  const words = await page.locator(".notebook").innerText();
  assert.doesNotMatch(words, /\\ce|\\pu|\\bbox|\\unicode|\\dv|\\eqalign/);
  assert.equal(await page.locator(".outputs td").count(), 6);
});

screen("a short text is as wide as its column, and diagrams with it", "40/short-readme.md", async (page) => {
  const prose = page.locator(".prose").first();
  await page.getByRole("navigation", { name: "Contents" }).waitFor();
  assert.ok((await prose.boundingBox()).width > 600);
});

screen("pictures have the sizes that they ask for", "40/img-height.md", async (page) => {
  await page.waitForFunction(() => [...document.querySelectorAll("article img")].filter((image) => image.naturalWidth > 0).length === 4);
  const sizes = await page.locator("article img").evaluateAll((images) => images.map((image) => [image.offsetWidth, image.offsetHeight].join("×")));
  assert.deepEqual(sizes.slice(0, 3), ["96×24", "40×40", "96×24"]);
});

screen("pictures for one theme follow the page's", "19/docs/readme.md", async (page) => {
  await page.waitForFunction(() => [...document.querySelectorAll("article img")].filter((image) => image.complete && image.naturalWidth > 0).length >= 12);
  const shown = () => page.locator("article .prose p").first().locator("img").evaluateAll((images) => images.filter((image) => image.offsetWidth > 0).map((image) => image.alt));
  const source = () => page.locator("picture > img").evaluate((image) => decodeURIComponent(image.currentSrc).split("/").pop());
  assert.deepEqual(await shown(), ["light only"]);
  assert.equal(await source(), "light logo.png");
  await page.evaluate(() => (document.documentElement.dataset.theme = "dark"));
  await page.waitForFunction(() => document.querySelector("picture > img").currentSrc.endsWith("dark.png"));
  assert.deepEqual(await shown(), ["dark only"]);
  assert.ok(await page.getByAltText("backslash").evaluate((image) => image.naturalWidth > 0));
});

screen("links in double brackets lead to notes that are there", "18/Daily note.md", async (page) => {
  await page.locator("a.missing-link", { hasText: "missing note" }).waitFor();
  await page.waitForFunction(() => [...document.querySelectorAll("img.wiki")].filter((image) => image.naturalWidth > 0).length === 2);
  await page.getByRole("link", { name: "Other note#Second part" }).click();
  await page.waitForURL("**/Other%20note.md#second-part");
});

screen("headings of HTML are reached", "15/toc.md", async (page) => {
  for (const [link, heading] of [["Centred", "Centred title"], ["Install (HTML heading)", "Install HTML"], ["Area in x² and ½", "Area in x² and ½"]]) {
    await page.locator(".prose ol").first().getByRole("link", { name: link, exact: true }).click();
    await page.waitForFunction((words) => {
      const { top } = [...document.querySelectorAll(".prose :is(h2, h3)")].find((one) => one.textContent.includes(words)).getBoundingClientRect();
      return top >= 0 && top < innerHeight;
    }, heading);
    await page.evaluate(() => scrollTo(0, 0));
  }
});

screen("a paper of Quarto's has no marks left", "16/paper.qmd", async (page) => {
  await page.getByRole("heading", { name: "Water and carbon" }).waitFor();
  await page.locator("pre code.language-r span").first().waitFor();
  const words = await page.locator(".prose").innerText();
  assert.doesNotMatch(words, /:::|\{#|\^\[|H~2~O/);
  assert.equal(await page.locator("figure img").evaluate((image) => Math.round((image.offsetWidth / image.closest("figure").offsetWidth) * 10)), 5);
});

screen("diagrams of every kind are drawn", "20/diagrams.md", async (page) => {
  await page.locator(".diagram").nth(16).waitFor({ state: "attached" });
  const diagrams = await page.locator(".diagram").all();
  assert.ok(diagrams.length >= 17, `${diagrams.length} diagrams`);
  let failed = 0;
  for (const diagram of diagrams) {
    // A frame is made when its place comes near.
    await diagram.scrollIntoViewIfNeeded();
    const frame = diagram.frameLocator("iframe");
    await frame.locator("svg, .placeholder").first().waitFor({ state: "attached" });
    failed += await frame.locator(".placeholder").count();
  }
  // The broken one, and two that mermaid 12 itself takes for mistakes: a semicolon ends a message, and `x--` is an edge with a cross.
  assert.equal(failed, 3);
}, { faults: [/Parse error|Lexical error/i] });

for (const file of ["code.md", "code.ipynb"]) {
  screen(`long lines of ${file} wrap on paper`, file, async (page) => {
    await page.getByText("argument_59").first().waitFor();
    await page.emulateMedia({ media: "print" });
    await page.setViewportSize({ width: 680, height: 900 });
    const cut = await page.locator("pre").evaluateAll((blocks) => blocks.filter((block) => block.scrollWidth > block.clientWidth + 1).length);
    assert.equal(cut, 0);
  });
}
