// Sound and video by the browser's own player, which fetches by ranges; around it the speed, captions that lie beside the file
// and what they say as text, and for sounds steps to the next one of the folder. Nothing starts by itself.

import { button, element, problem } from "../elements";
import type { FileInput, Mounted } from "../file";
import { folderOf, placeOf, steps } from "../gallery";
import { loadStyle } from "../styles";
import { number, t } from "../text";
import { group, takesKeys } from "../tool";
import { addTracks, cuesOf } from "./tracks";
import { transcript } from "./transcript";

const SPEEDS = [0.5, 0.75, 1, 1.25, 1.5, 1.75, 2];

/** Sounds that have no type of their own. */
const SOUND = /\.(wma|aiff?|amr|midi?)$/i;

export async function player(host: HTMLElement, input: FileInput, signal: AbortSignal): Promise<Mounted> {
  await loadStyle(ASSETS.styles["player"] ?? "");
  const end = new AbortController();
  signal.addEventListener("abort", () => end.abort(), { once: true });
  const isSound = input.contentType.startsWith("audio/") || SOUND.test(input.name);
  const media = isSound ? element("audio") : element("video");
  media.controls = true;
  media.preload = "metadata";
  if (media instanceof HTMLVideoElement) media.playsInline = true;
  media.setAttribute("aria-label", input.name);
  const bar = element("div", "tools player-tools", speed(media));
  host.classList.toggle("player-sound", isSound);
  host.replaceChildren(media, bar);
  const drawn = begun(media, input, isSound).catch((error: unknown) => {
    end.abort();
    host.replaceChildren(unplayable(input, error));
    throw error;
  });
  drawn.catch(() => {});
  media.addEventListener("error", () => void drawn.then(() => stopped(host, media, isSound), () => {}));
  keys(media, end.signal);
  void around(media, input, bar, isSound, end.signal);
  return {
    drawn,
    destroy() {
      end.abort();
      // A player that is out of the page would go on playing.
      media.pause();
      media.removeAttribute("src");
      media.load();
    },
  };
}

/** Resolves when the player knows how long it is; rejects when it cannot play. */
function begun(media: HTMLMediaElement, input: FileInput, isSound: boolean): Promise<void> {
  return new Promise((resolve, reject) => {
    media.addEventListener("loadedmetadata", () => {
      // A browser that knows the sound but not the picture would show a black box.
      if (media instanceof HTMLVideoElement && media.videoWidth === 0) media.classList.add("player-blind");
      resolve();
    });
    // A capability that ended is renewed first (`renewed.ts`); only real failures come here.
    media.addEventListener("error", () => reject(new Error(why(media.error, isSound))));
    media.src = input.url;
  });
}

/** The browser's reason in words. */
function why(error: MediaError | null, isSound: boolean): string {
  if (error?.code === MediaError.MEDIA_ERR_NETWORK) return t("source.offline");
  if (error?.code === MediaError.MEDIA_ERR_DECODE) return t("player.damaged");
  return isSound ? t("player.format.sound") : t("player.format.video");
}

/** What it is, why it cannot be played, and the file. */
function unplayable(input: FileInput, error: unknown): HTMLElement {
  const box = problem("player", t("player.unplayable", { name: input.name }), error instanceof Error ? error.message : String(error));
  const download = element("a", "button", t("action.download.file"));
  download.href = input.download;
  download.download = input.name;
  box.append(element("p", "", download));
  return box;
}

/** It played, and does no more: why, and another try from where it was. */
function stopped(host: HTMLElement, media: HTMLMediaElement, isSound: boolean): void {
  host.querySelector(".part-problem")?.remove();
  const at = media.currentTime;
  const box = problem("player", t("player.stopped"), why(media.error, isSound));
  const again = button("button", t("action.retry"), () => {
    box.remove();
    media.load();
    media.currentTime = at;
  });
  box.append(element("p", "", again));
  media.after(box);
}

/** A choice with its name before it. */
function choice(name: string, options: readonly (readonly [string, string])[], choose: (value: string) => void): HTMLElement {
  const select = element("select", "field");
  for (const [value, words] of options) select.append(new Option(words, value));
  select.addEventListener("change", () => choose(select.value));
  return element("label", "tools-note player-choice", name, " ", select);
}

function speed(media: HTMLMediaElement): HTMLElement {
  const made = choice(t("player.speed"), SPEEDS.map((value) => [String(value), t("player.speed.times", { times: number(value) })]), (value) => {
    // The default, too: another address of the same film begins with it.
    media.defaultPlaybackRate = media.playbackRate = Number(value);
  });
  const select = made.querySelector("select");
  if (select) select.value = "1";
  // The browser's own menu has speeds as well.
  media.addEventListener("ratechange", () => select && SPEEDS.includes(media.playbackRate) && (select.value = String(media.playbackRate)));
  return made;
}

/** What lies beside: captions, and for sounds the others of the folder. */
async function around(media: HTMLMediaElement, input: FileInput, bar: HTMLElement, isSound: boolean, signal: AbortSignal): Promise<void> {
  const folder = await folderOf(input, signal);
  const found = isSound && !signal.aborted ? steps(placeOf(input.name, "audio", folder)) : undefined;
  if (found) bar.prepend(found.element);
  if (signal.aborted || (await addTracks(media, input.name, folder, signal)) === 0 || signal.aborted) return;
  const text = element("div", "player-transcript");
  text.tabIndex = 0;
  text.setAttribute("role", "region");
  text.setAttribute("aria-label", t("player.transcript"));
  const tracks = [...media.textTracks];
  const show = async (track: TextTrack | undefined) => {
    if (!track) return;
    await cuesOf(media, track);
    if (!signal.aborted) transcript(text, media, track);
  };
  if (!isSound || tracks.length > 1) bar.append(group(captions(media, tracks, isSound, show)));
  bar.after(element("details", "player-text", element("summary", "", t("player.transcript")), text));
  await show(tracks[0]);
}

/** Which captions are shown; a sound has no picture to show them on, only the text below. */
function captions(media: HTMLMediaElement, tracks: readonly TextTrack[], isSound: boolean, show: (track: TextTrack | undefined) => void): HTMLElement {
  const named = tracks.map((track, n) => [String(n), track.label || t(tracks.length > 1 ? "player.captions.other" : "player.captions.on")] as const);
  const options = isSound ? named : [["", t("player.captions.off")] as const, ...named];
  const made = choice(isSound ? t("player.language") : t("player.captions"), options, (value) => {
    tracks.forEach((track, n) => (track.mode = String(n) === value && !isSound ? "showing" : "hidden"));
    show(tracks[Number(value)]);
  });
  const select = made.querySelector("select");
  // The browser's own button for captions does the same.
  media.textTracks.addEventListener("change", () => {
    const showing = tracks.findIndex((track) => track.mode === "showing");
    if (select && !isSound) select.value = showing < 0 ? "" : String(showing);
  });
  return made;
}

function press(media: HTMLMediaElement, key: string): boolean {
  const by = (seconds: number) => ((media.currentTime = Math.max(0, media.currentTime + seconds)), true);
  switch (key) {
    case "k": return (media.paused ? void media.play().catch(() => {}) : media.pause()), true;
    case "j": return by(-10);
    case "l": return by(10);
    case "ArrowLeft": return by(-5);
    case "ArrowRight": return by(5);
    case "m": return (media.muted = !media.muted), true;
    case "f": return media instanceof HTMLVideoElement && (void (document.fullscreenElement ? document.exitFullscreen() : media.requestFullscreen()).catch(() => {}), true);
    default: return false;
  }
}

/** Keys that films have elsewhere, too; what is pressed in the player itself is the browser's. */
function keys(media: HTMLMediaElement, signal: AbortSignal): void {
  const hear = (event: KeyboardEvent) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || takesKeys(event.target)) return;
    if (event.target instanceof Element && event.target.closest("a, button, summary, [tabindex='0']") && event.key.startsWith("Arrow")) return;
    if (press(media, event.key)) event.preventDefault();
  };
  document.addEventListener("keydown", hear, { signal });
}
