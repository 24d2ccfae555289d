// What is said in a film or a sound, as text below it: each line leads to its moment, and the one that is heard now is marked.
// Cues go in as text, whatever markup they hold.

import { button, element } from "../elements";
import { t } from "../text";
import { clock } from "./captions";

/** More lines than this nobody reads in a page. */
const CUES_MAX = 5_000;

/** Fills `host` with the cues of a track, which are there. */
export function transcript(host: HTMLElement, media: HTMLMediaElement, track: TextTrack): void {
  const cues = [...(track.cues ?? [])].slice(0, CUES_MAX);
  const lines = new Map<TextTrackCue, HTMLElement>();
  for (const cue of cues) {
    const line = button("cue", "", () => (media.currentTime = cue.startTime));
    // The browser's own reader takes the cue's markup apart; of that we keep the text.
    const text = "getCueAsHTML" in cue ? ((cue as VTTCue).getCueAsHTML().textContent ?? "") : "";
    line.append(element("span", "cue-time", clock(cue.startTime)), " ", element("span", "", text));
    if (track.language) line.lang = track.language;
    lines.set(cue, line);
  }
  const mark = () => {
    for (const line of host.querySelectorAll("[aria-current]")) line.removeAttribute("aria-current");
    for (const cue of track.activeCues ?? []) lines.get(cue)?.setAttribute("aria-current", "true");
    // Only the list scrolls, never the page under the reader.
    const current = host.querySelector<HTMLElement>("[aria-current]");
    if (current && !host.matches(":hover, :focus-within")) host.scrollTop = current.offsetTop - host.clientHeight / 3;
  };
  track.oncuechange = mark;
  host.replaceChildren(...(lines.size > 0 ? lines.values() : [element("p", "small", t("player.transcript.none"))]));
}
