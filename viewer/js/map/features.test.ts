// Geometry in any shape, whole or not, without a browser.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { crsOf, projectionOf } from "./crs";
import { DOCUMENTS_MAX, documentsOf } from "./documents";
import { featuresOf, thinned } from "./features";

const point = { type: "Point", coordinates: [1, 2] };

test("collections, features and bare geometries are features", () => {
  const polygon = { type: "Polygon", coordinates: [[[0, 0], [1, 0], [1, 1], [0, 0]]] };
  const { features, points, isEarth, bounds, left } = featuresOf([{
    type: "FeatureCollection",
    features: [
      { type: "Feature", geometry: point, properties: { Name: "<b>x</b>", n: 1, deep: { a: [1] }, "marker-color": "#f00", stroke: "url(x)" } },
      { type: "Feature", geometry: { type: "GeometryCollection", geometries: [polygon, { type: "LineString", coordinates: [[0, 0], [3, 4]] }] } },
      { type: "Feature", geometry: null },
    ],
  }]);
  assert.deepEqual([features.length, points, isEarth, left], [2, 7, true, 1]);
  assert.deepEqual(bounds, { west: 0, south: 0, east: 3, north: 4 });
  assert.deepEqual([features[0]?.label, features[0]?.fill, features[0]?.stroke], ["<b>x</b>", "#f00", undefined]);
  assert.deepEqual(features[0]?.properties.find(([key]) => key === "deep"), ["deep", '{"a":[1]}']);
  assert.equal(featuresOf([point]).features[0]?.shapes[0]?.kind, "point");
});

test("TopoJSON is unfolded", () => {
  const topology = { type: "Topology", arcs: [[[0, 0], [1, 1]]], objects: { a: { type: "LineString", arcs: [0] } } };
  assert.equal(featuresOf([topology]).points, 2);
});

test("what is no geometry is left out", () => {
  for (const bad of [null, 3, [], {}, { type: "Point", coordinates: ["a", null] }, { type: "FeatureCollection", features: {} }, { type: "Polygon", coordinates: [[[0, 0]]] }, { type: "LineString", coordinates: [[NaN, 1], [Infinity, 2]] }]) {
    assert.equal(featuresOf([bad]).bounds, undefined, JSON.stringify(bad));
  }
  let deep: unknown = point;
  for (let n = 0; n < 5_000; n += 1) deep = { type: "GeometryCollection", geometries: [deep] };
  assert.equal(featuresOf([deep]).points, 0);
});

test("metres are not degrees, and fine lines become coarser but keep their ends", () => {
  assert.equal(featuresOf([{ type: "Point", coordinates: [500_000, 5_000_000] }]).isEarth, false);
  const line = Array.from({ length: 200_000 }, (_, n) => [n / 10_000, Math.sin(n / 50_000)]);
  const { features, isCoarser, points } = featuresOf([{ type: "LineString", coordinates: line }]);
  const shape = features[0]?.shapes[0];
  assert.ok(isCoarser && points === 200_000 && shape?.kind === "line" && shape.line.length < 20_000);
  assert.deepEqual(thinned([[0, 0], [0.1, 0], [1, 0], [1.05, 0]], 0.5), [[0, 0], [1, 0], [1.05, 0]]);
});

const CASES = "tests/cases/38-geo-variants";
const textOf = (name: string) => readFileSync(`${CASES}/${name}`, "utf8").replace(/^\ufeff/, "");
const read = (text: string) => featuresOf(documentsOf(text).documents);
const pointsOf = (features: ReturnType<typeof featuresOf>) => features.features.flatMap(({ shapes }) => shapes.map((shape) => (shape.kind === "point" ? shape.at.map((value) => Number(value.toFixed(2))) : shape.kind)));

async function projected(document: unknown) {
  const crs = crsOf(document);
  return featuresOf([document], crs.kind === "degrees" ? "degrees" : ((await projectionOf(crs)) ?? "unknown"));
}

test("a system that the file names becomes degrees", async () => {
  const cities = await projected(JSON.parse(textOf("web-mercator.geojson")));
  assert.deepEqual([cities.isEarth, pointsOf(cities)], [true, [[-74.01, 40.71], [2.34, 48.86]]]);
  const at = async (crs: unknown, coordinates: number[]) => {
    const features = await projected({ type: "Point", crs, coordinates });
    return features.isEarth ? pointsOf(features)[0] : undefined;
  };
  const name = (name: string) => ({ type: "name", properties: { name } });
  for (const form of ["EPSG:25832", "epsg:25832", "urn:ogc:def:crs:EPSG::25832", "urn:ogc:def:crs:EPSG:9.8:25832", "http://www.opengis.net/def/crs/EPSG/0/25832", "http://www.opengis.net/gml/srs/epsg.xml#25832", "https://epsg.io/25832", "http://spatialreference.org/ref/epsg/25832/", "+proj=utm +zone=32 +ellps=GRS80 +units=m"]) {
    assert.deepEqual(await at(name(form), [691_608, 5_334_764]), [11.58, 48.14], form);
  }
  assert.deepEqual(await at({ type: "EPSG", properties: { code: 25832 } }, [691_608, 5_334_764]), [11.58, 48.14]);
  assert.deepEqual(await at(name("EPSG:27700"), [530_000, 180_000]), [-0.13, 51.5]);
  assert.deepEqual(await at(name("EPSG:31468"), [4_468_503, 5_333_304]), [11.58, 48.14]);
  assert.deepEqual(await at(name("EPSG:2056"), [2_600_000, 1_200_000]), [7.44, 46.95]);
  assert.deepEqual(await at(name("EPSG:2154"), [652_000, 6_862_000]), [2.35, 48.86]);
  assert.deepEqual(await at(name("EPSG:28992"), [121_000, 487_000]), [4.89, 52.37]);
  assert.deepEqual(await at(name("EPSG:2263"), [981_106, 195_544]), [-74.01, 40.7]);
  assert.deepEqual(await at(name("urn:ogc:def:crs:OGC:1.3:CRS84"), [2, 48]), [2, 48]);
  assert.deepEqual(await at(name("EPSG:4326"), [2, 48]), [2, 48]);
  assert.equal(await at(name("EPSG:999999"), [2, 48]), undefined);
  assert.equal(await at(name("IAU2000:30100"), [2, 48]), undefined);
  assert.equal(await at({ type: "link", properties: { href: "https://example.org/my.wkt" } }, [2, 48]), undefined);
});

test("a plan in metres is not on the Earth, whatever system it names", async () => {
  const plan = JSON.parse(textOf("metres-small.geojson")) as { crs: { properties: { name: string } } };
  const features = await projected(plan);
  assert.deepEqual([features.isEarth, features.bounds], [false, { west: 0, south: 0, east: 60, north: 40 }]);
  plan.crs.properties.name = "EPSG:32632";
  assert.equal((await projected(plan)).isEarth, false);
});

test("documents one after another, by lines, separators or nothing, and numbers that are none", () => {
  assert.equal(read(textOf("lines.geojsonl")).features.length, 5);
  const feature = (x: string) => `{"type":"Feature","properties":{"note":"NaN } in a \\" text"},"geometry":{"type":"Point","coordinates":[${x},1]}}`;
  assert.equal(read(`\u001e${feature("1")}\n\u001e${feature("2")}\n`).features.length, 2);
  assert.equal(read(feature("1") + feature("2")).features.length, 2);
  const [first] = read(`${feature("1")}\n${feature("NaN")}\n${feature("-Infinity")}`).features;
  assert.deepEqual(first?.properties, [["note", 'NaN } in a " text']]);
  const broken = documentsOf(`${feature("1")}\n{"type": oops}\n${feature("2")}\n{"type":"Feat`);
  assert.deepEqual([broken.documents.length, broken.broken], [2, 2]);
  assert.throws(() => documentsOf("no json at all"), SyntaxError);
  const gap = read('{"type":"LineString","coordinates":[[0,0],[1,1],[NaN,2],[3,3],[4,4]]}');
  assert.deepEqual([pointsOf(gap), gap.lost], [["line", "line"], 1]);
});

test("more documents than are read are counted", () => {
  const { documents, broken, more } = documentsOf("{}\n".repeat(DOCUMENTS_MAX + 3));
  assert.deepEqual([documents.length, broken, more], [DOCUMENTS_MAX, 0, 3]);
});

test("TopoJSON that is quantized, and one that names arcs it has not", () => {
  const square = read(textOf("quantized.topojson"));
  assert.deepEqual([square.isEarth, square.bounds], [true, { west: 5, south: 45, east: 10, north: 50 }]);
  const topology = { type: "Topology", arcs: [[[0, 0], [1, 1]]], objects: { a: { type: "LineString", arcs: [7] }, b: { type: "LineString", arcs: [0] } } };
  assert.deepEqual([featuresOf([topology]).points, featuresOf([topology]).left], [2, 1]);
});

test("what lies on both sides of the 180th meridian is seen together", () => {
  assert.deepEqual(read(textOf("antimeridian.geojson")).bounds, { west: 177, south: -19, east: 182, north: -16 });
  const ship = featuresOf([{ type: "LineString", coordinates: [[170, 10], [178, 11], [-175, 12]] }]);
  assert.deepEqual(ship.bounds, { west: 170, south: 10, east: 185, north: 12 });
  const world = featuresOf([{ type: "Polygon", coordinates: [[[-180, -60], [180, -60], [180, 60], [-180, 60], [-180, -60]]] }]);
  assert.deepEqual(world.bounds, { west: -180, south: -60, east: 180, north: 60 });
  const cities = featuresOf([{ type: "MultiPoint", coordinates: [[-122, 37], [2, 48], [139, 35]] }]);
  assert.deepEqual(cities.bounds, { west: -122, south: 35, east: 139, north: 48 });
});

test("land has no line across the Earth", () => {
  const atlas = JSON.parse(readFileSync("node_modules/world-atlas/land-110m.json", "utf8")) as unknown;
  const rings = featuresOf([atlas]).features.flatMap(({ shapes }) => shapes.flatMap((shape) => (shape.kind === "area" ? shape.rings : [])));
  assert.ok(rings.length > 100);
  const longest = Math.max(...rings.flatMap((ring) => ring.slice(1).map(([x, y], at) => (Math.abs(y) > 89 ? 0 : Math.abs(x - (ring[at]?.[0] ?? x))))));
  assert.ok(longest < 180, String(longest));
});
