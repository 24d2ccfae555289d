// Chromium and Firefox, as Debian has them, behind the seam of `seam.mjs`.

import puppeteer from "puppeteer-core";
import { startScreen } from "./screen.mjs";

const VIEW = { width: 1200, height: 900 };

export const launchChromium = () =>
  launch({
    browser: "chrome",
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
  });

// Without a graphics card Firefox draws 3D only when it is told to, and only where there is a screen.
const SOFTWARE_3D = { "webgl.force-enabled": true, "webgl.forbid-software": false };

export async function launchFirefox() {
  const screen = await startScreen();
  const engine = await launch({
    browser: "firefox",
    executablePath: process.env.FIREFOX ?? "/usr/bin/firefox-esr",
    env: { ...process.env, DISPLAY: screen.display },
    extraPrefsFirefox: SOFTWARE_3D,
  });
  const close = async () => {
    await engine.close();
    screen.stop();
  };
  return { ...engine, close };
}

/** Firefox says of a font that was on its way when the page was left that it failed. */
const LEFT = /downloadable font: download failed .* status=2152398850/s;

async function launch(options) {
  const browser = await puppeteer.launch({ headless: true, ...options });
  return { tab: () => tabOf(browser), close: () => browser.close() };
}

async function tabOf(browser) {
  const context = await browser.createBrowserContext();
  const page = await context.newPage();
  await page.setViewport(VIEW);
  const [faults, dialogs] = [[], []];
  page.on("pageerror", (error) => !LEFT.test(error.message) && faults.push(`uncaught: ${error.stack ?? error}`));
  page.on("console", (message) => message.type() === "error" && faults.push(`${message.text()} (${message.location().url ?? ""})`));
  page.on("dialog", (dialog) => {
    dialogs.push(dialog.message());
    dialog.dismiss().catch(() => {});
  });
  const call = (frame, f, args) => frame.evaluate(`(${f})(...${JSON.stringify(args)})`);
  return {
    faults,
    dialogs,
    goto: (url) => page.goto(url, { waitUntil: "load" }),
    url: async () => page.url(),
    evaluate: (f, ...args) => call(page, f, args),
    async within(wanted, f, ...args) {
      for (const frame of page.frames()) {
        if (await call(frame, wanted, []).catch(() => false)) return call(frame, f, args);
      }
      throw new Error(`no frame has ${wanted}`);
    },
    async press(key, ctrl = false) {
      if (ctrl) await page.keyboard.down("Control");
      await page.keyboard.press(key);
      if (ctrl) await page.keyboard.up("Control");
    },
    close: () => context.close(),
  };
}
