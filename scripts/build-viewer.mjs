// Builds the viewer into `dist/`: wasm, scripts, styles, fonts, the shell and the frame's page, all under hashed names, and
// holds their sizes to a budget. Does nothing when no input has changed since the last build.
//
//   node scripts/build-viewer.mjs [--force]

import { createHash } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import zlib from "node:zlib";
import { ESBUILD_TARGETS } from "./browsers.mjs";
import { epsgIndex } from "./epsg.mjs";
import { copyLibraries } from "./frame-libraries.mjs";
import { FIRST_PAINT_BUDGET, FRAME_PAGE_BUDGET, PARTS, RENDERERS } from "./renderers.mjs";
import { root, run } from "./run.mjs";
import { trimGlue, trimWasm } from "./trim-wasm.mjs";

const dist = path.join(root, "dist");
const assets = path.join(dist, "_assets");
const stampFile = path.join(dist, ".viewer-build.json");
const PUBLIC = "/_assets/";
const FRAME_PAGE = "viewer/js/frame/page.ts";

/** What the wasm is made of, which takes a minute; the rest takes seconds. */
const WASM_INPUTS = ["viewer/src", "viewer/Cargo.toml", "protocol/src", "protocol/Cargo.toml", "Cargo.toml", "Cargo.lock", "scripts/trim-wasm.mjs"];

/** The module that tells encodings shares nothing with the others, so it is made anew only when it has changed. */
const ENCODINGS_INPUTS = ["viewer/encodings", "scripts/trim-wasm.mjs"];
const INPUTS = [...WASM_INPUTS, ...ENCODINGS_INPUTS, "viewer/js", "static", "package-lock.json", "scripts/build-viewer.mjs", "scripts/browsers.mjs", "scripts/epsg.mjs", "scripts/frame-libraries.mjs", "scripts/renderers.mjs"];

function filesUnder(start) {
  const absolute = path.join(root, start);
  if (!fs.existsSync(absolute)) return [];
  if (fs.statSync(absolute).isFile()) return [absolute];
  const found = fs.readdirSync(absolute, { recursive: true, withFileTypes: true });
  return found.filter((entry) => entry.isFile() && !/\.snap$|\.test\.ts$/.test(entry.name)).map((entry) => path.join(entry.parentPath, entry.name));
}

function hashInputs(inputs) {
  const hash = createHash("sha256");
  for (const file of inputs.flatMap(filesUnder).sort()) {
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

/** Builds one half of the viewer's crate, named by its Cargo feature, or a `crate` of its own, into `viewer/pkg/<feature>/`, unless it is there; returns the
 * optimised wasm. */
async function buildWasm(feature, inputs, crate) {
  const optimised = path.join(root, "viewer/pkg", feature, "optimised.wasm");
  const stamp = path.join(root, "viewer/pkg", feature, ".inputs");
  if (!fs.existsSync(stamp) || fs.readFileSync(stamp, "utf8") !== inputs) {
    await compileWasm(feature, optimised, crate);
    fs.writeFileSync(stamp, inputs);
  }
  return fs.readFileSync(optimised);
}

async function compileWasm(feature, optimised, crate) {
  const folder = path.join(root, "viewer/pkg", feature);
  run("wasm-pack", [
    ...["--log-level", "error", "build", crate ?? "viewer", "--target", "web", "--profile", "wasm-release", "--mode", "no-install"],
    ...["--out-dir", folder, "--out-name", feature, "--no-pack", "--no-typescript", "--no-opt"],
    ...(crate === undefined ? ["--no-default-features", "--features", feature] : []),
  ]);
  const built = path.join(folder, `${feature}_bg.wasm`);
  const trimmed = path.join(folder, "trimmed.wasm");
  const script = path.join(folder, `${feature}.js`);
  const glue = trimGlue(fs.readFileSync(script, "utf8"));
  fs.writeFileSync(script, glue);
  // The features that rustc turns on for wasm32-unknown-unknown; every browser that we support has them.
  const enabled = ["bulk-memory", "mutable-globals", "nontrapping-float-to-int", "reference-types", "sign-ext", "multivalue"].map((name) => `--enable-${name}`);
  await trimWasm(built, glue, trimmed, enabled);
  run("wasm-opt", [trimmed, "-o", optimised, "-Oz", "--converge", ...enabled, "--strip-debug", "--strip-producers"]);
}

/** Copies what pdf.js fetches by name: character maps, fonts, decoders. The version is in the folder's name. */
function copyPdfData() {
  const source = path.join(root, "node_modules/pdfjs-dist");
  const { version } = JSON.parse(fs.readFileSync(path.join(source, "package.json"), "utf8"));
  const folder = `pdfjs-${version}`;
  for (const part of ["cmaps", "standard_fonts", "wasm", "iccs"]) {
    fs.cpSync(path.join(source, part), path.join(assets, folder, part), { recursive: true });
  }
  // The icons of notes; the rest of that folder is for editing.
  const isIcon = (file) => fs.statSync(file).isDirectory() || /^annotation-/.test(path.basename(file));
  fs.cpSync(path.join(source, "web/images"), path.join(assets, folder, "images"), { recursive: true, filter: isIcon });
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
  target: ESBUILD_TARGETS,
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

/** Scripts that run beside the page. */
const WORKERS = { tableWorker: "viewer/js/table/table-worker.ts", parquetWorker: "viewer/js/parquet/parquet-worker.ts" };

const outputOf = (result, entry) => {
  const found = Object.entries(result.metafile.outputs).find(([, output]) => output.entryPoint === entry);
  if (!found) throw new Error(`esbuild made nothing of ${entry}`);
  return PUBLIC + path.basename(found[0]);
};

/** Each worker by itself, so that it is one file but for what it fetches when it needs it. */
async function bundleWorkers(esbuild) {
  const built = [];
  for (const entry of Object.values(WORKERS)) built.push(await esbuild.build({ ...common, entryPoints: [entry], format: "esm", splitting: true }));
  return { metafile: { outputs: Object.assign({}, ...built.map(({ metafile }) => metafile.outputs)) } };
}

/** A sheet that is written into a page: nothing fetches it, so it is no asset. */
function sheetOf(result, entry) {
  const file = path.join(assets, path.basename(outputOf(result, entry)));
  const text = fs.readFileSync(file, "utf8").trim();
  if (/<\/style/i.test(text)) throw new Error(`${entry} would end its element`);
  fs.rmSync(file);
  return text;
}

/** Sheets that come with a renderer, by name. */
function rendererSheets() {
  const folder = path.join(root, "static/styles/renderers");
  if (!fs.existsSync(folder)) return new Map();
  const names = fs.readdirSync(folder).filter((name) => name.endsWith(".css"));
  return new Map(names.sort().map((name) => [path.parse(name).name, `static/styles/renderers/${name}`]));
}

const ENTRY = "viewer/js/main.ts";

const entryOf = (outputs) => Object.keys(outputs).find((file) => outputs[file].entryPoint === ENTRY);

/**
 * The page's scripts: the first one with what it shares, and a chunk for each lazy part.
 *
 * A bundler makes a chunk of what the same set of parts needs, so the first script would come with many of a kilobyte. Those of
 * our own modules are made one: a first build says which they hold, and in the second every lazy part imports all of them.
 */
async function bundleScripts(esbuild, addresses) {
  const options = {
    ...common,
    entryPoints: [ENTRY],
    format: "esm",
    splitting: true,
    alias: {
      "vitrine-wasm": "./viewer/pkg/app/app.js",
      "vitrine-documents": "./viewer/pkg/documents/documents.js",
      "vitrine-encodings": "./viewer/pkg/encodings/encodings.js",
      // Its viewer takes the library from `globalThis.pdfjsLib`, so the order of the imports counts.
      "pdfjs-dist/web/pdf_viewer.mjs": "./node_modules/pdfjs-dist/web/pdf_viewer.mjs",
      "pdfjs-dist": "./node_modules/pdfjs-dist/build/pdf.min.mjs",
    },
    define: { ASSETS: JSON.stringify(addresses) },
  };
  const { outputs } = (await esbuild.build({ ...options, write: false, plugins: [epsgIndex] })).metafile;
  const entry = entryOf(outputs);
  const isOurs = (file) => /^viewer\/js\/.*\.ts$/.test(file);
  const first = [...withImports(outputs, entry)].filter((file) => file !== entry);
  const shared = first.flatMap((file) => Object.keys(outputs[file].inputs)).filter(isOurs);
  const lazy = Object.keys(outputs).filter((file) => file !== entry).map((file) => outputs[file].entryPoint ?? "").filter(isOurs);
  return esbuild.build({ ...options, plugins: [epsgIndex, withShared(lazy, shared)] });
}

/** Lets each of the `lazy` files import all of the `shared` ones. */
const withShared = (lazy, shared) => ({
  name: "with-shared",
  setup(build) {
    const first = shared.map((file) => `import ${JSON.stringify(path.join(root, file))};`).join("");
    build.onLoad({ filter: /\/viewer\/js\/.*\.ts$/ }, ({ path: file }) => {
      if (!lazy.includes(path.relative(root, file))) return undefined;
      // On the last line, so that no other line moves.
      return { contents: `${fs.readFileSync(file, "utf8")}\n${first}`, loader: "ts" };
    });
  },
});

async function bundle(esbuild, modules) {
  const sheets = rendererSheets();
  const css = await esbuild.build({
    ...common,
    entryPoints: ["static/styles/viewer.css", "static/styles/frame.css", "node_modules/katex/dist/katex.css", "node_modules/leaflet/dist/leaflet.css", ...sheets.values()],
    // Leaflet's sheet names pictures of controls and markers that we do not have.
    loader: { ".svg": "dataurl", ".woff2": "file", ".png": "empty" },
    plugins: [onlyWoff2],
  });
  const workers = await bundleWorkers(esbuild);
  const addresses = {
    ...modules,
    ...Object.fromEntries(Object.entries(WORKERS).map(([name, entry]) => [name, outputOf(workers, entry)])),
    katexStyle: outputOf(css, "node_modules/katex/dist/katex.css"),
    styles: Object.fromEntries([...sheets].map(([name, file]) => [name, outputOf(css, file)])),
    pdfWorker: emit("pdf.worker.mjs", fs.readFileSync(path.join(root, "node_modules/pdfjs-dist/build/pdf.worker.min.mjs"))),
    pdfData: copyPdfData(),
  };
  const js = await bundleScripts(esbuild, addresses);
  const { libraries, licences } = copyLibraries(emit, assets, PUBLIC);
  const frameAssets = { libraries, leafletStyle: outputOf(css, "node_modules/leaflet/dist/leaflet.css") };
  const framePage = await esbuild.build({
    ...common,
    entryPoints: [FRAME_PAGE],
    entryNames: "frame-[hash]",
    format: "iife",
    define: { FRAME_ASSETS: JSON.stringify(frameAssets) },
  });
  return { css, js, framePage, addresses, licences };
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

/** What each renderer waits for beside what the first paint brings, for the Worker's preload hints (`template.rs`). */
function rendererHints(outputs, first, addresses) {
  const hints = {};
  for (const { name, entry, extras = [], whole } of RENDERERS) {
    const file = Object.keys(outputs).find((candidate) => outputs[candidate].entryPoint === entry);
    const scripts = [...withImports(outputs, file)].filter((one) => !first.has(one)).map((one) => PUBLIC + path.basename(one));
    const beside = extras.map((extra) => addresses[extra] ?? addresses.styles[extra]);
    const ending = (end) => beside.filter((address) => address.endsWith(end));
    hints[name] = { scripts, wasm: ending(".wasm"), styles: ending(".css"), workers: [...ending(".js"), ...ending(".mjs")], whole };
  }
  return hints;
}

const sizeOf = (files) => [...files].reduce((sum, file) => sum + brotli(fs.readFileSync(path.resolve(root, file))), 0);

function measure({ js, framePage }, addresses) {
  const outputs = js.metafile.outputs;
  const inAssets = (address) => path.join(assets, path.basename(address));
  const first = withImports(outputs, entryOf(outputs));
  const rows = [
    { name: "wasm", bytes: sizeOf([inAssets(addresses.wasm)]) },
    { name: "entry script and glue", bytes: sizeOf(first) },
    { name: "style sheet", bytes: brotli(addresses.style) },
  ];
  const sizes = [...rows, { name: "first paint", bytes: rows.reduce((sum, row) => sum + row.bytes, 0), budget: FIRST_PAINT_BUDGET }];
  sizes.push({ name: "frame page", bytes: sizeOf(Object.keys(framePage.metafile.outputs)), budget: FRAME_PAGE_BUDGET });
  for (const { name, entry, budget, extras = [] } of [...RENDERERS, ...PARTS]) {
    const file = Object.keys(outputs).find((candidate) => outputs[candidate].entryPoint === entry);
    if (!file) throw new Error(`There is no chunk for the renderer ${name}`);
    const files = [...withImports(outputs, file)].filter((one) => !first.has(one));
    const beside = extras.map((extra) => addresses[extra] ?? addresses.styles[extra]);
    sizes.push({ name: `renderer: ${name}`, bytes: sizeOf([...files, ...beside.map(inAssets)]), budget });
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
  const wasmInputs = hashInputs(WASM_INPUTS);
  const built = { app: await buildWasm("app", wasmInputs), documents: await buildWasm("documents", wasmInputs), encodings: await buildWasm("encodings", hashInputs(ENCODINGS_INPUTS), "viewer/encodings") };
  // Emptied, not removed: a running `wrangler dev` watches the folder itself.
  fs.mkdirSync(assets, { recursive: true });
  for (const name of fs.readdirSync(dist)) fs.rmSync(path.join(dist, name), { recursive: true });
  fs.mkdirSync(assets);
  const wasm = emit("app.wasm", built.app);
  const documentsWasm = emit("documents.wasm", built.documents);
  const esbuild = await import("esbuild");
  const encodingsWasm = emit("encodings.wasm", built.encodings);
  const bundles = await bundle(esbuild, { wasm, documentsWasm, encodingsWasm });
  const addresses = {
    wasm,
    documentsWasm,
    encodingsWasm,
    style: sheetOf(bundles.css, "static/styles/viewer.css"),
    frameStyle: outputOf(bundles.css, "static/styles/frame.css"),
    entry: outputOf(bundles.js, ENTRY),
    frameScript: outputOf(bundles.framePage, FRAME_PAGE),
    frameLicences: bundles.licences,
    favicon: emit("favicon.svg", fs.readFileSync(path.join(root, "static/favicon.svg"))),
    pdfWorker: bundles.addresses.pdfWorker,
    tableWorker: bundles.addresses.tableWorker,
    parquetWorker: bundles.addresses.parquetWorker,
    katexStyle: bundles.addresses.katexStyle,
    styles: bundles.addresses.styles,
  };
  const outputs = bundles.js.metafile.outputs;
  const first = withImports(outputs, entryOf(outputs));
  const beside = [...first].filter((file) => file !== entryOf(outputs));
  addresses.shared = beside.map((file) => `<link rel="modulepreload" href="${PUBLIC}${path.basename(file)}">`).join("");
  addresses.renderers = JSON.stringify(rendererHints(outputs, first, addresses));
  writePage("shell.html", "shell.html", addresses);
  writePage("frame.html", "frame.html", addresses);
  for (const name of ["embed.js", "embed-example.html", "embed-example.js", "openapi.json"]) fs.copyFileSync(path.join(root, "static", name), path.join(dist, name));
  return measure(bundles, addresses);
}

const inputs = hashInputs(INPUTS);
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
