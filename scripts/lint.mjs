// `npm run lint`: formatting, clippy natively and for wasm, and TypeScript's own checks. Changes nothing.

import { run, say, seconds } from "./run.mjs";

export function lint() {
  const begun = Date.now();
  run("cargo", ["fmt", "--all", "--check"], { hint: "run `cargo fmt --all`" });
  const deny = ["--quiet", "--", "-D", "warnings"];
  run("cargo", ["clippy", "--workspace", "--all-targets", ...deny]);
  // The OpenAPI document's own code, which no other build has.
  run("cargo", ["clippy", "-p", "vitrine-protocol", "--features", "schema", "--all-targets", ...deny]);
  const wasm = ["--target", "wasm32-unknown-unknown", "-p", "vitrine-worker", "-p", "vitrine-viewer", "-p", "vitrine-encodings"];
  run("cargo", ["clippy", ...wasm, ...deny]);
  run("tsc", ["--noEmit", "-p", "viewer/js"]);
  // The warning that it leaves out: the parser's function is Node's, and new.
  run("eslint", ["--max-warnings=0"], { env: { NODE_OPTIONS: "--disable-warning=ExperimentalWarning" } });
  say(`lints are clean (${seconds(begun)})`);
}

if (process.argv[1] === import.meta.filename) lint();
