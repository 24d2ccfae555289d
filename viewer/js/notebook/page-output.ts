// A file beside the notebook that an output shows within itself: a page in the frame origin's sandbox, a picture, a film, or a link to
// what has no place here. Only what lies in the share is shown, by the address that the output has for it.

import { element } from "../elements";
import { SANDBOX } from "../frame";
import type { Neighbour } from "../markup";
import { t } from "../text";
import type { DrawnOutput } from "./drawing";
import type { Printing } from "./shared";

const HEIGHT_DEFAULT = 300;
const SIDE_MAX = 2_000;

type Page = DrawnOutput & { kind: "page" };

export function pageOutput(output: Page, { links, signal }: Printing): HTMLElement {
  const place = element("div", "output-page");
  const height = Math.min(output.height ?? HEIGHT_DEFAULT, SIDE_MAX);
  place.style.setProperty("min-height", `${height}px`);
  const settle = (...content: Node[]) => {
    place.style.removeProperty("min-height");
    place.replaceChildren(...content);
  };
  const missing = () => settle(element("p", "part-problem", t("notebook.output.missing", { address: output.address })));
  links.framed(output.address, signal).then(
    async (json) => {
      if (signal.aborted) return;
      if (json === undefined) return missing();
      const file = JSON.parse(json) as Neighbour;
      const own = file.kind === "video" || file.kind === "audio" ? await links.image(output.address, signal) : undefined;
      settle(shown(file, own, output, height));
    },
    (error: unknown) => {
      if (signal.aborted) return;
      console.warn("A file beside the notebook could not be looked up", error);
      missing();
    },
  );
  return place;
}

function shown(file: Neighbour, own: string | undefined, output: Page, height: number): HTMLElement {
  if (file.kind === "html") return framed(file, output, height);
  if (file.kind === "image") {
    const picture = element("img", "output-image");
    picture.alt = file.name;
    picture.referrerPolicy = "no-referrer";
    picture.src = file.url;
    return picture;
  }
  if (own !== undefined && (file.kind === "video" || file.kind === "audio")) {
    const player = element(file.kind);
    player.controls = true;
    player.preload = "metadata";
    player.src = own;
    return player;
  }
  const link = element("a", "", file.name);
  link.href = file.page;
  return element("p", "", link);
}

function framed(file: Neighbour, output: Page, height: number): HTMLElement {
  const frame = element("iframe", "output-frame");
  frame.title = file.name;
  frame.setAttribute("sandbox", SANDBOX);
  frame.setAttribute("allow", "fullscreen");
  frame.setAttribute("referrerpolicy", "no-referrer");
  frame.loading = "lazy";
  frame.style.height = `${height}px`;
  if (output.width !== null) frame.style.maxWidth = `${Math.min(output.width, SIDE_MAX)}px`;
  frame.src = file.url;
  return frame;
}
