// PDF: pages by ranges, their text, links, contents, search, zoom; passwords; what a document may not do.

import assert from "node:assert/strict";
import { cpSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { screens, welcome } from "./fixture.mjs";
import { makePdf } from "./pdf-maker.mjs";
import { newPage, open, shareUrl } from "./world.mjs";

const URI = (url) => `/A << /S /URI /URI (${url}) >>`;
const LINKS = [
  "/Dest [6 0 R /XYZ 0 792 null]",
  URI("https://example.org/paper?q=1"),
  URI("mailto:author@example.org"),
  URI("javascript:alert\\(1\\)"),
  URI("ftp://example.org/file"),
  URI("data:text/html,<script>alert\\(1\\)</script>"),
  URI("file:///etc/passwd"),
  "/A << /S /JavaScript /JS (app.alert\\('link'\\)) >>",
  "/A << /S /Launch /F (calc.exe) >>",
];

function documents() {
  const folder = mkdtempSync(join(tmpdir(), "vitrine-pdfs-"));
  const write = (name, options) => writeFileSync(join(folder, name), makePdf(options));
  const pages = Array.from({ length: 30 }, (_, n) => `Chapter ${n + 1}: ${n % 10 === 4 ? "the needle" : "some hay"}`);
  const outline = [["Beginning", 1], ["<img src=x onerror=alert(1)>", 12], ["End", 30]];
  const catalog = "/OpenAction << /S /JavaScript /JS (app.alert\\('open'\\)) >>";
  write("book.pdf", { pages, links: LINKS, outline, catalog });
  write("secret.pdf", { pages: ["A secret line"], password: "open sesame" });
  write("plain.pdf", { pages: ["One page"] });
  cpSync(join(import.meta.dirname, "../cases/32-pdf-oddities"), join(folder, "oddities"), { recursive: true });
  writeFileSync(join(folder, "broken.pdf"), "%PDF-1.7\nnothing that follows makes sense\n");
  return folder;
}

const { screen, world } = screens(documents);
const { screen: sample } = screens(welcome);

/** The page that is read, once it is that one. */
const onPage = (page, number) => page.waitForFunction((wanted) => document.querySelector(".pdf-page-field")?.value === wanted, String(number));
const pageOf = (page, number) => page.locator(`.pdfViewer .page[data-page-number="${number}"]`);
const click = (page, name) => page.locator(".pdf").getByRole("button", { name, exact: true }).click();

sample("a PDF is drawn", "paper/standing-waves.pdf", async (page) => {
  await page.waitForFunction(() => {
    const canvas = document.querySelector(".pdfViewer canvas");
    if (!canvas?.width) return false;
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    return data.some((value, at) => at % 4 === 0 && value < 128);
  });
  await page.getByText("of 3").waitFor();
});

screen("its text can be selected and read aloud", "book.pdf", async (page) => {
  await page.locator(".textLayer").getByText("Chapter 1: some hay").waitFor();
  assert.equal(await page.getByRole("region", { name: "Page 1", exact: true }).count(), 1);
});

screen("pages that are far away are not kept", "book.pdf", async (page) => {
  for (const number of [5, 10, 15, 20, 25, 30]) {
    await page.locator(".pdf-page-field").fill(String(number));
    await page.keyboard.press("Enter");
    await pageOf(page, number).locator("canvas").first().waitFor();
  }
  await onPage(page, 30);
  assert.ok((await page.locator(".pdfViewer .page:has(canvas)").count()) <= 11);
});

screen("the address leads to a page, and to a place by its name", (published) => `${shareUrl(published, "book.pdf")}#page=7`, async (page) => {
  await onPage(page, 7);
  await page.evaluate(() => (location.hash = "#page-21"));
  await onPage(page, 21);
  await page.evaluate(() => (location.hash = "#nameddest=page-3"));
  await onPage(page, 3);
  await page.goBack();
  await onPage(page, 21);
});

screen("a link to the page that is read is in the address", "book.pdf", async (page) => {
  await click(page, "Next page");
  await onPage(page, 2);
  await click(page, "Copy a link to this page");
  await page.waitForURL("**#page=2");
  await onPage(page, 2);
});

screen("links inside go by the history, links out are of three schemes, and the rest leads nowhere", "book.pdf", async (page) => {
  const links = page.locator(".annotationLayer a");
  await links.first().waitFor();
  const out = await links.evaluateAll((all) => all.filter((a) => a.origin !== location.origin && a.href !== "").map(({ href, target, rel }) => [href, target, rel]));
  assert.deepEqual(out, [
    ["https://example.org/paper?q=1", "_blank", "noopener noreferrer nofollow ugc"],
    ["mailto:author@example.org", "_blank", "noopener noreferrer nofollow ugc"],
  ]);
  await links.first().click();
  await onPage(page, 3);
  await page.goBack();
  await onPage(page, 1);
});

screen("nothing of a document runs", "book.pdf", async (page) => {
  const dialogs = [];
  page.on("dialog", (dialog) => (dialogs.push(dialog.message()), dialog.dismiss()));
  const links = page.locator(".annotationLayer a");
  await links.first().waitFor();
  for (const link of await links.all()) {
    const href = (await link.getAttribute("href")) ?? "";
    if (!/^(https|mailto):/.test(href)) await link.dispatchEvent("click");
  }
  await click(page, "Sidebar");
  await page.getByRole("tab", { name: "Contents" }).click();
  await page.locator(".pdf-outline").getByText("<img src=x onerror=alert(1)>").waitFor();
  assert.equal(await page.locator(".pdf-outline img").count(), 0);
  assert.deepEqual(dialogs, []);
});

screen("the contents lead to their pages", "book.pdf", async (page) => {
  await click(page, "Sidebar");
  await page.locator(".pdf-outline").getByText("End").click();
  await onPage(page, 30);
});

screen("small pages are drawn when they come near, and lead to their pages", "book.pdf", async (page) => {
  await click(page, "Sidebar");
  await page.getByRole("tab", { name: "Pages" }).click();
  const list = page.locator(".pdf-thumbnails");
  await list.locator("canvas").first().waitFor();
  assert.equal(await list.getByRole("button").count(), 30);
  assert.equal(await list.locator("[data-page='30'] canvas").count(), 0);
  await list.locator("[data-page='30']").scrollIntoViewIfNeeded();
  await list.locator("[data-page='30'] canvas").waitFor();
  await list.locator("[data-page='1'] canvas").waitFor({ state: "detached" });
  await list.locator("[data-page='30']").click();
  await onPage(page, 30);
  await list.locator("[data-page='30'][aria-current=true]").waitFor();
});

screen("the search finds on every page, counts, and goes on", "book.pdf", async (page) => {
  await page.keyboard.press("/");
  await page.getByRole("searchbox").fill("Needle");
  await page.getByText("1 of 3 matches").waitFor();
  await onPage(page, 5);
  await page.locator(".textLayer .highlight.selected").first().waitFor();
  await page.keyboard.press("Enter");
  await page.getByText("2 of 3 matches").waitFor();
  await onPage(page, 15);
  await page.keyboard.press("Shift+Enter");
  await onPage(page, 5);
  await click(page, "Match case");
  await page.getByText("Nothing found").waitFor();
  await page.keyboard.press("Escape");
  await page.locator(".pdf-find").waitFor({ state: "hidden" });
});

screen("zoom, by buttons, keys and the wheel, and pages that are turned", "plain.pdf", async (page) => {
  const width = () => pageOf(page, 1).evaluate((one) => one.clientWidth);
  const grows = async (work) => {
    const before = await width();
    await work();
    await page.waitForFunction((old) => document.querySelector(".pdfViewer .page").clientWidth > old, before);
  };
  await page.locator(".pdf-zoom").selectOption("0.5");
  await page.waitForFunction(() => Math.abs(document.querySelector(".pdfViewer .page").clientWidth - 408) < 3);
  await grows(() => click(page, "Zoom in"));
  await grows(() => page.keyboard.press("+"));
  await page.locator(".pdf-scroll").hover();
  await page.keyboard.down("Control");
  await grows(() => page.mouse.wheel(0, -200));
  await page.keyboard.up("Control");
  await page.locator(".pdf-zoom").selectOption("page-fit");
  await page.waitForFunction(() => document.querySelector(".pdfViewer .page").clientHeight <= document.querySelector(".pdf-scroll").clientHeight);
  await page.locator(".pdf-scroll").focus();
  await page.keyboard.press("r");
  await page.waitForFunction(() => document.querySelector(".pdfViewer .page").clientWidth > document.querySelector(".pdfViewer .page").clientHeight);
});

screen("keys turn pages", "book.pdf", async (page) => {
  await page.keyboard.press("End");
  await onPage(page, 30);
  await page.keyboard.press("Home");
  await onPage(page, 1);
  await page.keyboard.press("ArrowRight");
  await onPage(page, 2);
  const top = () => page.locator(".pdf-scroll").evaluate((one) => one.scrollTop);
  const before = await top();
  await page.keyboard.press("PageDown");
  await page.waitForFunction((old) => document.querySelector(".pdf-scroll").scrollTop > old, before);
});

screen("a password is asked for, and asked for again", "secret.pdf", async (page) => {
  const field = page.getByLabel("Password of secret.pdf");
  await field.fill("wrong");
  await page.getByRole("button", { name: "Open" }).click();
  await page.getByText("This is not the password").waitFor();
  await field.fill("open sesame");
  await page.keyboard.press("Enter");
  await page.locator(".textLayer").getByText("A secret line").waitFor();
});

screen("all pages are printed, on sheets that go away again", "plain.pdf", async (page) => {
  await page.evaluate(() => {
    window.print = () => {
      window.printed = document.querySelectorAll(".pdf-sheets img").length;
      dispatchEvent(new Event("afterprint"));
    };
  });
  await click(page, "Print");
  await page.waitForFunction(() => window.printed === 1 && document.querySelector(".pdf-sheets") === null);
});

test("a damaged document says so, and is offered to be saved", { timeout: 60_000 }, async () => {
  const page = await newPage(world.browser);
  await open(page, shareUrl(world.published, "broken.pdf"));
  const box = page.getByRole("alert");
  await box.getByText("This file is not a PDF, or a damaged one.").waitFor();
  await box.getByRole("link", { name: "Download the file" }).waitFor();
  await page.context().close();
});

test("pages that cannot be fetched are fetched when the reader tries again", { timeout: 60_000 }, async () => {
  const { folderWithPdf } = await import("./gated-world.mjs");
  const { publish } = await import("./world.mjs");
  const heavy = publish(folderWithPdf(40, 200_000).folder);
  const page = await newPage(world.browser);
  await open(page, shareUrl(heavy, "heavy.pdf"));
  await pageOf(page, 1).locator("canvas").first().waitFor();
  await page.route("**/heavy.pdf", (route) => route.abort());
  await page.evaluate(() => (location.hash = "page=30"));
  const box = page.getByRole("alert");
  await box.getByText("Some pages could not be loaded").waitFor({ timeout: 30_000 });
  await page.unroute("**/heavy.pdf");
  await box.getByRole("button", { name: "Try again" }).click();
  await pageOf(page, 30).locator("canvas").first().waitFor({ timeout: 30_000 });
  await page.context().close();
});

test("a renderer that does not come is a part that says so", { timeout: 60_000 }, async () => {
  const page = await newPage(world.browser);
  await page.route(/_assets\/pdf-\w+\.js$/, (route) => route.abort());
  await open(page, shareUrl(world.published, "plain.pdf"));
  assert.equal(await page.locator("main [data-rendered=failed]").count(), 1);
  await page.getByRole("alert").getByRole("link", { name: "Download the file" }).waitFor();
  await page.context().close();
});

screen("pages go by their labels, and text on a page stands there once", (published) => `${shareUrl(published, "oddities/pages-rotated-labelled.pdf")}#page=ii`, async (page, published) => {
  await onPage(page, "ii");
  await page.locator(".pdf-count", { hasText: "(2 of 6)" }).waitFor();
  await page.locator(".pdf-page-field").fill("1");
  await page.keyboard.press("Enter");
  await page.locator(".pdf-count", { hasText: "(3 of 6)" }).waitFor();
  await open(page, shareUrl(published, "oddities/images-layers-annotations.pdf"));
  const words = page.locator(".annotationTextContent").first();
  await words.waitFor({ state: "attached" });
  assert.equal(await words.evaluate((element) => getComputedStyle(element).opacity), "0");
});
