// The drawing of a map with Leaflet: land and degrees behind, the file's features before them. Moved by mouse, touch and keys.
// Used by `map.ts`.

import * as L from "leaflet";
import { t } from "../text";
import { movedShape } from "./antimeridian";
import { type Feature, type Features, featuresOf, type Point, type Shape } from "./features";

/** How near one may come to a single point. */
const NEAREST = 12;

/** Markers are small where there are many. */
const MANY = 2_000;

const latLng = ([x, y]: Point): L.LatLngTuple => [y, x];

/** A colour of the page. */
const colour = (name: string) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

export class Chart {
  private readonly map: L.Map;
  private readonly canvas: L.Canvas;
  private readonly drawn: L.Path[][];
  private readonly degrees = L.layerGroup();
  private readonly land = L.featureGroup();
  private highlighted = -1;
  private readonly seen: ResizeObserver;
  private readonly dark = matchMedia("(prefers-color-scheme: dark)");

  constructor(
    place: HTMLElement,
    private readonly features: Features,
    choose: (index: number) => void,
  ) {
    const crs = features.isEarth ? L.CRS.EPSG3857 : L.CRS.Simple;
    this.map = L.map(place, { crs, preferCanvas: true, attributionControl: false, zoomControl: false, zoomSnap: 0.25, minZoom: features.isEarth ? 0 : -20, maxZoom: features.isEarth ? 18 : 20 });
    L.control.zoom({ zoomInTitle: t("map.nearer"), zoomOutTitle: t("map.farther") }).addTo(this.map);
    this.map.createPane("behind").style.zIndex = "200";
    this.canvas = L.canvas({ padding: 0.3, tolerance: 4 });
    this.degrees.addTo(this.map);
    this.fit();
    this.drawn = features.features.map((each, index) => each.shapes.map((shape) => this.path(shape, each).addTo(this.map).on("click", () => choose(index))));
    this.seen = new ResizeObserver(() => this.map.invalidateSize({ pan: false }));
    this.seen.observe(place);
    this.dark.addEventListener("change", this.recolour);
  }

  /** Draws what lies behind; the features are there without it. */
  async begin(): Promise<void> {
    if (!this.features.isEarth) return;
    const atlas: unknown = (await import("world-atlas/land-110m.json")).default;
    const renderer = L.canvas({ pane: "behind", padding: 0.3 });
    const areas = featuresOf([atlas]).features.flatMap(({ shapes }) => shapes);
    // The Earth goes on to both sides, so that a view across the 180th meridian has land on both.
    for (const turn of [-360, 0, 360]) {
      for (const area of areas.map((shape) => movedShape(shape, turn))) {
        if (area.kind === "area") L.polygon(area.rings.map((ring) => ring.map(latLng)), { ...landStyle(), renderer, interactive: false, pane: "behind" }).addTo(this.land);
      }
    }
    this.land.addTo(this.map);
    this.map.on("moveend", () => this.drawDegrees(renderer));
    this.drawDegrees(renderer);
  }

  end(): void {
    this.seen.disconnect();
    this.dark.removeEventListener("change", this.recolour);
    this.map.remove();
  }

  private fit(): void {
    const { bounds } = this.features;
    if (!bounds) return;
    const { south, west, north, east } = bounds;
    this.map.fitBounds([[south, west], [north, east]], { padding: [24, 24], maxZoom: this.features.isEarth ? NEAREST : 20, animate: false });
  }

  private path(shape: Shape, { stroke, fill }: Feature): L.Path {
    const options = { renderer: this.canvas, ...styleOf(shape, stroke, fill) };
    if (shape.kind === "point") return L.circleMarker(latLng(shape.at), { ...options, radius: this.features.features.length > MANY ? 3.5 : 6 });
    if (shape.kind === "line") return L.polyline(shape.line.map(latLng), options);
    return L.polygon(shape.rings.map((ring) => ring.map(latLng)), options);
  }

  /** Marks a feature; `goes`: and moves there. */
  highlight(index: number, goes: boolean): void {
    this.restyle(this.highlighted);
    this.highlighted = index;
    const paths = this.drawn[index] ?? [];
    for (const path of paths) path.setStyle({ color: colour("--warning"), fillColor: colour("--warning"), weight: 4 }).bringToFront();
    if (!goes) return;
    const bounds = L.featureGroup(paths as L.Layer[]).getBounds();
    if (bounds.isValid() && !this.map.getBounds().contains(bounds)) this.map.fitBounds(bounds, { padding: [40, 40], maxZoom: Math.max(this.map.getZoom(), 8), animate: false });
  }

  private restyle(index: number): void {
    const feature = this.features.features[index];
    if (feature) this.drawn[index]?.forEach((path, at) => path.setStyle(styleOf(feature.shapes[at] as Shape, feature.stroke, feature.fill)));
  }

  private readonly recolour = (): void => {
    for (const index of this.drawn.keys()) this.restyle(index);
    this.land.setStyle(landStyle());
  };

  /** Meridians and parallels, as many as fit. */
  private drawDegrees(renderer: L.Canvas): void {
    this.degrees.clearLayers();
    const bounds = this.map.getBounds().pad(0.3);
    const span = Math.max(bounds.getEast() - bounds.getWest(), 1e-6);
    const step = [30, 10, 5, 2, 1, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01].findLast((each) => span / each < 14) ?? 30;
    const options = { renderer, pane: "behind", interactive: false, color: colour("--line-strong"), weight: 0.6, opacity: 0.7 };
    const [north, south] = [Math.min(85, bounds.getNorth()), Math.max(-85, bounds.getSouth())];
    for (let x = Math.ceil(bounds.getWest() / step) * step; x <= bounds.getEast(); x += step) L.polyline([[south, x], [north, x]], options).addTo(this.degrees);
    for (let y = Math.ceil(south / step) * step; y <= north; y += step) L.polyline([[y, bounds.getWest()], [y, bounds.getEast()]], options).addTo(this.degrees);
  }
}

const landStyle = (): L.PathOptions => ({ stroke: true, color: colour("--line-strong"), weight: 0.8, fillColor: colour("--page"), fillOpacity: 1 });

function styleOf(shape: Shape, stroke: string | undefined, fill: string | undefined): L.PathOptions {
  const accent = colour("--accent");
  if (shape.kind === "point") return { color: colour("--page"), weight: 1.5, fillColor: fill ?? stroke ?? accent, fillOpacity: 0.9 };
  return { color: stroke ?? fill ?? accent, weight: 2, fill: shape.kind === "area", fillColor: fill ?? stroke ?? accent, fillOpacity: 0.22 };
}
