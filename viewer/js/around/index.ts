// What surrounds a share's content and is not needed to read it: sharing and copying in the header, language and colours in
// the footer, news of a newer version or a lost network. Fetched when the first page is there; `main.ts` calls it once.

import { button, element, meta } from "../elements";
import type { Session } from "../session";
import { loadStyle } from "../styles";
import { loadRendererTexts, t } from "../text";
import { watchNetwork, watchVersion } from "./news";
import { preferences } from "./preferences";

/** The app's page that copies what is shown into a project of the reader's. */
function copyUrl(): string | undefined {
  const prefix = meta("vitrine-copy") ?? "";
  return prefix === "" ? undefined : prefix + location.pathname.slice(1);
}

function actions(session: Session): Node[] {
  const share = button("button", t("share.action"), () => {
    import("./share").then(({ openShare }) => openShare(session.shown)).catch((error: unknown) => console.warn("The dialog could not be loaded", error));
  });
  share.setAttribute("aria-haspopup", "dialog");
  const url = copyUrl();
  if (url === undefined) return [share];
  const copy = element("a", "button primary", t("copy.action"));
  copy.target = "_top";
  copy.rel = "noopener";
  // Where it leads follows the reader, who may open it in any way a link can be opened.
  const follow = () => (copy.href = copyUrl() ?? url);
  follow();
  for (const kind of ["pointerenter", "focus", "click"]) copy.addEventListener(kind, follow);
  return [copy, share];
}

export async function around(session: Session): Promise<void> {
  await Promise.all([loadRendererTexts(), loadStyle(ASSETS.styles["around"] ?? "")]);
  document.getElementById("around")?.replaceChildren(...actions(session));
  document.getElementById("preferences")?.replaceChildren(...preferences());
  const news = document.getElementById("news");
  if (!news) return;
  watchVersion(session, news);
  watchNetwork(session, news);
}
