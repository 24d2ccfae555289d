// Logs as their terminal showed them, and diffs by files, with hostile names and lines in both.

import assert from "node:assert/strict";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { screens } from "./fixture.mjs";
import { shareUrl } from "./world.mjs";

const EVIL = "<img src=x onerror=alert(1)><script>alert(2)</script>";
const LINES = 60_000;
const MANY = 1_500;

const LOG = [
  "plain first",
  "\x1b[1;31mERROR\x1b[0m it \x1b[38;2;10;120;60mgrew\x1b[0m \x1b[7minverse\x1b[27m \x1b[44;97mblue\x1b[0m \x1b[4munder\x1b[0m",
  "10%\r50%\r100% done",
  EVIL,
  `\x1b]8;;javascript:alert(3)\x07a link\x1b]8;;\x07 \x1b[32m${EVIL}\x1b[0m`,
  `\x1b[38;2;1;2;3;url(x)"onload=alert(4)mtext`,
  `long ${"word ".repeat(200)}`,
].join("\n");

const PATCH = `Subject: [PATCH] ${EVIL}
---
diff --git a/src/one.c b/src/one.c
index 1..2 100644
--- a/src/one.c
+++ b/src/one.c
@@ -1,3 +1,4 @@ int main(void) ${EVIL}
 same
-${EVIL}
+new
+newer
 end
diff --git a/${EVIL}.txt b/${EVIL}.txt
new file mode 100644
--- /dev/null
+++ b/${EVIL}.txt
@@ -0,0 +1 @@
+${EVIL}
\\ No newline at end of file
diff --git a/old.md b/new.md
similarity index 100%
rename from old.md
rename to new.md
diff --git a/p.png b/p.png
index 1..2 100644
Binary files a/p.png and b/p.png differ
-- 
2.40.1
`;

function make() {
  const folder = mkdtempSync(join(tmpdir(), "vitrine-logdiff-"));
  writeFileSync(join(folder, "run.log"), LOG);
  writeFileSync(join(folder, "blank.ansi"), "\x1b[0m\x1b[K");
  writeFileSync(join(folder, "long.log"), Array.from({ length: LINES }, (_, n) => `line ${n + 1} of a long log`).join("\n"));
  writeFileSync(join(folder, "change.patch"), PATCH);
  writeFileSync(join(folder, "none.diff"), `1c\n${EVIL}\n.\n`);
  const added = Array.from({ length: MANY }, (_, n) => `+row ${n + 1}`).join("\n");
  writeFileSync(join(folder, "many.diff"), `--- a\n+++ a\n@@ -0,0 +1,${MANY} @@\n${added}\n`);
  return folder;
}

const { screen } = screens(make);
const noMarkup = async (page) => assert.equal(await page.locator("main :is(img, script, [onerror], [onload])").count(), 0);

screen("a log has its terminal's colours and overwritten lines, and its text is text", "run.log", async (page) => {
  const lines = page.locator(".log-line");
  await page.getByText("7 lines").waitFor();
  assert.equal(await lines.nth(2).textContent(), "100% done");
  assert.equal(await lines.nth(3).textContent(), EVIL);
  assert.equal(await lines.nth(4).textContent(), `a link ${EVIL}`);
  assert.equal(await lines.locator("a").count(), 0);
  const red = lines.nth(1).locator(".ansi-bold.ansi-fg-1");
  assert.equal(await red.textContent(), "ERROR");
  const color = (of) => of.evaluate((span) => getComputedStyle(span).color);
  assert.notEqual(await color(red), await color(lines.nth(0)));
  assert.match(await lines.nth(1).locator(".ansi-fg-rgb").evaluate((span) => span.style.getPropertyValue("--ansi-fg")), /^rgb\(10 120 60\)$/);
  await noMarkup(page);
});

screen("numbers and the field link to lines of a log", "run.log", async (page) => {
  await page.locator(".log-line").nth(1).click({ position: { x: 20, y: 8 } });
  await page.waitForURL(/#L2$/);
  await page.locator(".log-line").nth(3).click({ position: { x: 20, y: 8 }, modifiers: ["Shift"] });
  await page.waitForURL(/#L2-L4$/);
  assert.equal(await page.locator(".log-linked").count(), 3);
  await page.getByRole("textbox", { name: "Go to line" }).fill("3");
  await page.keyboard.press("Enter");
  await page.waitForURL(/#L3$/);
  assert.deepEqual(await page.locator(".log-linked").allTextContents(), ["100% done"]);
});

screen("long lines of a log wrap, or scroll", "run.log", async (page) => {
  const scroll = page.getByRole("region", { name: "Lines of run.log" });
  const isWider = () => scroll.evaluate((place) => place.scrollWidth > place.clientWidth + 1);
  assert.equal(await isWider(), false);
  await page.getByRole("button", { name: "Wrap lines", pressed: true }).click();
  await page.getByRole("button", { name: "Wrap lines", pressed: false }).waitFor();
  assert.equal(await isWider(), true);
});

screen("a log that shows nothing says so", "blank.ansi", async (page) => {
  await page.getByText("This log is empty.").waitFor();
});

screen("a link to a line of a log that is not there yet brings it", (published) => `${shareUrl(published, "long.log")}#L59990`, async (page) => {
  await page.waitForFunction(() => document.querySelector(".log-linked")?.textContent === "line 59990 of a long log");
  await page.waitForFunction(() => {
    const { top, bottom } = document.querySelector(".log-linked").getBoundingClientRect();
    return top >= 0 && bottom <= innerHeight;
  });
});

screen("a patch has a box for each file, with numbers, signs and counts", "change.patch", async (page) => {
  await page.locator(".tools-note", { hasText: "4 files" }).waitFor();
  const names = await page.locator(".diff-name").allTextContents();
  assert.deepEqual(names, ["src/one.c", `${EVIL}.txt`, "old.md → new.md", "p.png"]);
  const rows = await page.locator("#diff-1 tbody tr:not(.diff-hunk)").evaluateAll((all) => all.map((row) => [...row.cells].map((cell) => cell.textContent)));
  assert.deepEqual(rows, [["1", "1", " ", "same"], ["2", "", "-", EVIL], ["", "2", "+", "new"], ["", "3", "+", "newer"], ["3", "4", " ", "end"]]);
  assert.match(await page.locator("#diff-1 summary").innerText(), /\+2\D+2 lines added\s*−1\D+1 line removed/);
  const ground = (row) => page.locator(`#diff-1 ${row}`).first().evaluate((element) => getComputedStyle(element).backgroundColor);
  assert.equal(new Set([await ground(".diff-added"), await ground(".diff-removed"), await ground(".diff-same")]).size, 3);
  assert.ok((await page.locator(".diff-rest").first().textContent()).includes(EVIL));
  await noMarkup(page);
});

screen("the files at the top of a patch lead to their boxes", "change.patch", async (page) => {
  await page.getByRole("button", { name: "Fold all", exact: true }).click();
  assert.equal(await page.locator(".diff-file[open]").count(), 0);
  await page.getByRole("navigation", { name: "Files" }).getByRole("link", { name: EVIL }).click();
  await page.locator("#diff-2[open] .diff-added").waitFor();
  await page.waitForURL(/#diff-2$/);
});

screen("what is no diff of any form (a script of ed) is shown as it stands", "none.diff", async (page) => {
  await page.getByText("No changes in unified form were found").waitFor();
  assert.equal(await page.locator(".diff-rest").textContent(), `1c\n${EVIL}\n.`);
  await noMarkup(page);
});

screen("a large file of a diff comes in steps", "many.diff", async (page) => {
  assert.equal(await page.locator(".diff-added").count(), 1_000);
  await page.getByRole("button", { name: "Show 500 more lines" }).click();
  assert.equal(await page.locator(".diff-added").count(), MANY);
  assert.equal(await page.locator(".diff-more").isVisible(), false);
});
