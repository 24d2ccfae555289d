// What happens while somebody reads: a newer version, a network that goes and comes back. Said in a line at the edge of the page,
// never by changing what is read.

import { button, element } from "../elements";
import type { Session } from "../session";
import { t } from "../text";

/** How often a page that can be seen asks whether there is a newer version: one conditional request. */
const LOOK_EVERY_MS = 60_000;

/** A line with a button, which closes it or does something. */
function line(id: string, text: string, action?: { label: string; press: () => void }): HTMLElement {
  const made = element("p", "news-line", element("span", "", text));
  made.dataset["news"] = id;
  if (action) made.append(button("button", action.label, action.press));
  const close = button("news-close", "×", () => made.remove());
  close.setAttribute("aria-label", t("news.close"));
  made.append(close);
  return made;
}

/** Offers a newer version once it is there; what is open stays whole until the reader takes it. */
export function watchVersion(session: Session, news: HTMLElement): void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let told = false;
  let looked = Date.now();
  const later = (ms: number) => {
    clearTimeout(timer);
    timer = setTimeout(() => void look(), ms);
  };
  const look = async () => {
    if (told || document.hidden || !navigator.onLine) return;
    looked = Date.now();
    const { shown } = session;
    const current = await session.latest();
    if (shown && session.shown === shown && current !== undefined && current !== shown.manifestId) {
      told = true;
      news.append(line("version", t("news.version"), { label: t("news.reload"), press: () => location.reload() }));
      return;
    }
    later(LOOK_EVERY_MS);
  };
  // A page that was out of sight asks when it is looked at again, unless it has just asked.
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) later(Math.max(0, LOOK_EVERY_MS - (Date.now() - looked)));
  });
  later(LOOK_EVERY_MS);
}

/** Says that the network is gone; when it is back, what failed for want of it is tried again. */
export function watchNetwork(session: Session, news: HTMLElement): void {
  const mark = () => news.querySelector('[data-news="offline"]');
  const gone = () => {
    if (!mark()) news.append(line("offline", t("news.offline")));
  };
  addEventListener("offline", gone);
  addEventListener("online", () => {
    mark()?.remove();
    session.recovered();
  });
  if (!navigator.onLine) gone();
}
