// What there is once on a page: its session, and the page around it. Made before the wasm is there, so that a reader is let in
// while it loads.

import { meta } from "./elements";
import { Embedder } from "./embedder";
import { Session } from "./session";

/** A token in the fragment: `#token=…`, alone or among other parameters. */
const TOKEN = /(^#|&)token=([^&]*)/;

/** Takes the token out of the address, and so out of the history and of what a reader copies. */
function takeToken(): string | undefined {
  const found = TOKEN.exec(location.hash);
  if (!found) return undefined;
  const rest = location.hash.replace(TOKEN, (_, before: string) => (before === "#" ? "#" : "")).replace(/^#&?/, "");
  history.replaceState(history.state, "", location.pathname + location.search + (rest === "" ? "" : `#${rest}`));
  return found[2];
}

const share = location.pathname.split("/")[1] ?? "";
const hasData = document.getElementById("vitrine-data") !== null;

export const embedder = Embedder.around();

export const session = new Session(embedder, takeToken(), meta("vitrine-frame-origin") ?? "", hasData ? share : undefined);

/** A link with a token, opened where the viewer is already. */
addEventListener("hashchange", () => {
  if (TOKEN.test(location.hash)) location.reload();
});

if (/^[0-9a-hjkmnp-tv-z]{26}$/.test(share)) void session.enter(share, false);
