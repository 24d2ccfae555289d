// The captions of a film as tracks of its player. A track's file is fetched through the reader's session and handed to the
// player as a `blob:`, which is of the page's own origin: neither a capability nor another origin stands in its way.

import { element } from "../elements";
import type { Neighbour } from "../markup";
import { readText } from "../source";
import { language as readers } from "../text";
import { type Captions, captionsOf, vttOf } from "./captions";

const names = new Intl.DisplayNames(readers, { type: "language" });

/** The language's name; nothing for captions whose name says none. */
const label = ({ language }: Captions): string => (language === "" ? "" : (names.of(language) ?? language));

async function add(media: HTMLMediaElement, captions: Captions, signal: AbortSignal): Promise<void> {
  const text = await readText({ url: captions.file.url, contentType: "text/vtt" }, signal);
  const url = URL.createObjectURL(new Blob([vttOf(text)], { type: "text/vtt" }));
  signal.addEventListener("abort", () => URL.revokeObjectURL(url), { once: true });
  const track = element("track");
  track.kind = "captions";
  track.label = label(captions);
  if (captions.language !== "") track.srclang = captions.language;
  track.src = url;
  media.append(track);
}

/** Adds what lies beside a film; how many tracks it has then. One that cannot be had is left out. */
export async function addTracks(media: HTMLMediaElement, name: string, folder: readonly Neighbour[], signal: AbortSignal): Promise<number> {
  for (const captions of captionsOf(name, folder)) {
    try {
      await add(media, captions, signal);
    } catch (error) {
      if (signal.aborted) return 0;
      console.warn(`The captions ${captions.file.name} could not be read`, error);
    }
  }
  return media.textTracks.length;
}

/** Resolves when a track's cues are there; it is read, but not shown. */
export function cuesOf(media: HTMLMediaElement, track: TextTrack): Promise<void> {
  const own = [...media.querySelectorAll("track")].find((one) => one.track === track);
  if (track.mode === "disabled") track.mode = "hidden";
  return new Promise((resolve) => {
    // 2: loaded, 3: failed (HTML, section 4.8.11.11.5).
    if (!own || own.readyState >= 2) return resolve();
    for (const event of ["load", "error"] as const) own.addEventListener(event, () => resolve(), { once: true });
  });
}
