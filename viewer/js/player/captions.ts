// Captions that lie beside a film: `film.vtt`, `film.de.vtt` and the same as `.srt`, which is turned into WebVTT. Pure; the browser
// reads what is in them, as text. `player.ts` calls it.

import type { Neighbour } from "../markup";

/** Captions are a few hundred kilobytes for hours; what is larger is something else. */
const BYTES_MAX = 5_000_000;

/** As many as a film plausibly has. */
const COUNT_MAX = 40;

export interface Captions {
  readonly file: Neighbour;
  /** BCP 47; empty when the name does not say. */
  readonly language: string;
}

/** A language's tag as browsers write it; empty for what is none. */
function languageOf(tag: string): string {
  try {
    return Intl.getCanonicalLocales(tag.replaceAll("_", "-"))[0] ?? "";
  } catch {
    return "";
  }
}

/** The captions of a film of that name among the files of its folder; of two of a language, the WebVTT. */
export function captionsOf(name: string, folder: readonly Neighbour[]): Captions[] {
  const stem = name.replace(/\.[^.]*$/, "").toLowerCase();
  const found = new Map<string, Captions>();
  for (const file of folder) {
    const [, before, ending] = /^(.*)\.(vtt|srt)$/is.exec(file.name) ?? [];
    if (before === undefined || ending === undefined || file.size > BYTES_MAX) continue;
    const own = before.toLowerCase();
    const tag = own === stem ? "" : own.startsWith(`${stem}.`) ? own.slice(stem.length + 1) || undefined : undefined;
    if (tag === undefined) continue;
    const language = tag === "" ? "" : languageOf(tag);
    // `film.notes.vtt` belongs to the film, but to no language.
    if (tag !== "" && (language === "" || !/^[a-z]{2,3}([_-]|$)/.test(tag))) continue;
    if (!found.has(language) || ending.toLowerCase() === "vtt") found.set(language, { file, language });
  }
  return [...found.values()].slice(0, COUNT_MAX);
}

/** SubRip as WebVTT: a line before it, and points for the commas of its times. */
export function vttOf(text: string): string {
  const lines = text.replace(/^\uFEFF/, "").replace(/\r\n?/g, "\n");
  if (/^WEBVTT(?=[\s]|$)/.test(lines)) return lines;
  const times = /^[ \t]*(\d{1,3}):(\d\d):(\d\d)[,.](\d{3})[ \t]*-->[ \t]*(\d{1,3}):(\d\d):(\d\d)[,.](\d{3}).*$/gm;
  const pad = (hours: string) => hours.padStart(2, "0");
  return `WEBVTT\n\n${lines.replace(times, (_, h1: string, m1, s1, f1, h2: string, m2, s2, f2) => `${pad(h1)}:${m1}:${s1}.${f1} --> ${pad(h2)}:${m2}:${s2}.${f2}`)}`;
}

/** A moment as players write it: `4:05`, `1:02:03`. */
export function clock(seconds: number): string {
  const whole = Math.max(0, Math.floor(Number.isFinite(seconds) ? seconds : 0));
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (value: number) => String(value).padStart(2, "0");
  return hours > 0 ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}
