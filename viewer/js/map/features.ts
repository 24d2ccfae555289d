// GeoJSON and TopoJSON as features that can be drawn: whatever else stands in the file is left out, and very fine lines are made
// coarser. Numbers of other systems have become degrees of the Earth before, or are drawn on plain paper. Pure; the map calls it.

import { feature } from "topojson-client";
import type { GeometryCollection as TopologyPart, Topology } from "topojson-specification";
import { eastOf, meridianOf, withoutJumps } from "./antimeridian";
import type { Projection } from "./crs";

export type Point = readonly [number, number];

/** Lines and rings are lists of points; an area has its outline first, then its holes. */
export type Shape = { readonly kind: "point"; readonly at: Point } | { readonly kind: "line"; readonly line: readonly Point[] } | { readonly kind: "area"; readonly rings: readonly (readonly Point[])[] };

export interface Feature {
  readonly shapes: readonly Shape[];
  readonly properties: readonly (readonly [string, string])[];
  readonly label: string;
  /** Colours that the file wishes for (Mapbox's simplestyle), if they are colours. */
  readonly stroke: string | undefined;
  readonly fill: string | undefined;
}

export interface Features {
  readonly features: readonly Feature[];
  readonly points: number;
  /** Features that were left out, because they have no place or there are too many. */
  readonly left: number;
  /** Points of them that have no numbers. */
  readonly lost: number;
  readonly isCoarser: boolean;
  /** Degrees of the Earth; other numbers are drawn on plain paper. */
  readonly isEarth: boolean;
  readonly bounds: { readonly west: number; readonly south: number; readonly east: number; readonly north: number } | undefined;
}

/** More features are not drawn. */
export const FEATURES_MAX = 50_000;

/** With more points than this, those that could not be told apart on a screen are left out. */
const POINTS_COMFORTABLE = 150_000;

/** So much of a value is shown, and so many values of a feature. */
const VALUE_MAX = 2_000;
const PROPERTIES_MAX = 200;

/** How deep collections may lie in collections. */
const DEPTH_MAX = 8;

type Loose = Record<string, unknown>;
const isObject = (value: unknown): value is Loose => typeof value === "object" && value !== null && !Array.isArray(value);
const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);

function pointOf(value: unknown): Point | undefined {
  const [x, y] = list(value);
  return typeof x === "number" && typeof y === "number" && Number.isFinite(x) && Number.isFinite(y) ? [x, y] : undefined;
}

/** Takes a point of the file; counts those that are none. */
interface Reading {
  readonly place: (point: Point) => Point | undefined;
  lost: number;
}

function placed(value: unknown, reading: Reading): Point | undefined {
  const point = pointOf(value);
  const at = point && reading.place(point);
  if (!at) reading.lost += 1;
  return at;
}

/** The parts of a line between points that have no place. */
function partsOf(value: unknown, reading: Reading): Point[][] {
  const parts: Point[][] = [[]];
  for (const each of list(value)) {
    const point = placed(each, reading);
    if (point) parts.at(-1)?.push(point);
    else parts.push([]);
  }
  return parts.filter((part) => part.length > 1);
}

function shapesOf(geometry: unknown, reading: Reading, depth = 0): Shape[] {
  if (!isObject(geometry) || depth > DEPTH_MAX) return [];
  const { type, coordinates } = geometry;
  const area = (value: unknown): Shape[] => {
    const rings = list(value).map((ring) => list(ring).map((point) => placed(point, reading)).filter((point) => point !== undefined));
    // Holes of an outline that is none would be areas.
    return (rings[0]?.length ?? 0) > 2 ? [{ kind: "area", rings: rings.filter((ring) => ring.length > 2) }] : [];
  };
  const line = (value: unknown): Shape[] => partsOf(value, reading).map((points) => ({ kind: "line", line: points }));
  const point = (value: unknown): Shape[] => {
    const at = placed(value, reading);
    return at ? [{ kind: "point", at }] : [];
  };
  switch (type) {
    case "Point": return point(coordinates);
    case "MultiPoint": return list(coordinates).flatMap(point);
    case "LineString": return line(coordinates);
    case "MultiLineString": return list(coordinates).flatMap(line);
    case "Polygon": return area(coordinates);
    case "MultiPolygon": return list(coordinates).flatMap(area);
    case "GeometryCollection": return list(geometry["geometries"]).flatMap((each) => shapesOf(each, reading, depth + 1));
    default: return [];
  }
}

function textOf(value: unknown): string {
  const text = typeof value === "string" ? value : (JSON.stringify(value) ?? "");
  return text.length > VALUE_MAX ? `${text.slice(0, VALUE_MAX)}…` : text;
}

const LABELS = ["name", "title", "label", "id", "code"];

/** What a feature is called: by its properties, else by its number. */
function labelOf(properties: Loose, id: unknown, index: number): string {
  const key = LABELS.flatMap((label) => Object.keys(properties).filter((key) => key.toLowerCase() === label)).find((key) => ["string", "number"].includes(typeof properties[key]) && properties[key] !== "");
  const label = key === undefined ? id : properties[key];
  return typeof label === "string" || typeof label === "number" ? String(label).slice(0, 120) : `#${index + 1}`;
}

const colourOf = (value: unknown) => (typeof value === "string" && /^#(?:[0-9a-f]{3}|[0-9a-f]{6})$/i.test(value) ? value : undefined);

function featureOf(value: unknown, index: number, reading: Reading): Feature {
  const isFeature = isObject(value) && value["type"] === "Feature";
  const properties = isFeature && isObject(value["properties"]) ? value["properties"] : {};
  return {
    shapes: shapesOf(isFeature ? value["geometry"] : value, reading),
    properties: Object.entries(properties).slice(0, PROPERTIES_MAX).map(([key, each]) => [key, textOf(each)] as const),
    label: labelOf(properties, isFeature ? value["id"] : undefined, index),
    stroke: colourOf(properties["stroke"]),
    fill: colourOf(properties["fill"] ?? properties["marker-color"]),
  };
}

/** The features of a document, whatever form it has. */
function members(document: unknown): unknown[] {
  if (!isObject(document)) return [];
  if (document["type"] === "FeatureCollection") return list(document["features"]);
  if (document["type"] !== "Topology" || !isObject(document["objects"])) return [document];
  return Object.values(document["objects"]).flatMap((part): unknown[] => {
    try {
      return members(feature(document as unknown as Topology, part as TopologyPart));
    } catch {
      // It names arcs that there are not.
      return [undefined];
    }
  });
}

const pointsOf = (shape: Shape): readonly Point[] => (shape.kind === "point" ? [shape.at] : shape.kind === "line" ? shape.line : shape.rings.flat());

type Bounds = NonNullable<Features["bounds"]>;

function measured(features: readonly Feature[]): { points: number; bounds: Bounds | undefined } {
  let points = 0;
  let bounds: Bounds | undefined;
  for (const { shapes } of features) {
    for (const shape of shapes) {
      for (const [x, y] of pointsOf(shape)) {
        points += 1;
        bounds = bounds ? { west: Math.min(bounds.west, x), east: Math.max(bounds.east, x), south: Math.min(bounds.south, y), north: Math.max(bounds.north, y) } : { west: x, east: x, south: y, north: y };
      }
    }
  }
  return { points, bounds };
}

const areDegrees = (bounds: Bounds | undefined) => bounds === undefined || (bounds.west >= -360 && bounds.east <= 360 && bounds.south >= -90 && bounds.north <= 90);

/** Numbers of a plan are small; those of a grid of a country hardly ever are. */
const PLAN = 10_000;

/** So many points, from all over, say whether they lie where they should. */
const LOOKED_AT = 10_000;

/** Whether the numbers mean what the system says: most of them lie where it is good for. */
function fits(features: readonly Feature[], projection: Projection): boolean {
  const { bounds } = measured(features);
  if (!bounds) return true;
  const isSmall = Math.max(Math.abs(bounds.west), Math.abs(bounds.east), Math.abs(bounds.south), Math.abs(bounds.north)) < PLAN;
  if (isSmall && !projection.coversOrigin) return false;
  const points = features.flatMap(({ shapes }) => shapes.flatMap(pointsOf));
  const step = Math.ceil(points.length / LOOKED_AT);
  const looked = points.filter((_, index) => index % step === 0);
  const inside = looked.filter((point) => {
    const degrees = projection.toDegrees(point);
    return degrees !== undefined && projection.covers(degrees);
  });
  return inside.length * 2 >= looked.length;
}

/** What the numbers of a document are: degrees already, of a system that becomes degrees, or of none that is known. */
export type Numbers = "degrees" | "unknown" | Projection;

/** The features of one document after another. `isEarth` when the numbers of all of them are degrees, or have become them. */
export function featuresOf(documents: readonly unknown[], numbers: Numbers = "degrees"): Features {
  const all = documents.flatMap(members);
  const taken = all.slice(0, FEATURES_MAX);
  const plain: Reading = { place: (point) => point, lost: 0 };
  const asWritten = taken.map((each, index) => featureOf(each, index, plain));
  const isKnown = numbers === "degrees" ? areDegrees(measured(asWritten).bounds) : numbers !== "unknown" && fits(asWritten, numbers);
  const reading: Reading = isKnown && typeof numbers === "object" ? { place: numbers.toDegrees, lost: 0 } : plain;
  const read = reading === plain ? asWritten : taken.map((each, index) => featureOf(each, index, reading));
  const kept = read.filter(({ shapes }) => shapes.length > 0);
  const placed = isKnown ? together(kept) : kept;
  const { points, bounds } = measured(placed);
  const isCoarser = points > POINTS_COMFORTABLE;
  const step = bounds ? Math.hypot(bounds.east - bounds.west, bounds.north - bounds.south) / 4_000 : 0;
  const features = isCoarser ? placed.map((each) => ({ ...each, shapes: each.shapes.map((shape) => coarser(shape, step)) })) : placed;
  return { features, points, left: all.length - kept.length, lost: reading.lost, isCoarser, isEarth: isKnown, bounds };
}

/** Without lines around the Earth, and what lies on both sides of the 180th meridian on one. */
function together(features: readonly Feature[]): Feature[] {
  const whole = features.map((each) => ({ ...each, shapes: each.shapes.map(withoutJumps) }));
  const meridian = meridianOf(whole.flatMap(({ shapes }) => shapes));
  return meridian === undefined ? whole : whole.map((each) => ({ ...each, shapes: each.shapes.map((shape) => eastOf(shape, meridian)) }));
}

function coarser(shape: Shape, step: number): Shape {
  if (shape.kind === "line") return { kind: "line", line: thinned(shape.line, step) };
  if (shape.kind === "area") return { kind: "area", rings: shape.rings.map((ring) => thinned(ring, step)) };
  return shape;
}

/** Leaves out points that are nearer than `step` to the last one kept. */
export function thinned(line: readonly Point[], step: number): Point[] {
  const kept: Point[] = [];
  for (const point of line) {
    const last = kept.at(-1);
    if (!last || Math.hypot(point[0] - last[0], point[1] - last[1]) >= step) kept.push(point);
  }
  const end = line.at(-1);
  if (end && kept.at(-1) !== end) kept.push(end);
  return kept;
}
