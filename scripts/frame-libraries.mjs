// The libraries that rich outputs of notebooks need, copied into the assets for the frame's page alone, under names that hold
// their hashes, and their licences beside them. The viewer's own pages never load one. Called by scripts/build-viewer.mjs.

import fs from "node:fs";
import path from "node:path";
import { root } from "./run.mjs";

const modules = path.join(root, "node_modules");

/**
 * By the names of `viewer/js/frame/libraries.ts`. Versions are package.json's, of those majors that most notebooks were made with:
 * plotly 2 (Python's 5, and reads 6), Vega-Lite 5 (Altair 5), Bokeh 3, ipywidgets 7 and 8.
 */
const FILES = {
  plotly: "plotly.js-dist-min/plotly.min.js",
  vega: "vega/build/vega.min.js",
  vegaLite: "vega-lite/build/vega-lite.min.js",
  vegaEmbed: "vega-embed/build/vega-embed.min.js",
  mermaid: "@mermaid-js/tiny/dist/mermaid.tiny.js",
  mermaidWhole: "mermaid/dist/mermaid.min.js",
  bokeh: "@bokeh/bokehjs/build/js/bokeh.min.js",
  bokehWidgets: "@bokeh/bokehjs/build/js/bokeh-widgets.min.js",
  bokehTables: "@bokeh/bokehjs/build/js/bokeh-tables.min.js",
  bokehGl: "@bokeh/bokehjs/build/js/bokeh-gl.min.js",
  bokehMathjax: "@bokeh/bokehjs/build/js/bokeh-mathjax.min.js",
  bokehApi: "@bokeh/bokehjs/build/js/bokeh-api.min.js",
  widgets: "@jupyter-widgets/html-manager/dist/libembed-amd.js",
  requirejs: "requirejs/require.js",
  jquery: "jquery/dist/jquery.min.js",
  leaflet: "leaflet/dist/leaflet.js",
};

const MARKERS = "leaflet/dist/images";

const FONTS = "@jupyter-widgets/html-manager/dist";

const packageOf = (file) => file.split("/").slice(0, file.startsWith("@") ? 2 : 1).join("/");

/** Every package's own licence; of one that brings none, what it says it has. */
function licences() {
  const names = [...new Set(Object.values(FILES).map(packageOf))];
  const texts = names.map((name) => {
    const folder = path.join(modules, name);
    const { version, license } = JSON.parse(fs.readFileSync(path.join(folder, "package.json"), "utf8"));
    const own = fs.readdirSync(folder).filter((file) => /^licen[cs]e/i.test(file)).map((file) => fs.readFileSync(path.join(folder, file), "utf8"));
    return [`${name} ${version}: ${license}`, ...own].join("\n\n");
  });
  return texts.join(`\n\n${"-".repeat(80)}\n\n`);
}

/** Copies them by `emit(name, bytes)`, which answers with an address; the icon font of widgets keeps its names, in a folder. */
export function copyLibraries(emit, assets, publicPath) {
  const read = (file) => fs.readFileSync(path.join(modules, file));
  const libraries = Object.fromEntries(Object.entries(FILES).map(([key, file]) => [key, emit(path.basename(file), withoutMap(read(file)))]));
  const folder = `widgets-${JSON.parse(read("@jupyter-widgets/html-manager/package.json")).version}`;
  fs.mkdirSync(path.join(assets, folder));
  for (const name of fs.readdirSync(path.join(modules, FONTS)).filter((name) => name.endsWith(".woff2"))) {
    fs.copyFileSync(path.join(modules, FONTS, name), path.join(assets, folder, name));
  }
  // The map library puts the names of its pictures behind a folder.
  const leaflet = `leaflet-${JSON.parse(read("leaflet/package.json")).version}`;
  fs.mkdirSync(path.join(assets, leaflet));
  for (const name of fs.readdirSync(path.join(modules, MARKERS))) fs.copyFileSync(path.join(modules, MARKERS, name), path.join(assets, leaflet, name));
  return { libraries: { ...libraries, leafletFolder: `${publicPath}${leaflet}/`, widgetsFolder: `${publicPath}${folder}/` }, licences: emit("frame-licences.txt", Buffer.from(licences())) };
}

/** Without the address of a source map that is not shipped. */
function withoutMap(bytes) {
  return Buffer.from(bytes.toString("utf8").replace(/\n\/\/# sourceMappingURL=\S+\s*$/, "\n"));
}
