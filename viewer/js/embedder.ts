// The page around the viewer, when there is one: asks it for tokens, tells it height, title and path.
//
// Only the origins that the operator names may embed a share (the page's own policy says so, too). It is spoken to at its
// exact origin, and heard only from there and only as the parent. `static/embed.js` is the other side.

import { meta } from "./elements";

/** An app that asks its own server for a token takes a moment; one that does not answer must not keep a reader waiting. */
const ANSWER_MS = 8_000;

type Told = { vitrine: "ready" } | { vitrine: "height"; height: number } | { vitrine: "title"; title: string } | { vitrine: "path"; path: string; url: string };

export class Embedder {
  /** Where the page around may be; each message goes to the one that it is. */
  readonly #origins: readonly string[];
  readonly #asked = new Map<string, (token: string | null) => void>();
  /** Whether the last question was answered in time. */
  #silent = false;

  /** The embedder of this page; nothing when it stands for itself. */
  static around(): Embedder | undefined {
    if (parent === window) return undefined;
    const allowed = (meta("vitrine-embedders") ?? "").split(" ").filter((origin) => origin !== "");
    // Older Firefoxes do not tell who is around; newer ones, and Safari, say "null" of a page that framed this one with
    // `referrerpolicy="no-referrer"`, as `embed.js` does. A message to an exact origin reaches no other, so all of them may be asked.
    // eslint-disable-next-line compat/compat -- where it is not there, nothing is told
    const told = location.ancestorOrigins?.[0];
    const origins = told === undefined || told === "null" ? allowed : allowed.filter((one) => one === told);
    return origins.length === 0 ? undefined : new Embedder(origins);
  }

  private constructor(origins: readonly string[]) {
    this.#origins = origins;
    addEventListener("message", (event: MessageEvent<unknown>) => this.#hear(event));
  }

  #hear({ source, origin, data }: MessageEvent<unknown>): void {
    if (source !== parent || !this.#origins.includes(origin) || typeof data !== "object" || data === null) return;
    const { vitrine, id, token } = data as Record<string, unknown>;
    if (vitrine !== "token" || typeof id !== "string") return;
    this.#asked.get(id)?.(typeof token === "string" ? token : null);
    this.#asked.delete(id);
  }

  /** Whether it left a question unanswered: it may be a page that knows nothing of tokens. */
  get silent(): boolean {
    return this.#silent;
  }

  /** Asks for a viewer token; nothing when there is none to be had in time. One that comes later goes to `late`. */
  token(share: string, late: (token: string) => void = () => {}): Promise<string | null> {
    const id = crypto.randomUUID();
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.#silent = true;
        this.#asked.set(id, (token) => {
          this.#silent = false;
          if (token !== null) late(token);
        });
        resolve(null);
      }, ANSWER_MS);
      this.#asked.set(id, (token) => {
        clearTimeout(timer);
        this.#silent = false;
        resolve(token);
      });
      this.#send({ vitrine: "token-request", id, share, path: decodedPath() });
    });
  }

  #send(message: object): void {
    for (const origin of this.#origins) parent.postMessage(message, origin);
  }

  #tell(message: Told): void {
    this.#send(message);
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
