// Running other programs: with the pinned tools first on PATH, with a line that says what is done and why it takes
// time, and with an error that names what failed. Used by every other script.

import { spawn, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

export const root = resolve(fileURLToPath(import.meta.url), "../..");

/** Where pinned cargo tools live: outside the checkout, so that every clone shares them. */
export const toolsRoot = process.env.VITRINE_TOOLS ?? join(homedir(), ".cache/vitrine/tools");

export const cargoTools = [
  // Must equal `wasm-bindgen` in Cargo.toml. Its own lock file names a yanked crate, so not `--locked`.
  { crate: "wasm-bindgen-cli", version: "0.2.130", binary: "wasm-bindgen", locked: false, minutes: 3 },
  { crate: "wasm-pack", version: "0.15.1", binary: "wasm-pack", locked: true, minutes: 2 },
  { crate: "worker-build", version: "0.8.7", binary: "worker-build", locked: false, minutes: 4 },
];

/** Python's test of the control API, in an environment of its own; what is in it stands in `tests/schemathesis.txt`. */
export const schemathesis = join(toolsRoot, "schemathesis-4.32.5");

export const toolDirectory = (tool) => join(toolsRoot, `${tool.crate}-${tool.version}`, "bin");

/** The environment of every program we start. */
export function environment(extra = {}) {
  const bin = join(root, "node_modules/.bin");
  const path = [bin, ...cargoTools.map(toolDirectory), join(homedir(), ".cargo/bin"), process.env.PATH].join(delimiter);
  return {
    ...process.env,
    PATH: path,
    // worker-build looks for its tools on a release page, unless told where they are.
    WASM_BINDGEN_BIN: join(toolDirectory(cargoTools[0]), "wasm-bindgen"),
    WASM_OPT_BIN: join(bin, "wasm-opt"),
    ESBUILD_BIN: join(bin, "esbuild"),
    WRANGLER_SEND_METRICS: "false",
    WRANGLER_HIDE_BANNER: "true",
    ...extra,
  };
}

export const say = (text) => process.stderr.write(`▸ ${text}\n`);

export function fail(text, hint) {
  process.stderr.write(`error: ${text}\n${hint ? `hint: ${hint}\n` : ""}`);
  process.exit(1);
}

/** Runs a program to its end; a failure ends the script, naming the program. */
export function run(command, args, options = {}) {
  const { env, hint, ...rest } = options;
  const result = spawnSync(command, args, { cwd: root, stdio: "inherit", env: environment(env), ...rest });
  if (result.error?.code === "ENOENT") fail(`\`${command}\` is not installed`, hint);
  if (result.error) fail(`\`${command}\` could not be started: ${result.error.message}`, hint);
  if (result.status !== 0) fail(`\`${[command, ...args].join(" ")}\` failed (${result.status ?? result.signal})`, hint);
  return result;
}

/** Runs a program quietly and returns its output, or undefined when it failed or is not there. */
export function ask(command, args) {
  const result = spawnSync(command, args, { cwd: root, encoding: "utf8", env: environment() });
  return result.status === 0 ? result.stdout.trim() : undefined;
}

/** Starts a program that goes on beside us. */
export const start = (command, args, options = {}) =>
  spawn(command, args, { cwd: root, env: environment(options.env), ...options.spawn });

export const seconds = (since) => `${((Date.now() - since) / 1000).toFixed(0)} s`;

export { existsSync, join, resolve };
