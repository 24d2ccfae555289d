// Gated shares in a browser that blocks third-party cookies: publishing one, tokens for it, and the app's page that embeds it.

import { mkdtempSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { viewerToken } from "../../scripts/dev-token.mjs";
import { launch, port, publish, shareUrl } from "./world.mjs";

export const appOrigin = `http://app.localhost:${port}`;

/** Chromium as readers will have it: no cookies, and no unpartitioned storage, for a frame of another site. */
export const launchWithoutThirdPartyCookies = () => launch(["--test-third-party-cookie-phaseout"]);

/** Publishes a folder for readers with a token. */
export const publishGated = (folder) => publish(folder, [], "authenticated");

export const tokenFor = (published, options = {}) => viewerToken({ share: published.share_id, ...options });

/** The address that lets in whoever has it, for as long as its token lives. */
export const linkWithToken = async (published, path = "", fragment = "", options = {}) =>
  `${shareUrl(published, path)}#${fragment === "" ? "" : `${fragment}&`}token=${await tokenFor(published, options)}`;

/** Opens a path of a share in the app's page; returns the viewer's frame when it has drawn. */
export async function embed(page, published, path = "", token = undefined) {
  await page.goto(`${appOrigin}/embed-example`);
  await page.fill("textarea[name=token]", token ?? (await tokenFor(published)));
  await page.fill("input[name=src]", shareUrl(published, path));
  await page.click("button");
  const frame = await viewerFrame(page);
  await drawn(frame);
  return frame;
}

/** What an address answers to somebody without the page; asked by number, as not every resolver knows names under `localhost`. */
export const statusOf = (url) =>
  new Promise((resolve, reject) => {
    const { host, pathname, search } = new URL(url);
    const asked = request({ host: "127.0.0.1", port, path: pathname + search, headers: { host } }, (answer) => {
      answer.resume();
      resolve(answer.statusCode);
    });
    asked.on("error", reject);
    asked.end();
  });

/** The frame that the element made; its shadow root is closed. */
export async function viewerFrame(page) {
  const deadline = Date.now() + 20_000;
  while (Date.now() < deadline) {
    const frame = page.frames().find((one) => one.url().startsWith(shareUrl({ share_id: "" }).slice(0, -1)));
    if (frame) return frame;
    await page.waitForEvent("framenavigated", { timeout: 1_000 }).catch(() => {});
  }
  throw new Error("the page shows no viewer");
}

/** Waits until the viewer says that nothing is under way. */
export const drawn = (frame) =>
  frame.waitForFunction(
    () => document.querySelector("main[aria-busy=false]") && !document.querySelector("main [data-rendered=pending]"),
    undefined,
    { timeout: 20_000 },
  );

/** A PDF of many pages, each heavy with bytes that draw nothing: who reads one page must not pay for the others. */
export function heavyPdf(pages, bytesEach) {
  const numbers = Array.from({ length: pages }, (_, n) => n);
  const kids = numbers.map((n) => `${3 + n} 0 R`).join(" ");
  const page = (n) => `<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents ${3 + pages + n} 0 R >>`;
  const content = (n) => {
    const noise = Array.from({ length: Math.ceil(bytesEach / 64) }, (_, line) => `% ${String(n * 7919 + line).padStart(60, "x")}`);
    const drawing = `0.2 0.4 ${(n % 10) / 10} rg 72 72 300 ${40 + n * 10} re f\n${noise.join("\n")}\n`;
    return `<< /Length ${drawing.length} >>\nstream\n${drawing}endstream`;
  };
  const objects = ["<< /Type /Catalog /Pages 2 0 R >>", `<< /Type /Pages /Count ${pages} /Kids [${kids}] >>`, ...numbers.map(page), ...numbers.map(content)];
  let text = "%PDF-1.7\n";
  const offsets = objects.map((object, n) => {
    const at = text.length;
    text += `${n + 1} 0 obj\n${object}\nendobj\n`;
    return at;
  });
  const rows = offsets.map((at) => `${String(at).padStart(10, "0")} 00000 n \n`).join("");
  const trailer = `trailer\n<< /Size ${objects.length + 1} /Root 1 0 R >>\nstartxref\n${text.length}\n%%EOF\n`;
  return Buffer.from(`${text}xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${rows}${trailer}`, "latin1");
}

/** A folder with that PDF. */
export function folderWithPdf(pages, bytesEach) {
  const folder = mkdtempSync(join(tmpdir(), "vitrine-pdf-"));
  const bytes = heavyPdf(pages, bytesEach);
  writeFileSync(join(folder, "heavy.pdf"), bytes);
  return { folder, size: bytes.length };
}
