// GeoJSON, TopoJSON, GPX and KML on a map: Leaflet without tiles, so that nobody else hears what is looked at. Behind the features
// lie coarse outlines of land (Natural Earth) and a grid of degrees. Every feature is in a list, too, which keys reach.

import { button, element } from "../elements";
import type { FileInput, Mounted } from "../file";
import { readText } from "../source";
import { loadStyle } from "../styles";
import { number, t } from "../text";
import { Chart } from "./chart";
import { crsOf, type Projection, projectionOf } from "./crs";
import { documentsOf } from "./documents";
import { type Features, featuresOf } from "./features";
import { tracksOf } from "./tracks";

/** Features in the list; the map has the others, too. */
const LISTED = 1_000;

export async function map(host: HTMLElement, input: FileInput, signal: AbortSignal): Promise<Mounted> {
  const [text] = await Promise.all([readText(input, signal), loadStyle(ASSETS.styles["map"] ?? "")]);
  const { features, notes } = await read(text, input.name);
  if (signal.aborted) return { destroy() {} };
  if (!features.bounds) {
    host.replaceChildren(element("p", "empty", t("map.empty")));
    return { destroy() {} };
  }
  const view = new MapView(host, input, features, notes);
  await view.chart.begin();
  return view;
}

/** The features, and what a reader should know of how they were read. */
async function read(text: string, name: string): Promise<{ features: Features; notes: string[] }> {
  if (/\.(?:gpx|kml)$/i.test(name)) return { features: featuresOf([await tracksOf(text, name)]), notes: [] };
  const { documents, broken, more } = documentsOf(text);
  // One file, one system: what begins it says which.
  const crs = crsOf(documents[0]);
  const projection = await projectionOf(crs);
  const features = featuresOf(documents, crs.kind === "degrees" ? "degrees" : (projection ?? "unknown"));
  const notes = crs.kind === "degrees" ? [] : [noteOf(crs.name, projection, features)];
  if (broken > 0) notes.push(t("map.broken", { number: number(broken) }));
  return { features: { ...features, left: features.left + more }, notes };
}

function noteOf(name: string, projection: Projection | undefined, { isEarth }: Features): string {
  if (!projection) return t("map.crsUnknown", { name });
  return t(isEarth ? "map.crs" : "map.crsOutside", { name });
}

class MapView implements Mounted {
  readonly chart: Chart;
  private readonly details = element("div", "map-details");
  private readonly list = element("ol", "map-list");
  private chosen: HTMLElement | undefined;

  constructor(
    host: HTMLElement,
    input: FileInput,
    private readonly features: Features,
    private readonly notes: readonly string[],
  ) {
    const place = element("div", "map-place");
    place.role = "region";
    place.ariaLabel = t("map.label", { name: input.name });
    this.details.role = "status";
    this.list.append(...features.features.slice(0, LISTED).map(({ label }, index) => element("li", "", button("map-name", label, () => this.choose(index, true)))));
    const side = element("div", "map-side", this.details, element("h2", "map-head", t("map.features")), this.list);
    host.replaceChildren(element("p", "map-facts", this.facts()), element("div", "map-view-parts", place, side));
    this.chart = new Chart(place, features, (index) => this.choose(index, false));
  }

  destroy(): void {
    this.chart.end();
  }

  private facts(): string {
    const { features, points, left, lost, isCoarser, isEarth } = this.features;
    const parts = [t("map.count", { count: features.length }), t("map.points", { count: points })];
    if (left > 0) parts.push(t("map.left", { count: left }));
    if (lost > 0) parts.push(t("map.lost", { number: number(lost) }));
    if (isCoarser) parts.push(t("map.coarser"));
    if (!isEarth) parts.push(t("map.notEarth"));
    if (features.length > LISTED) parts.push(t("map.listed", { shown: number(LISTED) }));
    return [...parts, ...this.notes].join(" · ");
  }

  private choose(index: number, goes: boolean): void {
    const feature = this.features.features[index];
    if (!feature) return;
    this.chart.highlight(index, goes);
    this.chosen?.removeAttribute("aria-current");
    const item = this.list.children[index]?.firstElementChild;
    if (item instanceof HTMLElement) {
      this.chosen = item;
      item.setAttribute("aria-current", "true");
      if (!goes) item.scrollIntoView({ block: "nearest" });
    }
    const rows = feature.properties.flatMap(([key, value]) => [element("dt", "", key), element("dd", "", value)]);
    const nothing = element("p", "map-note", t("map.noProperties"));
    this.details.replaceChildren(element("h2", "map-head", feature.label), rows.length > 0 ? element("dl", "map-properties", ...rows) : nothing);
  }
}
