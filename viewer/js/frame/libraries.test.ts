// Which addresses are as good as a library at hand, and which are not.

import assert from "node:assert/strict";
import { test } from "node:test";
import { atHand, bokehFiles, isLeafletStyle } from "./libraries";

test("well-known addresses of the same major version are at hand", () => {
  for (const [address, library] of [
    ["https://cdn.plot.ly/plotly-2.27.0.min.js", "plotly"],
    ["https://cdn.plot.ly/plotly-2.27.0.min", "plotly"],
    ["//cdn.plot.ly/plotly-2.35.2.min.js", "plotly"],
    ["https://cdnjs.cloudflare.com/ajax/libs/plotly.js/2.9.0/plotly.min.js", "plotly"],
    ["https://cdn.jsdelivr.net/npm/plotly.js-dist-min@2.35.2/plotly.min.js", "plotly"],
    ["https://cdn.jsdelivr.net/npm/vega@5?noext", "vega"],
    ["https://cdn.jsdelivr.net/npm/vega-lite@5.20.1?noext", "vegaLite"],
    ["https://cdn.jsdelivr.net/npm/vega-embed@6", "vegaEmbed"],
    ["https://cdn.jsdelivr.net/npm/vega@5.33.0/build/vega.min.js", "vega"],
    ["https://unpkg.com/vega-embed@6.0.0/build/vega-embed.js", "vegaEmbed"],
    ["https://cdn.bokeh.org/bokeh/release/bokeh-3.4.1.min.js", "bokeh"],
    ["https://cdn.bokeh.org/bokeh/release/bokeh-widgets-3.4.1.min.js", "bokehWidgets"],
    ["https://cdn.bokeh.org/bokeh/release/bokeh-mathjax-3.0.0.min.js", "bokehMathjax"],
    ["https://cdnjs.cloudflare.com/ajax/libs/require.js/2.3.6/require.min.js", "requirejs"],
    ["http://code.jquery.com/jquery-3.7.1.min.js", "jquery"],
    ["https://code.jquery.com/jquery-3.7.1.min.js", "jquery"],
    ["https://cdn.jsdelivr.net/npm/leaflet@1.9.3/dist/leaflet.js", "leaflet"],
  ] as const) {
    assert.equal(atHand(address), library, address);
  }
});

test("other versions, other files and other hosts are asked for where the output says", () => {
  for (const address of [
    "https://cdn.plot.ly/plotly-3.0.1.min.js",
    "https://cdn.plot.ly/plotly-latest.min.js",
    "https://cdn.plot.ly/plotly-cartesian-2.27.0.min.js",
    "https://cdn.jsdelivr.net/npm/vega@6",
    "https://cdn.jsdelivr.net/npm/vega@5/build/vega.module.js",
    "https://cdn.jsdelivr.net/npm/vega-lite@4.17.0",
    "https://cdn.bokeh.org/bokeh/release/bokeh-2.4.3.min.js",
    "https://cdn.jsdelivr.net/npm/leaflet.markercluster@1.1.0/dist/leaflet.markercluster.js",
    "https://cdn.jsdelivr.net/npm/bootstrap@5.2.2/dist/js/bootstrap.bundle.min.js",
    "https://evil.invalid/npm/vega@5",
    "https://evil.invalid/?https://cdn.jsdelivr.net/npm/vega@5",
    "https://cdn.jsdelivr.net/npm/vega@5/../evil@1",
    "javascript:alert(1)",
    "vega@5",
    "",
  ]) {
    assert.equal(atHand(address), undefined, address);
  }
});

test("a map's style is known", () => {
  assert.ok(isLeafletStyle("https://cdn.jsdelivr.net/npm/leaflet@1.9.3/dist/leaflet.css"));
  assert.ok(!isLeafletStyle("https://cdn.jsdelivr.net/npm/leaflet@2.0.0/dist/leaflet.css"));
  assert.ok(!isLeafletStyle("https://netdna.bootstrapcdn.com/bootstrap/3.0.0/css/bootstrap.min.css"));
});

test("Bokeh's files follow the document", () => {
  assert.deepEqual(bokehFiles('{"version":"3.4.1","roots":[{"type":"object","name":"Figure"}]}'), { version: "3.4.1", files: ["bokeh"] });
  assert.deepEqual(bokehFiles('{"version": "3.1.0", "name":"Slider"}').files, ["bokeh", "bokehWidgets"]);
  assert.deepEqual(bokehFiles('"{\\"version\\":\\"3.1.0\\",\\"name\\":\\"DataTable\\"}"'), { version: "3.1.0", files: ["bokeh", "bokehTables"] });
  assert.equal(bokehFiles('{"version":"2.4.3"}').files[0], "https://cdn.bokeh.org/bokeh/release/bokeh-2.4.3.min.js");
  assert.deepEqual(bokehFiles("x"), { version: undefined, files: ["bokeh"] });
});
