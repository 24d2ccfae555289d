// A screen without a monitor, for engines that draw on nothing else. Called by `by-puppeteer.mjs` and `by-webdriver.mjs`.

import { spawn } from "node:child_process";

/** Starts Xvfb; resolves with the screen's name, and with what ends it, when it is there. */
export function startScreen() {
  const child = spawn("Xvfb", ["-displayfd", "3", "-screen", "0", "1280x1000x24", "-nolisten", "tcp"], { stdio: ["ignore", "ignore", "ignore", "pipe"] });
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`Xvfb ended with ${code}`)));
    child.stdio[3].once("data", (number) => {
      child.removeAllListeners("exit");
      resolve({ display: `:${String(number).trim()}`, stop: () => child.kill() });
    });
  });
}
