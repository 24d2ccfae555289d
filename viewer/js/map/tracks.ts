// What a GPS wrote (GPX) or a globe shows (KML) as GeoJSON, by @tmcw/togeojson. Refuses what is no XML. Called by the map.

/** Throws with the parser's own words where it is no XML. */
export async function tracksOf(text: string, name: string): Promise<unknown> {
  const { gpx, kml } = await import("@tmcw/togeojson");
  const document = new DOMParser().parseFromString(text, "text/xml");
  const problem = document.querySelector("parsererror");
  if (problem) throw new Error(problem.textContent?.trim().slice(0, 300) || "It is not XML");
  return /\.gpx$/i.test(name) ? gpx(document) : kml(document);
}
