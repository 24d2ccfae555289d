// Runs the unit tests of the viewer's scripts (`viewer/js/**/*.test.ts`) in Node: each is bundled as the viewer is, so that it
// sees the same modules. They have no page; what needs one is a browser spec.
//
//   node scripts/unit.mjs [part of a file's name]

import { mkdirSync, readdirSync, rmSync } from "node:fs";
import { epsgIndex } from "./epsg.mjs";
import { join, root, run } from "./run.mjs";

export async function unit(only = "") {
  // Whoever starts the tests may have Node 20, which has no `globSync`.
  const files = readdirSync(join(root, "viewer/js"), { recursive: true }).map((file) => `viewer/js/${file}`);
  const found = files.filter((file) => file.endsWith(".test.ts") && file.includes(only));
  const out = join(root, ".vitrine/unit");
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  const esbuild = await import("esbuild");
  await esbuild.build({
    absWorkingDir: root,
    entryPoints: found,
    bundle: true,
    platform: "node",
    format: "esm",
    outdir: out,
    outbase: "viewer/js",
    outExtension: { ".js": ".mjs" },
    sourcemap: "inline",
    define: { ASSETS: JSON.stringify({ styles: {} }) },
    plugins: [epsgIndex],
    external: ["vitrine-wasm", "vitrine-documents", "vitrine-encodings"],
    logLevel: "warning",
  });
  run("node", ["--enable-source-maps", "--test", "--test-reporter=dot", `${out}/**/*.test.mjs`]);
}

if (process.argv[1] === import.meta.filename) await unit(process.argv[2]);
