// What a spec asks of a browser, whichever it is: open an address, evaluate a function in the page or in a frame of it, press keys,
// and remember dialogs and errors. Chromium and Firefox speak WebDriver BiDi or its forerunner (`by-puppeteer.mjs`), WebKit plain WebDriver
// (`by-webdriver.mjs`). Called by `suite.mjs`; refuses what one of the three cannot do.
//
//   engine.tab()             a new tab in a profile of its own: { goto, evaluate, press, frames, faults, dialogs, url, close }
//   tab.goto(url)            resolves when the page has loaded
//   tab.evaluate(f, …args)   runs `f` in the page; arguments and answer are JSON; waits for promises
//   tab.within(wanted, f, …) the same in the first frame, however deep, in which `wanted` (a function) is true
//   tab.press(key, ctrl?)    one key, by its name in `KeyboardEvent.key`
//   tab.faults               errors that nobody caught, and the viewer's own of the console, where the engine tells of them
//   tab.dialogs              texts of dialogs, which are dismissed

import { launchChromium, launchFirefox } from "./by-puppeteer.mjs";
import { launchWebkit } from "./by-webdriver.mjs";

export const ENGINES = { chromium: launchChromium, firefox: launchFirefox, webkit: launchWebkit };

/** Waits until `f` is true in the page, or fails with what `said` tells. */
export async function until(tab, f, args = [], said = () => String(f), patience = 20_000) {
  const end = Date.now() + patience;
  for (;;) {
    // A page that is being left has nobody to answer.
    const value = await tab.evaluate(f, ...args).catch((error) => (Date.now() < end ? undefined : Promise.reject(error)));
    if (value) return value;
    if (Date.now() > end) throw new Error(`waited in vain for: ${said()}; the page says: ${await tab.evaluate(() => document.body?.innerText.slice(0, 500))}`);
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
}

/** True in a page of the viewer when nothing is under way: neither the page nor any part of it. */
export const isSettled = () => document.querySelector("main[aria-busy=false]") !== null && document.querySelector("main [data-rendered=pending]") === null;

/** Opens an address of the viewer and waits until it has drawn what a reader sees first. */
export async function open(tab, url) {
  await tab.goto(url);
  await until(tab, isSettled, [], () => `${url} to be drawn`);
}

/** True in a page of the viewer that shows code; it stands in a tree of its own. */
export const linesOfCode = () => [...document.querySelectorAll("main *")].some(({ shadowRoot }) => shadowRoot?.querySelectorAll(".cm-line").length > 5);
