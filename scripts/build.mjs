// Builds the three things that run: the viewer into dist/, the Worker into worker/build/, the program into
// target/release/. Prints the sizes that have a budget, and fails when one is over.

import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { fail, join, root, run, say, seconds } from "./run.mjs";

/** The Worker's budget, in bytes of gzip. Issue 2 asks for 400 KB for the gateway alone; the control plane and the beginnings of
 * texts are the rest, and there is room for what comes (docs/decisions.md). The platform's limit is 3 MB on its free plan, 10 MB on the others. */
const WORKER_GZIP_MAX = 900 * 1024;

const kilobytes = (bytes) => `${(bytes / 1024).toFixed(1)} KB`;

export function buildViewer() {
  const begun = Date.now();
  run("node", ["scripts/build-viewer.mjs"]);
  say(`viewer built (${seconds(begun)})`);
}

export function buildWorker() {
  const begun = Date.now();
  run("worker-build", ["--profile", "wasm-release"], { cwd: join(root, "worker"), stdio: ["ignore", "ignore", "inherit"] });
  // The names of functions are a fifth of the file. Not `strip` in the profile: worker-build then finds no features.
  const wasm = join(root, "worker/build/index_bg.wasm");
  run("wasm-opt", ["--detect-features", "--strip-debug", wasm, "-o", wasm]);
  const files = ["index.js", "index_bg.wasm"].map((name) => readFileSync(join(root, "worker/build", name)));
  const size = files.reduce((sum, bytes) => sum + gzipSync(bytes, { level: 9 }).length, 0);
  say(`worker built: ${kilobytes(size)} gzip of ${kilobytes(WORKER_GZIP_MAX)} allowed (${seconds(begun)})`);
  if (size > WORKER_GZIP_MAX) fail(`the worker is over its budget: ${kilobytes(size)} gzip`);
}

export function buildProgram() {
  const begun = Date.now();
  run("cargo", ["build", "--release", "--quiet", "-p", "vitrine"]);
  say(`program built: target/release/vitrine (${seconds(begun)})`);
}

if (process.argv[1] === import.meta.filename) {
  buildProgram();
  buildViewer();
  buildWorker();
}
