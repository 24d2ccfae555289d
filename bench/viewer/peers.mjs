// The peers: installed on first use into our own folder of tools, and their pages made from the same content. Not part of the
// set-up, as nothing else needs them.
//
// What an exported notebook takes from a public CDN stands beside it here, from npm: the same files, from the same server as
// everything else. To let them fail would have made the peer faster, and wrong.

import { createHash } from "node:crypto";
import { copyFileSync, cpSync, mkdirSync, readFileSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { environment, existsSync, fail, join, root, run, say, start, toolsRoot } from "../../scripts/run.mjs";

const here = join(root, "bench/viewer/peers");
const read = (name) => readFileSync(join(here, name), "utf8");

export const PACKAGES = JSON.parse(read("packages.json"));
export const NBCONVERT = /^nbconvert==(.*)$/m.exec(read("nbconvert.txt"))[1];

const digest = createHash("sha256").update(read("packages.json")).digest("hex").slice(0, 8);
const [packages, python] = [join(toolsRoot, `viewer-peers-${digest}`), join(toolsRoot, `nbconvert-${NBCONVERT}`)];
const inPackage = (...names) => join(packages, "node_modules", ...names);

/** Installs what is not there. */
export function havePeers() {
  if (!existsSync(join(packages, ".done"))) {
    say("installing the peers' npm packages");
    mkdirSync(packages, { recursive: true });
    writeFileSync(join(packages, "package.json"), JSON.stringify({ private: true, dependencies: PACKAGES }));
    // Without what packages want beside them: the one with the PDF viewer would bring all of Angular.
    run("npm", ["install", "--prefix", packages, "--legacy-peer-deps", "--ignore-scripts", "--no-fund", "--no-audit", "--loglevel=error"]);
    writeFileSync(join(packages, ".done"), "");
  }
  if (!existsSync(join(python, ".done"))) {
    say(`installing nbconvert ${NBCONVERT}`);
    run("python3", ["-m", "venv", "--clear", python], { hint: "install python3 and its venv by hand" });
    const quiet = ["--quiet", "--disable-pip-version-check", "--no-deps"];
    run(join(python, "bin/pip"), ["install", ...quiet, "--requirement", join(here, "nbconvert.txt")]);
    writeFileSync(join(python, ".done"), "");
  }
}

/** Exports the notebooks as HTML, with MathJax and RequireJS at their new places. */
function exportNotebooks(site, content) {
  say("exporting the notebooks by nbconvert");
  cpSync(inPackage("mathjax"), join(site, "lib/mathjax"), { recursive: true });
  copyFileSync(inPackage("requirejs/require.js"), join(site, "lib/require.js"));
  const places = [`--HTMLExporter.mathjax_url=/lib/mathjax/MathJax.js?config=TeX-AMS_CHTML-full,Safe`, "--HTMLExporter.require_js_url=/lib/require.js"];
  const files = readdirSync(join(content, "notebooks")).map((name) => join(content, "notebooks", name));
  const quiet = { stdio: ["ignore", "ignore", "inherit"] };
  const flags = ["--to", "html", "--log-level", "ERROR", "--output-dir", join(site, "notebooks"), ...places];
  run(join(python, "bin/jupyter-nbconvert"), [...flags, ...files], quiet);
}

/** Pages that turn Markdown into HTML in the browser. */
function writeTexts(site, content) {
  const lib = join(site, "lib");
  copyFileSync(inPackage("marked/lib/marked.umd.js"), join(lib, "marked.umd.js"));
  copyFileSync(inPackage("@highlightjs/cdn-assets/highlight.min.js"), join(lib, "highlight.min.js"));
  copyFileSync(inPackage("@highlightjs/cdn-assets/styles/github.min.css"), join(lib, "github.min.css"));
  copyFileSync(join(here, "show.js"), join(lib, "show.js"));
  cpSync(join(content, "text"), join(site, "text"), { recursive: true });
  for (const name of readdirSync(join(content, "text")).filter((name) => name.endsWith(".md"))) {
    const page = read("markdown.html").replaceAll("{{text}}", name);
    writeFileSync(join(site, "text", name.replace(/md$/, "html")), page);
  }
}

/**
 * pdf.js's own viewer. The packages of pdf.js hold its parts only; this one holds the viewer whole, as built, and adds a sheet and
 * a script of its own, which are taken out again.
 */
function writePdfViewer(site, content) {
  cpSync(inPackage("ng2-pdfjs-viewer/pdfjs"), join(site, "pdfjs"), { recursive: true });
  const page = join(site, "pdfjs/web/viewer.html");
  const text = readFileSync(page, "utf8").replace(/^.*(?:ng2-customization\.css|postmessage-wrapper\.js).*\n/gm, "");
  writeFileSync(page, text);
  cpSync(join(content, "paper"), join(site, "paper"), { recursive: true });
}

/** Markdown as HTML, by marked. */
export const markedText = (text) => createRequire(join(packages, "package.json"))("marked").parse(text);

/** The version of pdf.js in it, whose last number counts its builds. */
export const pdfVersion = () => /"(\d+\.\d+\.\d{3})"/.exec(readFileSync(inPackage("ng2-pdfjs-viewer/pdfjs/build/pdf.mjs"), "utf8"))[1];

/** Writes everything that the peers serve. */
export function writeSite(site, content) {
  mkdirSync(join(site, "lib"), { recursive: true });
  exportNotebooks(site, content);
  writeTexts(site, content);
  writePdfViewer(site, content);
  for (const name of ["small", "wide"]) symlinkSync(join(content, name), join(site, name));
  // Addresses as they are: no guessing of endings.
  writeFileSync(join(site, "serve.json"), JSON.stringify({ cleanUrls: false, symlinks: true }));
}

/** What a careful host would say of them: libraries have their version in their names; documents are asked for again. */
export const cacheRules = (headers, path) =>
  ({ ...headers, "cache-control": /^\/(?:lib|pdfjs)\//.test(path) ? "public, max-age=31536000, immutable" : "public, no-cache" });

/** Starts `serve`, which serves the files and lists the folders. */
export async function serveSite(site, port) {
  const flags = ["--listen", `tcp://127.0.0.1:${port}`, "--no-request-logging", "--no-port-switching", "--symlinks", "--no-compression"];
  const child = start("node", [inPackage("serve/build/main.js"), ...flags, site], { env: environment({ NO_UPDATE_CHECK: "1" }), spawn: { stdio: "ignore" } });
  process.once("exit", () => child.kill());
  for (let tries = 0; tries < 600; tries += 1) {
    if (await fetch(`http://127.0.0.1:${port}/lib/show.js`).then(({ ok }) => ok, () => false)) return () => child.kill();
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return fail("`serve` does not answer");
}
