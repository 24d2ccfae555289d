// The viewer's side of a rich output: an iframe of the frame origin, and the few messages that pass. It is made when the reader
// comes near, so that a page may have hundreds.
//
// It trusts nothing that comes back: only a height is read from it, clamped and rate-limited. It sends only what the
// reader may see anyway, and only to its own frame.

import type { Mounted } from "../file";
import { t } from "../text";
import { isDark } from "../theme";

export interface FrameInput {
  /** The page on the frame origin. */
  url: string;
  /** How the data is to be rendered: a name of `forms` in `page.ts`. */
  form: string;
  /** The data; a function is asked when the frame is near. */
  data: string | (() => Promise<string>);
  title: string;
  /** Addresses of the files that the data names, by their names; asked when the frame is near. */
  files?: () => Promise<Record<string, string>>;
}

/** What is handed over when the frame's page is ready. */
interface Handed {
  readonly url: string;
  readonly form: string;
  readonly title: string;
  readonly data: string;
  readonly files: Record<string, string>;
}

/** Exactly this list (design §6): no same-origin, no popups, no modals, no top navigation. */
export const SANDBOX = "allow-scripts allow-downloads allow-forms allow-pointer-lock";

const HEIGHT_MIN = 24;
const HEIGHT_MAX = 2000;
/** A frame whose content grows with its own height would otherwise grow for ever. */
const CHANGES_MAX = 40;
const CHANGE_INTERVAL_MS = 100;
/** How far outside the window a frame is begun. */
const NEAR = "800px 0px";

/** What the frame's page may have to say, in the reader's language. */
const WORDS = ["frame.script", "frame.form", "frame.failed", "frame.threw", "frame.ran", "frame.stateless", "frame.mermaid"] as const;

export function frame(host: HTMLElement, input: FrameInput): Mounted {
  const place = document.createElement("div");
  place.className = "output-frame-place";
  host.replaceChildren(place);
  let mounted: Mounted | undefined;
  let ended = false;
  const begin = async () => {
    observer.disconnect();
    removeEventListener("beforeprint", begin);
    try {
      const { url, form, title } = input;
      const [data, files] = await Promise.all([typeof input.data === "string" ? input.data : input.data(), input.files?.()]);
      if (!ended) mounted = iframe(place, { url, form, title, data, files: files ?? {} });
    } catch (error) {
      console.warn("An output could not be prepared", error);
      place.textContent = t("frame.failed", { reason: error instanceof Error ? error.message : String(error) });
    }
  };
  const observer = new IntersectionObserver((entries) => entries.some((entry) => entry.isIntersecting) && void begin(), { rootMargin: NEAR });
  observer.observe(place);
  addEventListener("beforeprint", begin);
  return {
    destroy() {
      ended = true;
      observer.disconnect();
      removeEventListener("beforeprint", begin);
      mounted?.destroy();
      place.remove();
    },
  };
}

function iframe(host: HTMLElement, input: Handed): Mounted {
  const nonce = crypto.randomUUID();
  const element = document.createElement("iframe");
  element.className = "output-frame";
  element.title = input.title;
  element.setAttribute("sandbox", SANDBOX);
  element.setAttribute("allow", "fullscreen");
  element.setAttribute("referrerpolicy", "no-referrer");

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
      const { form, data, files } = input;
      const words = Object.fromEntries(WORDS.map((word) => [word, t(word)]));
      // The frame is sandboxed into an origin of its own that has no name to send to.
      element.contentWindow?.postMessage({ vitrine: "render", nonce, form, data, files, dark: isDark(), words }, "*");
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
