// Geometry in any shape, whole or not, without a browser.

import assert from "node:assert/strict";
import { test } from "node:test";
import { featuresOf, thinned } from "./features";

const point = { type: "Point", coordinates: [1, 2] };

test("collections, features and bare geometries are features", () => {
  const polygon = { type: "Polygon", coordinates: [[[0, 0], [1, 0], [1, 1], [0, 0]]] };
  const { features, points, isEarth, bounds, left } = featuresOf({
    type: "FeatureCollection",
    features: [
      { type: "Feature", geometry: point, properties: { Name: "<b>x</b>", n: 1, deep: { a: [1] }, "marker-color": "#f00", stroke: "url(x)" } },
      { type: "Feature", geometry: { type: "GeometryCollection", geometries: [polygon, { type: "LineString", coordinates: [[0, 0], [3, 4]] }] } },
      { type: "Feature", geometry: null },
    ],
  });
  assert.deepEqual([features.length, points, isEarth, left], [2, 7, true, 1]);
  assert.deepEqual(bounds, { west: 0, south: 0, east: 3, north: 4 });
  assert.deepEqual([features[0]?.label, features[0]?.fill, features[0]?.stroke], ["<b>x</b>", "#f00", undefined]);
  assert.deepEqual(features[0]?.properties.find(([key]) => key === "deep"), ["deep", '{"a":[1]}']);
  assert.equal(featuresOf(point).features[0]?.shapes[0]?.kind, "point");
});

test("TopoJSON is unfolded", () => {
  const topology = { type: "Topology", arcs: [[[0, 0], [1, 1]]], objects: { a: { type: "LineString", arcs: [0] } } };
  assert.equal(featuresOf(topology).points, 2);
});

test("what is no geometry is left out", () => {
  for (const bad of [null, 3, [], {}, { type: "Point", coordinates: ["a", null] }, { type: "FeatureCollection", features: {} }, { type: "Polygon", coordinates: [[[0, 0]]] }, { type: "LineString", coordinates: [[NaN, 1], [Infinity, 2]] }]) {
    assert.equal(featuresOf(bad).bounds, undefined, JSON.stringify(bad));
  }
  let deep: unknown = point;
  for (let n = 0; n < 5_000; n += 1) deep = { type: "GeometryCollection", geometries: [deep] };
  assert.equal(featuresOf(deep).points, 0);
});

test("metres are not degrees, and fine lines become coarser but keep their ends", () => {
  assert.equal(featuresOf({ type: "Point", coordinates: [500_000, 5_000_000] }).isEarth, false);
  const line = Array.from({ length: 200_000 }, (_, n) => [n / 10_000, Math.sin(n / 50_000)]);
  const { features, isCoarser, points } = featuresOf({ type: "LineString", coordinates: line });
  const shape = features[0]?.shapes[0];
  assert.ok(isCoarser && points === 200_000 && shape?.kind === "line" && shape.line.length < 20_000);
  assert.deepEqual(thinned([[0, 0], [0.1, 0], [1, 0], [1.05, 0]], 0.5), [[0, 0], [1, 0], [1.05, 0]]);
});
