// Which libraries the frame's page has at hand, and the well-known addresses of the same libraries that outputs ask for. An output
// that asks a CDN for a library of the same major version gets the one at hand, so that it is drawn where the CDN cannot be reached.
//
// It never guesses: another major version, or a file that is not known, is asked for where the output says.

/** The versions at hand, as package.json pins them. */
const MAJOR: Record<string, string> = {
  plotly: "2",
  vega: "5",
  vegaLite: "5",
  vegaEmbed: "6",
  bokeh: "3",
  bokehWidgets: "3",
  bokehTables: "3",
  bokehGl: "3",
  bokehMathjax: "3",
  bokehApi: "3",
  requirejs: "2",
  jquery: "3",
  leaflet: "1",
};

/** Names of packages and files at CDNs. */
const NAMES: Record<string, string> = {
  "plotly.js": "plotly",
  "plotly.js-dist": "plotly",
  "plotly.js-dist-min": "plotly",
  plotly: "plotly",
  vega: "vega",
  "vega-lite": "vegaLite",
  "vega-embed": "vegaEmbed",
  bokeh: "bokeh",
  "bokeh-widgets": "bokehWidgets",
  "bokeh-tables": "bokehTables",
  "bokeh-gl": "bokehGl",
  "bokeh-mathjax": "bokehMathjax",
  "bokeh-api": "bokehApi",
  "require.js": "requirejs",
  requirejs: "requirejs",
  jquery: "jquery",
  leaflet: "leaflet",
};

/** What is asked for: a library's name and its version. */
const FORMS: readonly RegExp[] = [
  // A package at jsDelivr or unpkg, its own main file or one named like the library.
  /^https:\/\/(?:cdn\.jsdelivr\.net\/npm|unpkg\.com)\/([a-z.-]+)@(\d[\w.-]*)(?:\/(?:(?:build|dist)\/)?[a-z.-]+?(?:\.min)?(?:\.js)?)?(?:\?noext)?$/,
  /^https:\/\/cdnjs\.cloudflare\.com\/ajax\/libs\/([a-z.-]+)\/(\d[\w.-]*)\/(?:dist\/)?[a-z.-]+?(?:\.min)?(?:\.js)?$/,
  /^https:\/\/cdn\.plot\.ly\/(plotly)-(\d[\d.]*?)(?:\.min)?(?:\.js)?$/,
  /^https:\/\/cdn\.(?:bokeh|pydata)\.org\/bokeh\/(?:release|dev)\/(bokeh(?:-[a-z]+)?)-(\d[\w.-]*?)(?:\.min)?\.js$/,
  /^https:\/\/code\.jquery\.com\/(jquery)-(\d[\d.]*?)(?:\.slim)?(?:\.min)?\.js$/,
  /^https:\/\/ajax\.googleapis\.com\/ajax\/libs\/(jquery)\/(\d[\d.]*)\/jquery(?:\.min)?\.js$/,
];

/** Parts of a package that are not its main file; their names look like one. */
const NOT_MAIN = /\b(?:esm|module|slim|mapbox|geo|gl2d|gl3d|finance|core|cartesian|basic|strict)\b/;

/** The name of the library at hand that is as good as the one at `address`; nothing when there is none. */
export function atHand(address: string): string | undefined {
  const url = address.trim().replace(/^\/\//, "https://").replace(/^http:/, "https:");
  if (NOT_MAIN.test(url.replace(/^https:\/\/[^/]+/, ""))) return undefined;
  for (const form of FORMS) {
    const [, name, version] = form.exec(url) ?? [];
    if (name === undefined || version === undefined) continue;
    const library = NAMES[name];
    return library !== undefined && version.split(".")[0] === MAJOR[library] ? library : undefined;
  }
  return undefined;
}

/** The style sheet of the map library, which maps ask for beside it. */
export const isLeafletStyle = (address: string): boolean => /^https?:\/\/[^?]*\/leaflet[@/]1\.[\d.]+\/(?:dist\/)?leaflet(?:\.min)?\.css$/.test(address.trim());

/** Parts of Bokeh that a document needs beside its core, by the models in it. */
const BOKEH_PARTS: readonly (readonly [RegExp, string])[] = [
  [/"(?:DataTable|DataCube)"/, "bokehTables"],
  [/"(?:Button|Slider|RangeSlider|Select|MultiSelect|TextInput|Div|PreText|Paragraph|CheckboxGroup|RadioGroup|Tabs?|TabPanel|DatePicker|Toggle|Dropdown|Spinner|DateRangeSlider|DateSlider|RadioButtonGroup|CheckboxButtonGroup|AutocompleteInput|ColorPicker|Panel)"/, "bokehWidgets"],
  [/"(?:output_backend)":"webgl"/, "bokehGl"],
  [/\$\$|\\\\\(|"(?:TeX|MathML|Ascii)"/, "bokehMathjax"],
];

/** Bokeh's files for a script that embeds a document: at hand, or at its CDN when the document is of another major version. */
export function bokehFiles(script: string): { version: string | undefined; files: string[] } {
  // The document may stand in a string of the script.
  const text = script.replace(/\\"/g, '"').replace(/"\s*:\s*"/g, '":"');
  const version = /"version":"(\d+\.\d+\.\d+(?:[\w.-]*))"/.exec(text)?.[1];
  const parts = ["bokeh", ...BOKEH_PARTS.filter(([needs]) => needs.test(text)).map(([, part]) => part)];
  if (version === undefined || version.startsWith(`${MAJOR["bokeh"]}.`)) return { version, files: parts };
  // What is called a part today was in the core, or had another name, before.
  const older = ["bokeh", "bokeh-widgets", "bokeh-tables"];
  return { version, files: older.map((name) => `https://cdn.bokeh.org/bokeh/release/${name}-${version}.min.js`) };
}
