// Runs one program to its end, or to the limit: how long it took and the most memory it had.

import { spawn, spawnSync } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "../../scripts/run.mjs";
import { BINARIES } from "./tools.mjs";

/** What takes longer is cut. */
export const LIMIT_SECONDS = 120;

function killAll(child) {
  try {
    process.kill(-child.pid, "SIGKILL");
  } catch {
    // It has ended meanwhile.
  }
}

/** GNU time writes the peak of resident memory in KiB as the last line, after its words on how the program ended. */
function peakIn(report) {
  try {
    return Number(readFileSync(report, "utf8").trim().split("\n").at(-1)) * 1024;
  } catch {
    return undefined;
  } finally {
    rmSync(report, { force: true });
  }
}

/** The line that says what went wrong: the first with "error", else the last. */
function lastWords(words) {
  const lines = words.trim().split("\n");
  return lines.find((line) => /error/i.test(line)) ?? lines.at(-1);
}

/**
 * Runs `{command, args, env, cwd, good}`. The outcome has `seconds`, `peak` in bytes, and `cut` or `failed` (its last words)
 * where it did not do what it was told. What was written before is on the disk first, so that nobody pays for another's bytes.
 */
export async function timed({ command, args, env = {}, cwd, good = [0] }, limit = LIMIT_SECONDS) {
  spawnSync("sync");
  const report = join(tmpdir(), `vitrine-bench-time-${process.pid}`);
  const begun = process.hrtime.bigint();
  const child = spawn(BINARIES.time, ["--quiet", "--format", "%M", "--output", report, command, ...args], {
    cwd,
    env: { ...process.env, ...env },
    stdio: ["ignore", "ignore", "pipe"],
    detached: true,
  });
  const kill = () => killAll(child);
  process.once("exit", kill);
  let [words, cut] = ["", false];
  child.stderr.on("data", (data) => (words = (words + data).slice(-2000)));
  const timer = setTimeout(() => {
    cut = true;
    kill();
  }, limit * 1000);
  const [code, ended] = await new Promise((resolve, reject) => {
    child.once("error", reject);
    let at;
    child.once("exit", () => (at = process.hrtime.bigint()));
    child.once("close", (status) => resolve([status, at]));
  });
  clearTimeout(timer);
  process.removeListener("exit", kill);
  const outcome = { seconds: Number(ended - begun) / 1e9, peak: peakIn(report) };
  if (cut) return { ...outcome, cut };
  return good.includes(code) ? outcome : { ...outcome, failed: lastWords(words) || `exit code ${code}` };
}
