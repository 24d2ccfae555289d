// In which coordinate system a GeoJSON's numbers are: its `crs` member, which GeoJSON had until 2016 and GDAL, QGIS and R write
// still, by name, URN or address. What is not degrees of WGS 84 becomes them by proj4 and the index of the EPSG registry, both
// fetched only then. Refuses systems that it does not know, and numbers that lie outside of what their system is for: the map
// draws these on plain paper. Called by the map.

import type { Point } from "./features";

/** A system by its number in the EPSG registry, or as PROJ writes it. */
export type Crs = { readonly kind: "degrees" } | { readonly kind: "epsg"; readonly code: string; readonly name: string } | { readonly kind: "proj"; readonly text: string; readonly name: string } | { readonly kind: "unknown"; readonly name: string };

/** From the file's numbers to degrees; nothing for a point that has no place on the Earth. */
export interface Projection {
  readonly name: string;
  readonly toDegrees: (point: Point) => Point | undefined;
  /** Whether a place is within what the system is for, with room around it. */
  readonly covers: (degrees: Point) => boolean;
  /** Whether the system's own origin is; where it is not, small numbers are a plan's, not the Earth's. */
  readonly coversOrigin: boolean;
}

const DEGREES: Crs = { kind: "degrees" };
const NAME_MAX = 1_000;

type Loose = Record<string, unknown>;
const isObject = (value: unknown): value is Loose => typeof value === "object" && value !== null && !Array.isArray(value);

/** Codes of others for systems of the registry. */
const OTHER_CODES: Readonly<Record<string, string>> = { "900913": "3857", "3785": "3857", "102100": "3857", "102113": "3857", "54004": "3395" };

/** What a document, or its first feature, says of its numbers. */
export function crsOf(document: unknown): Crs {
  if (!isObject(document)) return DEGREES;
  const features = document["features"];
  const first: unknown = Array.isArray(features) ? features[0] : document["geometry"];
  const geometry = isObject(first) ? first["geometry"] : undefined;
  const said = [document, first, geometry].map((each) => (isObject(each) ? each["crs"] : undefined)).find((crs) => crs !== undefined && crs !== null);
  return said === undefined ? DEGREES : read(said);
}

function read(crs: unknown): Crs {
  if (typeof crs === "string") return named(crs);
  if (!isObject(crs)) return { kind: "unknown", name: "?" };
  const properties = isObject(crs["properties"]) ? crs["properties"] : crs;
  const name = properties["name"] ?? properties["code"] ?? properties["href"] ?? properties["urn"];
  if (typeof name === "number" || (typeof name === "string" && /^\d+$/.test(name))) return named(`EPSG:${name}`);
  return typeof name === "string" ? named(name) : { kind: "unknown", name: String(crs["type"] ?? "?").slice(0, 100) };
}

function named(name: string): Crs {
  const text = name.slice(0, NAME_MAX).trim();
  if (/CRS\s?:?84h?$/i.test(text) || /^wgs[ _]?84$/i.test(text)) return DEGREES;
  if (/^\+proj=/.test(text)) return { kind: "proj", text, name: text.slice(0, 100) };
  // EPSG:1, urn:ogc:def:crs:EPSG::1, urn:ogc:def:crs:EPSG:9.8:1, …/def/crs/EPSG/0/1, …/epsg.xml#1, …/ref/epsg/1/
  const code = /(?:epsg|esri)(?:\.xml|\.io)?[^a-z0-9]+(?:[\d.]*[:/])?(\d{4,6})(?:\.proj4|\/)?\/?$/i.exec(text)?.[1];
  if (code === undefined) return { kind: "unknown", name: text.slice(0, 100) };
  const known = OTHER_CODES[code] ?? code;
  if (known === "4326" || known === "4979") return DEGREES;
  return { kind: "epsg", code: known, name: `EPSG:${known}` };
}

/** So much beyond its borders a system is still good enough to draw with. */
const MARGIN = 10;

/** How to get from a system to degrees; nothing for one that is not known. */
export async function projectionOf(crs: Crs): Promise<Projection | undefined> {
  if (crs.kind !== "epsg" && crs.kind !== "proj") return undefined;
  const [{ default: proj4 }, { default: index }] = await Promise.all([import("proj4"), import("epsg-index/all.json")]);
  const entry = crs.kind === "epsg" ? index[crs.code] : ([crs.text, 90, -180, -90, 180] as const);
  if (!entry) return undefined;
  const [text, north, west, south, east] = entry;
  try {
    const { forward } = proj4(text, "WGS84");
    const toDegrees = ([x, y]: Point): Point | undefined => {
      const [longitude, latitude] = forward([x, y]) as [number, number];
      return Number.isFinite(longitude) && Number.isFinite(latitude) && Math.abs(latitude) <= 90 ? [longitude, latitude] : undefined;
    };
    const within = ([longitude, latitude]: Point, margin: number) => latitude <= north + margin && latitude >= south - margin && isBetween(longitude, west - margin, (east < west ? east + 360 : east) + margin);
    const origin = attempt(() => toDegrees([0, 0]));
    return { name: crs.name, toDegrees: (point) => attempt(() => toDegrees(point)), covers: (degrees) => within(degrees, MARGIN), coversOrigin: origin !== undefined && within(origin, 0) };
  } catch {
    // A system that the library does not have.
    return undefined;
  }
}

/** The library throws at some points that are too far away. */
function attempt(make: () => Point | undefined): Point | undefined {
  try {
    return make();
  } catch {
    return undefined;
  }
}

const isBetween = (longitude: number, west: number, east: number): boolean => [-360, 0, 360].some((turn) => longitude + turn >= west && longitude + turn <= east);
