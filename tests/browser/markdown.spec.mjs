// The Markdown page: GFM, math, links and images inside the share, and nothing that runs.

import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { screens, wide } from "./fixture.mjs";
import { newPage, open, publish, shareUrl } from "./world.mjs";

const PIXEL = Buffer.from("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==", "base64");

const TEXT = `# Title

| a | b |
|---|--:|
| 1 | 2 |

- [x] done
- [ ] open

> [!WARNING]
> Take care.

A note[^1], ~~struck~~, https://example.org/bare and $e^{i\\pi} = -1$.

$$\\begin{align} a &= b \\\\ c &= d \\end{align}$$

[^1]: The note.

![picture](pictures/a%20b.png) ![drawing](pictures/d.svg)

[other](other.md#part) [folder](pictures/) [outside](../../x) [script](javascript:alert(1))

\`\`\`python
def f(): return 1
\`\`\`

<details><summary>More</summary>Hidden</details>
<script>window.hacked = true</script>
<img src=x onerror="window.hacked = true">
<a id="hacked" href="//example.org" onclick="window.hacked = true">a</a>
`;

const MORE = `---
title: Front
---

# Start :tada:

By \\eqref{eq:later} and $\\ref{eq:first}$; <a name="old">here</a>. Code \`:tada:\` stays, and so does :no_such_sign:.

$$\\newcommand{\\R}{\\mathbb{R}} \\newcommand\\pair[2]{\\langle #1, #2 \\rangle}$$

\\begin{align}
\\pair{a}{b} &= c \\label{eq:first} \\\\
d &\\in \\R \\notag \\\\
e &= f \\label{eq:later}
\\end{align}

## Same
## Same

> [!NOTE]
> Noted.

\`\`\`js
const copied = "<b>";
\`\`\`

\`\`\`math
\\frac{1}{2}
\`\`\`

\`\`\`mermaid
graph TD; A-->B
\`\`\`

${"filler\n\n".repeat(80)}

## <img src=x onerror=alert(1)> last
`;

function make() {
  const folder = mkdtempSync(join(tmpdir(), "vitrine-markdown-"));
  mkdirSync(join(folder, "pictures"));
  writeFileSync(join(folder, "pictures/a b.png"), PIXEL);
  writeFileSync(join(folder, "pictures/d.svg"), '<svg xmlns="http://www.w3.org/2000/svg" width="5" height="5"><rect width="5" height="5"/></svg>');
  writeFileSync(join(folder, "page.md"), TEXT);
  writeFileSync(join(folder, "more.md"), MORE);
  writeFileSync(join(folder, "deep.md"), `${"<div>".repeat(50_000)}at the bottom`);
  writeFileSync(join(folder, "styles.md"), `${"<style ".repeat(60_000)}\n\nafter`);
  writeFileSync(join(folder, "quotes.md"), `${">".repeat(100_000)} quoted`);
  writeFileSync(join(folder, "other.md"), `${"filler\n\n".repeat(100)}# Part\n\nThe part.`);
  return folder;
}

const { screen, world } = screens(make);

screen("everything that GFM has is drawn", "page.md", async (page) => {
  const body = page.locator("article.file");
  await body.locator("table").waitFor();
  assert.equal(await body.locator("table td").count(), 2);
  assert.equal(await body.locator("input[type=checkbox]").count(), 2);
  assert.equal(await body.locator("del").innerText(), "struck");
  await body.getByText("Take care.").waitFor();
  assert.equal(await body.getByRole("link", { name: "https://example.org/bare" }).getAttribute("rel"), "noopener noreferrer nofollow ugc");
  await body.locator(".katex-display").waitFor();
  assert.ok((await body.locator(".katex").count()) >= 2);
  assert.equal(await body.locator(".prose details summary").innerText(), "More");
  await body.locator("pre code span").first().waitFor();
});

screen("images of the share are shown, drawings too", "page.md", async (page) => {
  for (const name of ["picture", "drawing"]) {
    await page.waitForFunction((alt) => document.querySelector(`img[alt=${alt}]`)?.naturalWidth > 0, name);
  }
});

screen("nothing in a document runs or leads out", "page.md", async (page) => {
  await page.locator(".prose details").waitFor();
  assert.equal(await page.evaluate(() => window.hacked), undefined);
  assert.equal(await page.locator("article a[href^='javascript:']").count(), 0);
  assert.equal(await page.locator("article [onclick], article [onerror], article script").count(), 0);
  const outside = await page.locator("article", { hasText: "outside" }).first().locator("a", { hasText: "outside" }).count();
  const target = outside ? await page.locator("article a", { hasText: "outside" }).getAttribute("href") : null;
  assert.ok(target === null || !target.includes(".."), `${target}`);
});

screen("a relative link opens the other file at its heading", "page.md", async (page) => {
  await page.getByRole("link", { name: "other" }).click();
  await page.waitForURL("**/other.md#part");
  const heading = page.getByRole("heading", { name: "Part" });
  await heading.waitFor();
  await page.waitForFunction(() => {
    const box = [...document.querySelectorAll("h1")].find((h) => h.textContent.includes("Part")).getBoundingClientRect();
    return box.top >= 0 && box.top < innerHeight;
  });
});

screen("what nests too deep is shown as its source", "deep.md", async (page) => {
  await page.getByText("nests too deep").waitFor();
});

screen("a flood of style tags does not hold the page up", "styles.md", async (page) => {
  await page.locator("article.file .prose").waitFor({ state: "attached" });
});

screen("a flood of quotes keeps its text", "quotes.md", async (page) => {
  await page.getByText("quoted", { exact: true }).waitFor({ state: "attached" });
});

screen("the source is one click away", "page.md", async (page) => {
  await page.getByRole("link", { name: "Source" }).click();
  await page.locator(".cm-content", { hasText: "# Title" }).waitFor();
});

screen("definitions hold for the document, equations have numbers, and references lead to them", "more.md", async (page) => {
  const reference = page.getByRole("link", { name: "(2)" });
  await reference.waitFor();
  assert.equal(await page.locator(".katex-error, .math-failed").count(), 0);
  const drawn = await page.locator(".math-display", { has: page.locator("[id]") }).innerText();
  assert.match(drawn, /\(1\)[^]*\(2\)/);
  await page.getByRole("link", { name: "1", exact: true }).waitFor();
  await reference.click();
  await page.waitForURL("**#eq-eq-later");
  await page.waitForFunction(() => document.getElementById("user-content-eq-eq-later").getBoundingClientRect().top < innerHeight);
});

screen("emoji codes become signs, but in code, and unknown ones stay", "more.md", async (page) => {
  await page.getByRole("heading", { name: "Start 🎉" }).waitFor();
  assert.equal(await page.locator("article p code").first().innerText(), ":tada:");
  await page.getByText(":no_such_sign:").waitFor();
  await page.getByRole("navigation", { name: "Contents" }).getByRole("link", { name: "Start 🎉" }).waitFor();
});

screen("contents stand beside the text, made of text, and the current section is marked", "more.md", async (page) => {
  const contents = page.getByRole("navigation", { name: "Contents" });
  await contents.getByRole("link", { name: "last" }).waitFor();
  assert.deepEqual(await contents.locator("a").evaluateAll((links) => links.map((link) => link.getAttribute("href"))), ["#start-tada", "#same", "#same-1", "#last"]);
  assert.equal(await contents.locator("img").count(), 0);
  await page.waitForFunction(() => document.querySelector(".contents [aria-current]")?.getAttribute("href") === "#start-tada");
  await contents.getByRole("link", { name: "last" }).click();
  await page.waitForURL("**#last");
  await page.evaluate(() => scrollTo(0, document.body.scrollHeight));
  await page.waitForFunction(() => document.querySelector(".contents [aria-current]") !== null);
  const [list, text] = await Promise.all([contents.boundingBox(), page.locator(".prose").boundingBox()]);
  assert.ok(list.x >= text.x + text.width, `${list.x} is beside ${text.x + text.width}`);
});

screen("contents are folded above the text on a phone", "more.md", async (page) => {
  const contents = page.getByRole("navigation", { name: "Contents" });
  await contents.locator("summary").waitFor();
  assert.equal(await contents.locator("details").evaluate((details) => details.open), false);
  await contents.locator("summary").click();
  await contents.getByRole("link", { name: "last" }).click();
  await page.waitForURL("**#last");
  assert.equal(await contents.locator("details").evaluate((details) => details.open), false);
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
}, { options: { viewport: { width: 360, height: 740 } } });

screen("code is copied as it is written", "more.md", async (page) => {
  await page.locator(".code-block").first().hover();
  await page.locator(".code-block").first().getByRole("button", { name: "Copy" }).click();
  await page.getByRole("button", { name: "Copied" }).waitFor();
  assert.equal((await page.evaluate(() => navigator.clipboard.readText())).trim(), 'const copied = "<b>";');
}, { options: { permissions: ["clipboard-read", "clipboard-write"] } });

screen("diagrams are drawn in a frame, their source below", "more.md", async (page) => {
  const frame = page.locator(".diagram iframe");
  await frame.waitFor({ state: "attached" });
  assert.equal(await frame.getAttribute("sandbox"), "allow-scripts allow-downloads allow-forms allow-pointer-lock");
  await page.getByText("Source of the diagram").click();
  await page.getByText("graph TD; A-->B").waitFor();
});

screen("the words of alerts, front matter and places of old come with the page", "more.md", async (page) => {
  await page.getByText("Front matter").waitFor();
  assert.equal(await page.locator(".alert-title").innerText(), "Note");
  assert.equal(await page.locator("#user-content-old").innerText(), "here");
  await page.getByRole("link", { name: "Link to the section “Same”" }).first().waitFor({ state: "attached" });
});

test("many pictures of one wide folder ask for its listing once", { timeout: 60_000 }, async () => {
  const folder = wide((n) => `${n}.png`, () => PIXEL);
  const pictures = Array.from({ length: 20 }, (_, n) => `![p${n}](wide/${String(n).padStart(4, "0")}.png)`);
  writeFileSync(join(folder, "page.md"), pictures.join(" "));
  const page = await newPage(world.browser);
  const listings = [];
  page.on("request", (request) => {
    if (request.url().includes("/extents/")) listings.push(request.url());
  });
  await open(page, shareUrl(publish(folder), "page.md"));
  await page.waitForFunction(() => [...document.querySelectorAll("article img")].filter((image) => image.naturalWidth > 0).length === 20);
  assert.deepEqual(listings, [...new Set(listings)], "no listing is asked for twice");
  assert.ok(listings.length > 0, "the folder is listed outside the manifest");
  assert.deepEqual(page.faults, []);
});
