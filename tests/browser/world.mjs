// What every browser spec stands on: the built program, a real Chromium, and a page that remembers what went wrong in it.

import { spawnSync } from "node:child_process";
import { chromium } from "playwright-core";

const variable = (name) => {
  const value = process.env[name];
  if (value === undefined) throw new Error(`\`${name}\` is not set: the specs are run by \`npm test\``);
  return value;
};

export const port = variable("VITRINE_TEST_PORT");
export const shareOrigin = `http://share.localhost:${port}`;
export const frameOrigin = `http://frame.localhost:${port}`;

/** Publishes a folder as a new share and returns the program's last event. */
export function publish(folder, flags = [], scope = "public") {
  const result = spawnSync(variable("VITRINE_TEST_PROGRAM"), ["publish", folder, "--json", "--yes", "--scope", scope, ...flags], {
    encoding: "utf8",
    maxBuffer: 64 << 20,
    env: {
      PATH: process.env.PATH,
      VITRINE_TOKEN: variable("VITRINE_TEST_TOKEN"),
      VITRINE_API: `http://app.localhost:${port}`,
      XDG_STATE_HOME: variable("VITRINE_TEST_STATE"),
    },
  });
  const last = result.stdout.trim().split("\n").at(-1);
  if (result.status !== 0) throw new Error(`publish failed (${result.status}): ${last}\n${result.stderr}`);
  return JSON.parse(last);
}

/** A path as part of a URL, as the viewer writes it. */
export const urlPath = (path) => path.split("/").map(encodeURIComponent).join("/");

export const shareUrl = (published, path = "") => `${shareOrigin}/${published.share_id}/${urlPath(path)}`;

export function launch(flags = []) {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      ...flags,
    ],
  });
}

/**
 * A new page whose `faults` collects uncaught errors anywhere and console errors of the viewer's own.
 *
 * Console errors of other origins are the content's: a notebook may ask for a library that is not there.
 */
export async function newPage(browser, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1200, height: 900 }, ...options });
  const page = await context.newPage();
  const faults = [];
  page.on("pageerror", (error) => faults.push(`uncaught: ${error.stack ?? error}`));
  page.on("console", (message) => {
    const from = message.location().url;
    if (message.type() === "error" && (from === "" || from.startsWith(shareOrigin))) faults.push(`${message.text()} (${from})`);
  });
  page.on("crash", () => faults.push("the page crashed"));
  return Object.assign(page, { faults });
}

/** Opens an address of the viewer and waits until it has drawn what a reader sees first. */
export async function open(page, url) {
  await page.goto(url, { waitUntil: "load" });
  await settled(page);
}

/** Waits until the viewer says that nothing is under way: neither the page nor any part of it. */
export const settled = (page) =>
  page.waitForFunction(
    () => document.querySelector("main[aria-busy=false]") && !document.querySelector("main [data-rendered=pending]"),
    undefined,
    { timeout: 20_000 },
  );
