// The page around the viewer, when there is one: asks it for tokens, tells it height, title and path.
//
// Only the origins that the operator names may embed a share (the page's own policy says so, too). It is spoken to at its
// exact origin, and heard only from there and only as the parent. `static/embed.js` is the other side.

import { meta } from "./elements";

/** An app that asks its own server for a token takes a moment; one that does not answer must not keep a reader waiting. */
const ANSWER_MS = 8_000;

type Told = { vitrine: "ready" } | { vitrine: "height"; height: number } | { vitrine: "title"; title: string } | { vitrine: "path"; path: string; url: string };

export class Embedder {
  readonly #origin: string;
  readonly #asked = new Map<string, (token: string | null) => void>();

  /** The embedder of this page; nothing when it stands for itself. */
  static around(): Embedder | undefined {
    if (parent === window) return undefined;
    const allowed = (meta("vitrine-embedders") ?? "").split(" ").filter((origin) => origin !== "");
    // Firefox does not tell who is around; with one origin to choose from there is nothing to tell.
    const told = location.ancestorOrigins?.[0];
    const origin = told === undefined ? allowed[0] : allowed.find((one) => one === told);
    return origin === undefined ? undefined : new Embedder(origin);
  }

  private constructor(origin: string) {
    this.#origin = origin;
    addEventListener("message", (event: MessageEvent<unknown>) => this.#hear(event));
  }

  #hear({ source, origin, data }: MessageEvent<unknown>): void {
    if (source !== parent || origin !== this.#origin || typeof data !== "object" || data === null) return;
    const { vitrine, id, token } = data as Record<string, unknown>;
    if (vitrine !== "token" || typeof id !== "string") return;
    this.#asked.get(id)?.(typeof token === "string" ? token : null);
  }

  /** Asks for a viewer token; nothing when there is none to be had. */
  token(share: string): Promise<string | null> {
    const id = crypto.randomUUID();
    return new Promise((resolve) => {
      const settle = (token: string | null) => {
        clearTimeout(timer);
        this.#asked.delete(id);
        resolve(token);
      };
      const timer = setTimeout(() => settle(null), ANSWER_MS);
      this.#asked.set(id, settle);
      parent.postMessage({ vitrine: "token-request", id, share, path: decodedPath() }, this.#origin);
    });
  }

  #tell(message: Told): void {
    parent.postMessage(message, this.#origin);
  }

  /** Tells height, title and path, now and whenever they change. */
  follow(): void {
    this.#tell({ vitrine: "ready" });
    let height = 0;
    new ResizeObserver(() => {
      const now = Math.ceil(document.body.getBoundingClientRect().height);
      // A page that answers by another width would otherwise be asked for ever.
      if (Math.abs(now - height) < 2) return;
      height = now;
      this.#tell({ vitrine: "height", height });
    }).observe(document.body);
    // The viewer sets the title whenever a page arrives, so the path is known then, too.
    const named = () => {
      this.#tell({ vitrine: "title", title: document.title });
      this.#tell({ vitrine: "path", path: decodedPath(), url: location.pathname + location.search + location.hash });
    };
    const title = document.querySelector("title");
    if (title) new MutationObserver(named).observe(title, { childList: true });
  }
}

/** The path inside the share, for people. */
function decodedPath(): string {
  const encoded = location.pathname.split("/").slice(2).join("/");
  try {
    return decodeURIComponent(encoded);
  } catch {
    return encoded;
  }
}
