// Builds the viewer into `dist/`: wasm, scripts, styles, fonts, the shell and the frame's page, all under hashed names, and
// holds their sizes to a budget. Does nothing when no input has changed since the last build.
//
//   node scripts/build-viewer.mjs [--force]

import { createHash } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import zlib from "node:zlib";
import { root, run } from "./run.mjs";

const dist = path.join(root, "dist");
const assets = path.join(dist, "_assets");
const stampFile = path.join(dist, ".viewer-build.json");
const PUBLIC = "/_assets/";

/** What must not grow unnoticed, in KB (1,000 bytes) of brotli. */
const FIRST_PAINT_BUDGET = 220;

/** Each lazy renderer with everything it loads at once: what a reader waits for, grammars of single languages aside. */
const RENDERER_BUDGETS = {
  markdown: 155,
  notebook: 160,
  table: 145,
  math: 80,
  highlight: 100,
  code: 140,
  pdf: 500,
  "frame page": 6,
};

/** What renderers fetch besides their scripts. */
const RENDERER_EXTRAS = {
  markdown: ["documentsWasm"],
  notebook: ["documentsWasm"],
  table: ["documentsWasm"],
  math: ["katexStyle"],
  pdf: ["pdfWorker"],
};

const INPUTS = ["viewer/src", "viewer/js", "viewer/Cargo.toml", "protocol/src", "protocol/Cargo.toml", "static", "Cargo.toml", "Cargo.lock", "package-lock.json", "scripts/build-viewer.mjs"];

function filesUnder(start) {
  const absolute = path.join(root, start);
  if (!fs.existsSync(absolute)) return [];
  if (fs.statSync(absolute).isFile()) return [absolute];
  const found = fs.readdirSync(absolute, { recursive: true, withFileTypes: true });
  return found.filter((entry) => entry.isFile() && !entry.name.endsWith(".snap")).map((entry) => path.join(entry.parentPath, entry.name));
}

function hashInputs() {
  const hash = createHash("sha256");
  for (const file of INPUTS.flatMap(filesUnder).sort()) {
    hash.update(path.relative(root, file)).update("\0").update(fs.readFileSync(file)).update("\0");
  }
  return hash.digest("hex");
}

const shortHash = (bytes) => createHash("sha256").update(bytes).digest("base64url").replace(/[-_]/g, "").slice(0, 10);

const brotli = (bytes) =>
  zlib.brotliCompressSync(bytes, { params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 11 } }).length;

/** Writes an asset under a name that holds its hash, and returns its address. */
function emit(name, bytes) {
  const { name: stem, ext } = path.parse(name);
  const file = `${stem}-${shortHash(bytes)}${ext}`;
  fs.writeFileSync(path.join(assets, file), bytes);
  return PUBLIC + file;
}

/** Builds one half of the crate, named by its Cargo feature, into `viewer/pkg/<feature>/`, and returns the optimised wasm. */
function buildWasm(feature) {
  const folder = `pkg/${feature}`;
  run("wasm-pack", [
    ...["--log-level", "error", "build", "viewer", "--target", "web", "--profile", "wasm-release", "--mode", "no-install"],
    ...["--out-dir", folder, "--out-name", feature, "--no-pack", "--no-typescript", "--no-opt"],
    ...["--no-default-features", "--features", feature],
  ]);
  const built = path.join(root, "viewer", folder, `${feature}_bg.wasm`);
  const optimised = path.join(root, "viewer", folder, "optimised.wasm");
  // The features that rustc turns on for wasm32-unknown-unknown; every browser that we support has them.
  const enabled = ["bulk-memory", "mutable-globals", "nontrapping-float-to-int", "reference-types", "sign-ext", "multivalue"];
  run("wasm-opt", [built, "-o", optimised, "-Oz", "--converge", ...enabled.map((name) => `--enable-${name}`), "--strip-debug", "--strip-producers"]);
  return fs.readFileSync(optimised);
}

/** Copies what pdf.js fetches by name: character maps, fonts, decoders. The version is in the folder's name. */
function copyPdfData() {
  const source = path.join(root, "node_modules/pdfjs-dist");
  const { version } = JSON.parse(fs.readFileSync(path.join(source, "package.json"), "utf8"));
  const folder = `pdfjs-${version}`;
  for (const part of ["cmaps", "standard_fonts", "wasm", "iccs"]) {
    fs.cpSync(path.join(source, part), path.join(assets, folder, part), { recursive: true });
  }
  return `${PUBLIC}${folder}/`;
}

const common = {
  bundle: true,
  minify: true,
  absWorkingDir: root,
  outdir: assets,
  publicPath: PUBLIC,
  entryNames: "[name]-[hash]",
  chunkNames: "[name]-[hash]",
  assetNames: "[name]-[hash]",
  target: ["chrome111", "firefox114", "safari16.4"],
  legalComments: "none",
  logLevel: "warning",
  metafile: true,
};

/** KaTeX's sheet names each font in three formats; every browser that we support reads the first. */
const onlyWoff2 = {
  name: "only-woff2",
  setup(build) {
    build.onLoad({ filter: /katex\.css$/ }, (args) => {
      const text = fs.readFileSync(args.path, "utf8").replace(/,url\([^)]*\.(?:woff|ttf)\) ?format\("[a-z]+"\)/g, "");
      return { contents: text.replace(/,\s*url\([^)]*\.(?:woff|ttf)\)\s*format\("[a-z]+"\)/g, ""), loader: "css" };
    });
  },
};

const outputOf = (result, entry) => {
  const found = Object.entries(result.metafile.outputs).find(([, output]) => output.entryPoint === entry);
  if (!found) throw new Error(`esbuild made nothing of ${entry}`);
  return PUBLIC + path.basename(found[0]);
};

async function bundle(esbuild, wasm, documentsWasm) {
  const css = await esbuild.build({
    ...common,
    entryPoints: ["static/styles/viewer.css", "static/styles/frame.css", "node_modules/katex/dist/katex.css"],
    loader: { ".svg": "dataurl", ".woff2": "file" },
    plugins: [onlyWoff2],
  });
  const addresses = {
    wasm,
    documentsWasm,
    katexStyle: outputOf(css, "node_modules/katex/dist/katex.css"),
    pdfWorker: emit("pdf.worker.mjs", fs.readFileSync(path.join(root, "node_modules/pdfjs-dist/build/pdf.worker.min.mjs"))),
    pdfData: copyPdfData(),
  };
  const js = await esbuild.build({
    ...common,
    entryPoints: ["viewer/js/main.ts"],
    format: "esm",
    splitting: true,
    alias: {
      "vitrine-wasm": "./viewer/pkg/app/app.js",
      "vitrine-documents": "./viewer/pkg/documents/documents.js",
      "pdfjs-dist": "./node_modules/pdfjs-dist/build/pdf.min.mjs",
    },
    define: { ASSETS: JSON.stringify(addresses) },
  });
  const framePage = await esbuild.build({ ...common, entryPoints: ["viewer/js/frame-page.ts"], format: "iife" });
  return { css, js, framePage, addresses };
}

/** Fills `{{name}}` in a page of `static/`. */
function writePage(from, to, values) {
  const text = fs.readFileSync(path.join(root, "static", from), "utf8");
  fs.writeFileSync(
    path.join(dist, to),
    text.replace(/\{\{(\w+)\}\}/g, (_, name) => {
      if (values[name] === undefined) throw new Error(`static/${from} asks for {{${name}}}`);
      return values[name];
    }),
  );
}

/** The files that come with one: static imports, followed to the end. */
function withImports(outputs, file, seen = new Set()) {
  if (seen.has(file)) return seen;
  seen.add(file);
  for (const { path: next, kind } of outputs[file]?.imports ?? []) if (kind === "import-statement") withImports(outputs, next, seen);
  return seen;
}

/** The scripts that each renderer imports beside those of the first paint, for the Worker's preload hints. */
function rendererScripts(outputs, first) {
  const scripts = {};
  for (const name of ["markdown", "notebook", "table", "code", "pdf"]) {
    const file = Object.keys(outputs).find((candidate) => outputs[candidate].entryPoint === `viewer/js/${name}.ts`);
    scripts[name] = [...withImports(outputs, file)].filter((one) => !first.has(one)).map((one) => PUBLIC + path.basename(one));
  }
  return scripts;
}

const sizeOf = (files) => [...files].reduce((sum, file) => sum + brotli(fs.readFileSync(path.resolve(root, file))), 0);

function measure({ js, framePage }, addresses) {
  const outputs = js.metafile.outputs;
  const inAssets = (address) => path.join(assets, path.basename(address));
  const entry = Object.keys(outputs).find((file) => outputs[file].entryPoint === "viewer/js/main.ts");
  const first = withImports(outputs, entry);
  const rows = [
    { name: "wasm", bytes: sizeOf([inAssets(addresses.wasm)]) },
    { name: "entry script and glue", bytes: sizeOf(first) },
    { name: "style sheet", bytes: sizeOf([inAssets(addresses.style)]) },
  ];
  const sizes = [...rows, { name: "first paint", bytes: rows.reduce((sum, row) => sum + row.bytes, 0), budget: FIRST_PAINT_BUDGET }];
  for (const [name, budget] of Object.entries(RENDERER_BUDGETS)) {
    if (name === "frame page") {
      sizes.push({ name, bytes: sizeOf(Object.keys(framePage.metafile.outputs)), budget });
      continue;
    }
    const file = Object.keys(outputs).find((candidate) => outputs[candidate].entryPoint === `viewer/js/${name}.ts`);
    if (!file) throw new Error(`There is no chunk for the renderer ${name}`);
    const files = [...withImports(outputs, file)].filter((one) => !first.has(one));
    const extras = (RENDERER_EXTRAS[name] ?? []).map((extra) => inAssets(addresses[extra]));
    sizes.push({ name: `renderer: ${name}`, bytes: sizeOf([...files, ...extras]), budget });
  }
  return sizes;
}

/** Prints the sizes; true when all are within their budgets. */
function report(sizes) {
  console.log("viewer sizes, KB of brotli");
  let within = true;
  for (const { name, bytes, budget } of sizes) {
    const size = (bytes / 1000).toFixed(1);
    const over = budget !== undefined && bytes > budget * 1000;
    within &&= !over;
    console.log(`  ${name.padEnd(24)}${size.padStart(8)}${budget === undefined ? "" : ` of ${budget}`}${over ? "   TOO LARGE" : ""}`);
  }
  return within;
}

async function build() {
  // What most likely fails comes first, so that a mistake in the code leaves the last build in place.
  const built = { app: buildWasm("app"), documents: buildWasm("documents") };
  // Emptied, not removed: a running `wrangler dev` watches the folder itself.
  fs.mkdirSync(assets, { recursive: true });
  for (const name of fs.readdirSync(dist)) fs.rmSync(path.join(dist, name), { recursive: true });
  fs.mkdirSync(assets);
  const wasm = emit("app.wasm", built.app);
  const documentsWasm = emit("documents.wasm", built.documents);
  const esbuild = await import("esbuild");
  const bundles = await bundle(esbuild, wasm, documentsWasm);
  const addresses = {
    wasm,
    documentsWasm,
    style: outputOf(bundles.css, "static/styles/viewer.css"),
    frameStyle: outputOf(bundles.css, "static/styles/frame.css"),
    entry: outputOf(bundles.js, "viewer/js/main.ts"),
    frameScript: outputOf(bundles.framePage, "viewer/js/frame-page.ts"),
    favicon: emit("favicon.svg", fs.readFileSync(path.join(root, "static/favicon.svg"))),
    pdfWorker: bundles.addresses.pdfWorker,
    katexStyle: bundles.addresses.katexStyle,
  };
  const outputs = bundles.js.metafile.outputs;
  const entryFile = Object.keys(outputs).find((file) => outputs[file].entryPoint === "viewer/js/main.ts");
  const modules = [...withImports(outputs, entryFile)].map((file) => PUBLIC + path.basename(file));
  addresses.preloads = [
    ...modules.map((url) => `<link rel="modulepreload" href="${url}">`),
    `<link rel="preload" href="${wasm}" as="fetch" type="application/wasm" crossorigin>`,
  ].join("\n");
  addresses.renderers = JSON.stringify(rendererScripts(outputs, withImports(outputs, entryFile)));
  writePage("shell.html", "shell.html", addresses);
  writePage("frame.html", "frame.html", addresses);
  for (const name of ["embed.js", "embed-example.html", "embed-example.js", "openapi.json"]) fs.copyFileSync(path.join(root, "static", name), path.join(dist, name));
  return measure(bundles, addresses);
}

const inputs = hashInputs();
const stamp = fs.existsSync(stampFile) ? JSON.parse(fs.readFileSync(stampFile, "utf8")) : undefined;
let sizes = stamp?.sizes;
if (stamp?.inputs === inputs && !process.argv.includes("--force")) {
  console.log("the viewer is up to date");
} else {
  sizes = await build();
  fs.writeFileSync(stampFile, JSON.stringify({ inputs, sizes }));
}
if (!report(sizes)) {
  console.error("The viewer is over its size budget: see scripts/build-viewer.mjs");
  process.exitCode = 1;
}
