// The viewer's side of a rich output: an iframe of the frame origin, and the few messages that pass.
//
// It trusts nothing that comes back: only a height is read from it, clamped and rate-limited. It sends only what the
// reader may see anyway, and only to its own frame.

import type { Mounted } from "./bridge";

export interface FrameInput {
  /** The page on the frame origin. */
  url: string;
  /** How the data is to be rendered: `html`, `javascript`, `plotly`, `vega`, `vega-lite`. */
  form: string;
  data: string;
  title: string;
}

/** Exactly this list (design §6): no same-origin, no popups, no modals, no top navigation. */
export const SANDBOX = "allow-scripts allow-downloads allow-forms allow-pointer-lock";

const HEIGHT_MIN = 24;
const HEIGHT_MAX = 2000;
/** A frame whose content grows with its own height would otherwise grow for ever. */
const CHANGES_MAX = 40;
const CHANGE_INTERVAL_MS = 100;

export function frame(host: HTMLElement, input: FrameInput): Mounted {
  const nonce = crypto.randomUUID();
  const element = document.createElement("iframe");
  element.className = "output-frame";
  element.title = input.title;
  element.setAttribute("sandbox", SANDBOX);
  element.setAttribute("allow", "fullscreen");
  element.setAttribute("referrerpolicy", "no-referrer");
  element.loading = "lazy";

  let sent = false;
  let changes = 0;
  let pending: number | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const applyHeight = () => {
    timer = undefined;
    if (pending === undefined || changes >= CHANGES_MAX) return;
    const height = Math.min(HEIGHT_MAX, Math.max(HEIGHT_MIN, Math.ceil(pending)));
    pending = undefined;
    if (Math.abs(height - element.offsetHeight) < 2) return;
    changes += 1;
    element.style.height = `${height}px`;
  };

  const hear = (event: MessageEvent<unknown>) => {
    if (event.source === null || event.source !== element.contentWindow) return;
    const message = event.data;
    if (typeof message !== "object" || message === null) return;
    const { vitrine, nonce: echoed, height } = message as Record<string, unknown>;
    if (vitrine === "ready" && !sent) {
      sent = true;
      const dark = matchMedia("(prefers-color-scheme: dark)").matches;
      const { form, data } = input;
      // The frame is sandboxed into an origin of its own that has no name to send to.
      element.contentWindow?.postMessage({ vitrine: "render", nonce, form, data, dark }, "*");
    } else if (vitrine === "height" && echoed === nonce && typeof height === "number" && Number.isFinite(height)) {
      pending = height;
      timer ??= setTimeout(applyHeight, CHANGE_INTERVAL_MS);
    }
  };

  addEventListener("message", hear);
  element.src = input.url;
  host.replaceChildren(element);
  return {
    destroy() {
      removeEventListener("message", hear);
      clearTimeout(timer);
      element.remove();
    },
  };
}
