// The share that hostile.spec.mjs publishes: every vector as the name and the content of everything a share can hold.
//
// Most vectors are read from the folder that VITRINE_CORPUS names; those of our own are there on every machine.

import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** Each would call `alert` where nothing stops it. The first ones run in any HTML page, without being touched. */
export const RUNNING = [
  "<script>alert('tag')</script>",
  "<img src=data:, onerror=alert('error')>",
  "<svg onload=alert('svg')><a/></svg>",
  "<iframe srcdoc=\"<script>alert('srcdoc')</script>\"></iframe>",
  "<details open ontoggle=alert('toggle')>text",
  "\"><img src=data:, onerror=\"alert('quoted')\">",
];

const LATENT = [
  "<a href=\"java&#10;script:alert('link')\">link</a>",
  "<iframe src=\"javascript:alert('frame')\"></iframe>",
  "<object data=\"data:text/html,<script>alert('object')</script>\"></object>",
  "<meta http-equiv=refresh content=\"0;url=javascript:alert('refresh')\">",
  "<form id=content action=\"javascript:alert('form')\"><input name=querySelector><button>x</button></form>",
  "<select><iframe></select><img src=x onerror=alert('select')>",
  "<math><mtext><table><mglyph><style><!--</style><img title=\"--&gt;&lt;img src=x onerror=alert('math')&gt;\">",
  "<svg><style><img src=\"</style><img src=x onerror=alert('style')>\"></svg>",
  "</title><script>alert('title')</script>",
  "[link](javascript:alert('markdown')) <javascript:alert('autolink')> ![image](javascript:alert('image'))",
  "[link](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==)",
  "$\\href{javascript:alert('math')}{x}$ $\\htmlData{onclick=alert(1)}{x}$ $\\includegraphics{javascript:alert(1)}$",
  "`` <img src=x onerror=alert('code')> ``<!--><img src=x onerror=alert('comment')>-->",
  "&lt;img src=x onerror=alert('entities')&gt;",
  "<base href=\"https://evil.invalid/\"><link rel=stylesheet href=\"https://evil.invalid/x.css\"><style>*{display:none}",
];

const corpus = process.env.VITRINE_CORPUS ? join(process.env.VITRINE_CORPUS, "hostile") : undefined;
const list = corpus ? join(corpus, "xss_alert.txt") : undefined;

/** Whether the long list of vectors is there. */
export const hasCorpus = list !== undefined && existsSync(list);

const lines = hasCorpus ? readFileSync(list, "utf8").split(/\r?\n/).filter((line) => line.trim() !== "") : [];

/** Every vector once, after a text that means no harm, to compare with. */
export const vectors = [...new Set(["plain", ...RUNNING, ...LATENT, ...lines])];

/** The names a vector gives: its slashes lead into folders; what no name may be is left out or cut. */
function names(vector, ending = "") {
  const cut = (name) => {
    while (Buffer.byteLength(name) > 240) name = [...name].slice(0, -1).join("");
    return name.replace(/^\./, "_");
  };
  const parts = vector.replaceAll("\0", "").split("/").filter((part) => part !== "").map(cut);
  const last = parts.pop() ?? "empty";
  return [...parts, last + ending];
}

/** A path for each vector; two that come out equal are told apart. */
function paths(pathOf) {
  const taken = new Set();
  return vectors.map((vector) => {
    let path = pathOf(vector).join("/");
    while (taken.has(path)) path = path.replace(/(\.\w+)$/, "~$1");
    taken.add(path);
    return path;
  });
}

const SVG = (inside) => `<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9" onload="alert('svg')"><script>alert('svg')</script>${inside}</svg>`;

const markdown = (source, more) => ({ cell_type: "markdown", metadata: {}, source, ...more });
const code = (source, outputs) => ({ cell_type: "code", execution_count: 1, metadata: {}, source, outputs });
const rich = (data, metadata = {}) => ({ output_type: "display_data", metadata, data });

/** A notebook of some vectors, which has them for its title, its authors, its kernel and its language, too. */
function notebook(vectors, cellsOf) {
  const title = vectors.join("\n");
  const metadata = {
    title,
    authors: vectors.map((name) => ({ name })),
    kernelspec: { name: title, display_name: title, language: title },
    language_info: { name: title, file_extension: title, mimetype: title },
  };
  return JSON.stringify({ nbformat: 4, nbformat_minor: 5, metadata, cells: cellsOf(vectors) });
}

/** Cells that have the vector wherever a notebook has text, but for outputs that go to the frame. */
const everywhere = (vector) => [
  markdown(`# ${vector}`),
  markdown([vector, "\n\n", `![${vector}](attachment:a.svg)\n\n`, `![x](<attachment:${vector}>)`], {
    id: vector,
    attachments: { [vector]: { [`image/svg+xml"${vector}`]: vector }, "a.svg": { "image/svg+xml": Buffer.from(SVG("")).toString("base64") } },
  }),
  code(vector, [
    { output_type: "stream", name: "stdout", text: vector },
    { output_type: "error", ename: vector, evalue: vector, traceback: [`\u001b[31m${vector}\u001b[0m`] },
    rich({ "image/png": vector, "text/plain": vector }, { "image/png": { width: vector } }),
    rich({ "image/svg+xml": SVG(vector) }),
    rich({ "text/markdown": vector }),
    rich({ "text/latex": `$$${vector}$$` }),
    rich({ "application/json": { [vector]: vector } }),
    rich({ "application/vnd.jupyter.widget-view+json": { model_id: vector }, "text/plain": vector }),
    rich({ "application/vnd.dataresource+json": { schema: { fields: [{ name: vector }] }, data: [{ [vector]: vector }] } }),
    rich({ "application/pdf": vector }),
    rich({ [`application/x+json"${vector}`]: { [vector]: vector }, "image/png": "" }, { "image/png": { alt: vector, needs_background: vector } }),
    rich({ [vector]: vector }),
  ]),
  { cell_type: "raw", metadata: { format: vector, tags: [vector, "hide-input"] }, source: vector },
  { cell_type: vector, metadata: {}, source: vector },
];

const inParts = (size) => Array.from({ length: Math.ceil(vectors.length / size) }, (_, n) => vectors.slice(n * size, (n + 1) * size));

/** A tar of empty files that are called like the vectors. */
function tar(names) {
  const blocks = names.map((name) => {
    const block = Buffer.alloc(512);
    block.write(name.replaceAll("\0", ""), 0, 100);
    block.write("00000000000\0", 124);
    block.write("        0", 148);
    block.write("ustar", 257);
    block.write(`${block.reduce((sum, byte) => sum + byte, 0).toString(8).padStart(6, "0")}\0 `, 148);
    return block;
  });
  return Buffer.concat([...blocks, Buffer.alloc(1024)]);
}

/** Files that hold many vectors at once. */
const together = {
  "together/README.md": vectors.join("\n\n"),
  "together/all.csv": `name,vector\n${vectors.map((vector, n) => `${n},"${vector.replaceAll('"', '""')}"`).join("\n")}`,
  "together/all.json": JSON.stringify(Object.fromEntries(vectors.map((vector) => [vector, vector]))),
  "together/all.geojson": JSON.stringify({ type: "FeatureCollection", features: vectors.map((vector, n) => ({ type: "Feature", id: vector, geometry: { type: "Point", coordinates: [n % 180, n % 80] }, properties: { name: vector, [vector]: vector, stroke: vector } })) }),
  "together/all.tar": tar(vectors),
  "together/body.gltf": JSON.stringify({ asset: { version: "2.0", generator: RUNNING[0] }, scenes: [{ name: RUNNING[1], nodes: [] }], buffers: vectors.slice(0, 50).map((uri) => ({ uri, byteLength: 1 })), images: [{ uri: "https://evil.invalid/x.png" }, ...vectors.slice(0, 50).map((uri) => ({ uri }))] }),
  "together/all.txt": vectors.join("\n"),
  "together/all.py": vectors.join("\n"),
  "together/all.log": vectors.map((vector, n) => `\u001b[${31 + (n % 7)}m${vector}\u001b[0m \u001b]8;;javascript:alert(1)\u0007${vector}\u001b]8;;\u0007`).join("\n"),
  "together/all.diff": vectors.map((vector) => `--- a/${vector}\n+++ b/${vector}\n@@ -1 +1 @@ ${vector}\n-${vector}\n+${vector}\n`).join(""),
  "together/drawing.svg": SVG(""),
  ...Object.fromEntries(inParts(100).map((part, n) => [`cells/${n}.ipynb`, notebook(part, (part) => part.flatMap(everywhere))])),
  ...Object.fromEntries(inParts(100).map((part, n) => [`outputs/${n}.ipynb`, notebook(part, (part) => [code("", part.map((vector) => rich({ "text/html": vector, "text/plain": vector })))])])),
};

function write(path, content) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
}

/** Makes the folder; says which of its paths are what. */
export function makeShare() {
  const root = mkdtempSync(join(tmpdir(), "vitrine-hostile-"));
  // Each document has its vector for its own name and for that of its folder.
  const documents = paths((vector) => ["documents", ...names(vector), ...names(vector, ".md")]);
  const pages = paths((vector) => ["pages", ...names(vector, ".html")]);
  vectors.forEach((vector, n) => {
    write(join(root, documents[n]), `${vector}\n`);
    write(join(root, pages[n]), vector);
  });
  for (const [path, content] of Object.entries(together)) write(join(root, path), content);
  symlinkSync(`../${pages[1]}`, join(root, "together", `link ${RUNNING[1]}`));
  if (hasCorpus) cpSync(corpus, join(root, "corpus"), { recursive: true });
  const files = Object.keys(together);
  const below = (folder) => files.filter((path) => path.startsWith(folder));
  const folders = ["", "documents", "pages", "together", ...documents.slice(0, 20).map(dirname)];
  return {
    root,
    documents,
    pages,
    cells: below("cells/"),
    outputs: below("outputs/"),
    others: [...folders, ...below("together/"), ...(hasCorpus ? readdirSync(corpus).map((name) => `corpus/${name}`) : [])],
  };
}
