// The table of contents of a PDF as nested lists of links, folded where it is long.

import { element } from "../elements";
import { t } from "../text";
import { pressed, tool } from "../tool";
import { leadsOut } from "./links";
import type { View } from "./view";

type Item = Awaited<ReturnType<View["file"]["getOutline"]>>[number];

/** Documents that nest deeper were made to hurt. */
const DEPTH_MAX = 20;

/** More than this at once is folded, whatever the document says. */
const UNFOLDED_MAX = 60;

/** The list, if the document has one. */
export async function outline(view: View): Promise<HTMLElement | undefined> {
  const items = (await view.file.getOutline()) as Item[] | null;
  if (!items || items.length === 0) return undefined;
  const folds = countOf(items, 0) > UNFOLDED_MAX;
  return list(view, items, 0, folds);
}

const countOf = (items: Item[], depth: number): number =>
  depth > DEPTH_MAX ? 0 : items.reduce((sum, item) => sum + 1 + countOf(item.items as Item[], depth + 1), 0);

function list(view: View, items: Item[], depth: number, folds: boolean): HTMLElement {
  return element("ul", "", ...items.map((item) => entry(view, item, depth, folds)));
}

function entry(view: View, item: Item, depth: number, folds: boolean): HTMLElement {
  const made = element("li");
  const below = item.items as Item[];
  if (below.length > 0 && depth < DEPTH_MAX) {
    const inner = list(view, below, depth + 1, folds);
    inner.hidden = folds || (item.count ?? 0) < 0;
    const fold = tool("fold", t("pdf.side.unfold", { title: item.title }), () => {
      inner.hidden = !inner.hidden;
      pressed(fold, !inner.hidden);
    });
    pressed(fold, !inner.hidden);
    made.append(fold, link(view, item), inner);
  } else {
    made.append(link(view, item));
  }
  return made;
}

function link(view: View, item: Item): HTMLElement {
  const title = element("bdi", item.bold ? "bold" : "", item.title.replaceAll("\0", "").trim() || "–");
  const made = element("a", "", title);
  if (item.url && leadsOut(item.url)) {
    view.links.addLinkAttributes(made, item.url);
  } else if (item.dest) {
    const { dest } = item;
    made.href = view.links.getDestinationHash(dest as string);
    made.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      void view.links.goToDestination(dest as string);
      view.side.chosen();
    });
  }
  return made;
}
