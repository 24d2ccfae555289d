// One reader: a browser that has never been here opens a page, then opens it again in a new tab.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { chromium } from "playwright-core";
import { freePort } from "../gateway/servers.mjs";
import { join } from "../../scripts/run.mjs";
import { BLANK } from "./front.mjs";
import { probe } from "./probe.mjs";
import { scroll } from "./scroll.mjs";
import { throttle } from "./throttle.mjs";

/** A page that has not changed for so long, with no answer under way, is complete. */
const REST_MS = 1500;

/** Nobody waits longer. */
const PATIENCE_MS = 60_000;

const FLAGS = "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync".split(" ");

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Starts a browser with an empty profile, slowed; `close` removes all of it. */
export async function reader(front, slowness) {
  const [profile, port] = [mkdtempSync(join(tmpdir(), "vitrine-bench-")), await freePort()];
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: [...FLAGS, `--remote-debugging-port=${port}`],
    viewport: { width: 1200, height: 900 },
  });
  const slowed = await throttle(port, slowness);
  const close = async () => {
    slowed.close();
    await context.close();
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  };
  // A browser that has just started is busy with itself.
  await context.pages()[0].goto(`http://warm-up.localhost:${front.port}${BLANK}`);
  await pause(700);
  return { context, slowed, close };
}

/** Waits until nothing has changed and nothing was asked for a while. */
async function rest(page, front) {
  const deadline = performance.now() + PATIENCE_MS;
  // Asking is work in the page, and the first time much of it; nothing that loads is disturbed before it could have come to rest.
  await pause(REST_MS);
  for (;;) {
    await pause(200);
    const quiet = await page.evaluate(() => {
      const { changed, tasks, first } = window.__bench;
      const busy = Math.max(changed, ...tasks.map(([start, duration]) => start + duration));
      return first === undefined ? 0 : performance.now() - busy;
    });
    const { open, last } = front.state();
    if (quiet > REST_MS && open === 0 && performance.now() - last > REST_MS) return true;
    if (performance.now() > deadline) return false;
  }
}

/** What the page remembers of its own loading. */
const remembered = () => {
  const { first, text, changed, tasks, paint, shift } = window.__bench;
  const listings = performance.getEntriesByType("resource").filter(({ name }) => /\/extents\//.test(name));
  const [navigation] = performance.getEntriesByType("navigation");
  const ends = [...listings.map(({ responseEnd }) => responseEnd), navigation.responseEnd];
  return { first, text, changed, tasks, paint, shift, listed: Math.max(...ends) };
};

/** Bytes that the page's scripts, their buffers and its elements hold after a collection. */
async function memory(slowed) {
  await slowed.call("HeapProfiler.collectGarbage");
  const { usedSize, embedderHeapUsedSize = 0, backingStorageSize = 0 } = await slowed.call("Runtime.getHeapUsage");
  return usedSize + embedderHeapUsedSize + backingStorageSize;
}

/** The last words, scrolled to where they are: a page without them is not complete. */
async function hasEnd(page, last) {
  if (last === "") return true;
  await page.evaluate(() => scrollTo(0, document.documentElement.scrollHeight));
  return page.getByText(last).last().waitFor({ state: "attached", timeout: 60_000 }).then(() => true, () => false);
}

/** Opens a page and measures it. */
async function visit({ context, slowed }, front, url, row, { scrolled }) {
  const page = await context.newPage();
  await page.addInitScript(probe, { first: row.first, ink: row.ink === true });
  await page.goto(`http://warm-up.localhost:${front.port}${BLANK}`);
  front.reset();
  await page.goto(url, { waitUntil: "commit" });
  const rested = await rest(page, front);
  const { tasks, changed, ...times } = await page.evaluate(remembered);
  const asked = front.counted();
  const figures = {
    ...times,
    complete: rested ? Math.max(changed, times.first) : undefined,
    bytes: asked.reduce((sum, { bytes = 0 }) => sum + bytes, 0),
    requests: asked.length,
    longTasks: tasks.length,
    longest: Math.max(0, ...tasks.map(([, duration]) => duration)),
    memory: await memory(slowed),
  };
  if (scrolled) figures.scroll = await scroll(page, slowed);
  figures.whole = await hasEnd(page, row.last);
  await page.close();
  return figures;
}

/** Both visits of one reader. */
export async function visits(front, url, row) {
  const browser = await reader(front);
  try {
    const cold = await visit(browser, front, url, row, { scrolled: row.scrolled });
    const warm = await visit(browser, front, url, row, { scrolled: false });
    return { cold, warm };
  } finally {
    await browser.close();
  }
}

/** One visit by a reader who is not slowed. */
export async function glance(front, url, row) {
  const browser = await reader(front, { network: false, cpu: 1 });
  try {
    return await visit(browser, front, url, row, { scrolled: false });
  } finally {
    await browser.close();
  }
}
