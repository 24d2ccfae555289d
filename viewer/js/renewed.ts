// What is on the page already follows a renewed capability: links and pictures at once, films when it does not show.
//
// Pictures that have arrived are left alone. A film that plays keeps its address until it is paused, or until shortly before
// the old capability ends; then it goes on from where it was.

import type { Session } from "./session";

/** A film changes over when this much of the old capability's life is left. */
const LAST_MOMENT_MS = 3_000;

const ATTRIBUTES = [
  ["a", "href"],
  ["img", "src"],
  ["video", "src"],
  ["audio", "src"],
] as const;

/** Gives an element the address of now; false when it has it. */
function refresh(element: Element, attribute: string, session: Pick<Session, "fresh">): boolean {
  const url = element.getAttribute(attribute);
  const fresh = url === null ? url : session.fresh(url);
  if (fresh === null || fresh === url) return false;
  element.setAttribute(attribute, fresh);
  return true;
}

/**
 * Changes a player's address, and goes on where it was: at once, as the next change may come before the metadata has. A time
 * that is set before it is where the player begins, and is what it answers until then (HTML, section 4.8.11.6, "default
 * playback start position").
 */
export function changeOver(player: HTMLMediaElement, session: Pick<Session, "fresh">): void {
  const { currentTime, paused, ended, playbackRate } = player;
  if (!refresh(player, "src", session)) return;
  player.playbackRate = playbackRate;
  if (currentTime > 0) player.currentTime = currentTime;
  // Beginning anew has paused it.
  if (!paused && !ended) void player.play().catch(() => {});
}

/** A player that plays changes over when it is paused, or at the last moment. */
function changeOverInTime(player: HTMLMediaElement, session: Session, leftMs: number): void {
  if (player.paused || player.ended) {
    changeOver(player, session);
    return;
  }
  const now = () => {
    clearTimeout(timer);
    player.removeEventListener("pause", now);
    changeOver(player, session);
  };
  const timer = setTimeout(now, Math.max(0, leftMs - LAST_MOMENT_MS));
  player.addEventListener("pause", now, { once: true });
}

/** Called by the session when it has a new capability; the old one lives for `leftMs` more. */
export function renewed(session: Session, leftMs: number): void {
  for (const [name, attribute] of ATTRIBUTES) {
    for (const element of document.querySelectorAll(`${name}[${attribute}*="/~"]`)) {
      if (element instanceof HTMLMediaElement) changeOverInTime(element, session, leftMs);
      else if (element instanceof HTMLImageElement && element.complete && element.naturalWidth > 0) continue;
      else refresh(element, attribute, session);
    }
  }
}

/** A picture or a film that fails because its capability has ended (a laptop that slept) is tried again, before the page
 * hears that it failed. */
export function follow(session: Session): void {
  const again = new WeakSet<Element>();
  const failed = async (element: HTMLImageElement | HTMLMediaElement) => {
    if (session.leftMs <= 0) await session.renew();
    const changed = element instanceof HTMLMediaElement ? (changeOver(element, session), true) : refresh(element, "src", session);
    if (!changed) element.dispatchEvent(new Event("error"));
  };
  document.addEventListener(
    "error",
    (event) => {
      const element = event.target;
      if (!(element instanceof HTMLImageElement || element instanceof HTMLMediaElement) || again.has(element)) return;
      const url = element.getAttribute("src") ?? "";
      const outdated = session.fresh(url) !== url || (session.leftMs <= 0 && url.includes("/~"));
      if (!session.gated || !outdated) return;
      event.stopImmediatePropagation();
      again.add(element);
      void failed(element).finally(() => setTimeout(() => again.delete(element), 1_000));
    },
    true,
  );
}
