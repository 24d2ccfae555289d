// WebKit, as Debian has it (WebKitGTK's MiniBrowser, Safari's engine), behind the seam of `seam.mjs`. It needs a screen, which Xvfb is.
//
// WebDriver tells neither of errors nor of the console, so `faults` has only what happens after a page has loaded.

import { spawn } from "node:child_process";
import { createServer } from "node:net";
import { Builder, Capabilities, Key } from "selenium-webdriver";
import { startScreen } from "./screen.mjs";

const BROWSER = process.env.WEBKIT ?? "/usr/lib/x86_64-linux-gnu/webkit2gtk-4.1/MiniBrowser";
const KEYS = { Enter: Key.ENTER, Escape: Key.ESCAPE, ArrowDown: Key.ARROW_DOWN, ArrowUp: Key.ARROW_UP, ArrowRight: Key.ARROW_RIGHT, ArrowLeft: Key.ARROW_LEFT, Tab: Key.TAB };
/** Frames within frames are looked at so deep: the app's page, the viewer, an output, what it frames. */
const DEPTH_MAX = 4;

const freePort = () =>
  new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });

async function untilListening(port, child) {
  const end = Date.now() + 20_000;
  while (Date.now() < end && child.exitCode === null) {
    const status = await fetch(`http://127.0.0.1:${port}/status`).catch(() => undefined);
    if (status?.ok) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error("WebKitWebDriver does not answer");
}

export async function launchWebkit() {
  const screen = await startScreen();
  const port = await freePort();
  // Colours, sizes and sandboxes of a desktop are not there; bubblewrap cannot nest in a container.
  const env = { ...process.env, DISPLAY: screen.display, WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS: "1", NO_AT_BRIDGE: "1", GDK_BACKEND: "x11" };
  const driver = spawn("WebKitWebDriver", [`--port=${port}`, "--host=127.0.0.1"], { env, stdio: "ignore" });
  await untilListening(port, driver);
  const tabs = new Set();
  return {
    async tab() {
      // One session at a time is all that the driver knows.
      for (const tab of tabs) await tab.close();
      const tab = await tabOf(port);
      tabs.add(tab);
      return tab;
    },
    async close() {
      for (const tab of tabs) await tab.close().catch(() => {});
      driver.kill();
      screen.stop();
    },
  };
}

/** In the page: its frames, also those in open shadow trees. */
function framesHere(root) {
  return [...root.querySelectorAll("*")].flatMap((element) => [...(element.matches("iframe") ? [element] : []), ...(element.shadowRoot ? framesHere(element.shadowRoot) : [])]);
}

async function tabOf(port) {
  const options = { binary: BROWSER, args: ["--automation"] };
  const capabilities = new Capabilities({ browserName: "MiniBrowser", unhandledPromptBehavior: "dismiss and notify", "webkitgtk:browserOptions": options });
  const driver = await new Builder().usingServer(`http://127.0.0.1:${port}`).withCapabilities(capabilities).build();
  await driver.manage().setTimeouts({ script: 30_000, pageLoad: 60_000 });
  await driver.manage().window().setRect({ x: 0, y: 0, width: 1200, height: 960 });
  const [faults, dialogs] = [[], []];
  let isOpen = true;
  /** Calls `work` again when a dialog stood in its way, which is noted. */
  const pastDialogs = async (work) => {
    for (let tries = 0; ; tries += 1) {
      try {
        return await work();
      } catch (error) {
        if (error.name !== "UnexpectedAlertOpenError" || tries > 20) throw error;
        dialogs.push(error.getAlertText?.() ?? error.message);
      }
    }
  };
  const call = (f, args) =>
    pastDialogs(() =>
      driver.executeAsyncScript(
        `const done = arguments[arguments.length - 1];
         Promise.resolve().then(() => (${f})(...JSON.parse(arguments[0]))).then((value) => done({ value }), (error) => done({ error: String(error?.stack ?? error) }));`,
        JSON.stringify(args),
      ),
    ).then((answer) => {
      if (answer.error !== undefined) throw new Error(answer.error);
      return answer.value;
    });
  /** Looks through the frames below the one that is current; stays in the one that is wanted. */
  const find = async (wanted, depth) => {
    if (await call(wanted, []).catch(() => false)) return true;
    const frames = depth === DEPTH_MAX ? [] : await pastDialogs(() => driver.executeScript(`${framesHere}; return framesHere(document)`));
    for (const frame of frames) {
      await driver.switchTo().frame(frame);
      if (await find(wanted, depth + 1)) return true;
      await driver.switchTo().parentFrame();
    }
    return false;
  };
  const watch = () => {
    if (globalThis.vitrineFaults) return;
    globalThis.vitrineFaults = [];
    // A notice, not an error: sizes that change while they are told are told with the next frame.
    addEventListener("error", ({ message, error }) => !/^ResizeObserver loop/.test(message) && globalThis.vitrineFaults.push(`uncaught: ${error?.stack ?? message}`));
    addEventListener("unhandledrejection", ({ reason }) => globalThis.vitrineFaults.push(`uncaught: ${reason?.stack ?? reason}`));
  };
  const collect = async () => faults.push(...((await call(() => globalThis.vitrineFaults?.splice(0), []).catch(() => [])) ?? []));
  return {
    faults,
    dialogs,
    async goto(url) {
      await pastDialogs(() => driver.get(url));
      await call(watch, []);
    },
    url: () => pastDialogs(() => driver.getCurrentUrl()),
    async evaluate(f, ...args) {
      const value = await call(f, args);
      await collect();
      return value;
    },
    async within(wanted, f, ...args) {
      try {
        if (!(await find(wanted, 0))) throw new Error(`no frame has ${wanted}`);
        return await call(f, args);
      } finally {
        await driver.switchTo().defaultContent();
      }
    },
    async press(key, ctrl = false) {
      const keys = driver.actions();
      if (ctrl) keys.keyDown(Key.CONTROL);
      keys.sendKeys(KEYS[key] ?? key);
      if (ctrl) keys.keyUp(Key.CONTROL);
      await pastDialogs(() => keys.perform());
    },
    async close() {
      if (!isOpen) return;
      isOpen = false;
      await driver.quit();
    },
  };
}
