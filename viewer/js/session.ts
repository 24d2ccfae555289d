// How a reader is let in: a viewer token becomes a capability, which stands in the address of everything that is fetched,
// and is renewed before it ends.
//
// A token comes from the page around (`embedder.ts`), or from the fragment of the address, which `main.ts` takes away at once.
// Capability and renewal stay in memory; the renewal is kept for this tab, so that a reload goes on. Nothing is ever put
// into a cookie or a query.

import type { Embedder } from "./embedder";
import { follow, renewed } from "./renewed";

/** What the data routes begin with. */
export interface Doors {
  /** On the share origin. */
  readonly prefix: string;
  /** On the frame origin. */
  readonly framePrefix: string;
  /** The code of the answer that refused the reader's token, if one did. */
  readonly refused: string | undefined;
}

interface Granted {
  capability: string;
  frame_capability: string;
  expires_in_ms: number;
  renewal?: string;
}

const OPEN: Doors = { prefix: "/~", framePrefix: "/~", refused: undefined };

/** Any data route, with whatever capability. */
const DATA = /^((?:https?:\/\/[^/]+)?\/~)[^/]*(?=\/)/;

/** Renewed when this much of its life is over: the last third is for a network that fails, and for films. */
const RENEW_AFTER = 2 / 3;
const TRY_AGAIN_MS = 5_000;

export class Session {
  #doors: Doors = OPEN;
  #renewal: string | undefined;
  #share = "";
  #ends = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #renewing: Promise<boolean> | undefined;
  #opened: Promise<Doors> | undefined;
  #embedderHasTokens = false;
  #heard: (prefix: string, framePrefix: string) => void = () => {};

  constructor(
    private readonly embedder: Embedder | undefined,
    /** From the address. */
    private token: string | undefined,
    private readonly frameOrigin: string,
    /** The share whose page came with its metadata: it is open to all. */
    private readonly openShare: string | undefined,
  ) {
    follow(this);
  }

  /** Whether the reader was let in by a capability. */
  get gated(): boolean {
    return this.#doors.prefix !== OPEN.prefix;
  }

  /** The wasm is told of every new capability. */
  onRenewed(heard: (prefix: string, framePrefix: string) => void): void {
    this.#heard = heard;
  }

  /** Lets the reader in to a share, as far as anything at hand can; `again` tries once more what failed before. */
  enter(share: string, again: boolean): Promise<Doors> {
    if (share !== this.#share) {
      this.#share = share;
      this.#doors = OPEN;
      this.#opened = undefined;
      clearTimeout(this.#timer);
    }
    // A reader who was not let in may have signed in since.
    if (again && !this.gated) this.#opened = undefined;
    this.#opened ??= this.#enter(share === this.openShare && !again);
    return this.#opened;
  }

  async #enter(open: boolean): Promise<Doors> {
    const { token } = this;
    this.token = undefined;
    if (token !== undefined) return this.#exchange({ token });
    if (open) return OPEN;
    if (this.embedder) {
      const asked = await this.embedder.token(this.#share);
      this.#embedderHasTokens = asked !== null;
      if (asked !== null) return this.#exchange({ token: asked });
    }
    const kept = this.#kept();
    if (kept === null) return OPEN;
    const doors = await this.#exchange({ renewal: kept });
    // What is over needs no mention: the reader is as one who comes for the first time.
    return doors.refused === undefined ? doors : OPEN;
  }

  async #exchange(body: { token: string } | { renewal: string }): Promise<Doors> {
    const share = this.#share;
    let answer: Response;
    try {
      answer = await fetch(`/~/${share}/session`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(body),
        credentials: "omit",
      });
    } catch {
      return { ...this.#doors, refused: "offline" };
    }
    const said: unknown = await answer.json().catch(() => undefined);
    if (share !== this.#share) return OPEN;
    if (!answer.ok) {
      const code = (said as { code?: unknown } | undefined)?.code;
      if ("renewal" in body && (answer.status === 401 || answer.status === 404)) this.#keep(undefined);
      return { ...this.#doors, refused: typeof code === "string" ? code : "internal" };
    }
    this.#take(said as Granted);
    return this.#doors;
  }

  #take({ capability, frame_capability, expires_in_ms, renewal }: Granted): void {
    const { gated, leftMs } = this;
    this.#doors = { prefix: `/~${capability}`, framePrefix: `/~${frame_capability}`, refused: undefined };
    this.#ends = performance.now() + expires_in_ms;
    this.#keep(renewal);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#renewInTime(), expires_in_ms * RENEW_AFTER);
    if (!gated) return;
    this.#opened = Promise.resolve(this.#doors);
    this.#heard(this.#doors.prefix, this.#doors.framePrefix);
    renewed(this, leftMs);
  }

  async #renewInTime(): Promise<void> {
    if (await this.renew()) return;
    // The network may come back before the capability ends; after that, whatever is fetched next asks again.
    if (performance.now() < this.#ends) this.#timer = setTimeout(() => void this.#renewInTime(), TRY_AGAIN_MS);
  }

  /** A new capability, once for all who ask at the same time. True when there is one. */
  renew(): Promise<boolean> {
    this.#renewing ??= this.#renew().finally(() => {
      this.#renewing = undefined;
    });
    return this.#renewing;
  }

  async #renew(): Promise<boolean> {
    if (!this.gated) return false;
    if (this.embedder && this.#embedderHasTokens) {
      const token = await this.embedder.token(this.#share);
      if (token !== null && (await this.#exchange({ token })).refused === undefined) return true;
    }
    if (this.#renewal === undefined) return false;
    return (await this.#exchange({ renewal: this.#renewal })).refused === undefined;
  }

  /** The same address with the capability of now. */
  fresh(url: string): string {
    if (!this.gated) return url;
    const found = DATA.exec(url);
    if (!found?.[1]) return url;
    const framed = url.startsWith(`${this.frameOrigin}/`);
    if (/^https?:/.test(url) && !framed && !url.startsWith(`${location.origin}/`)) return url;
    const door = framed ? this.#doors.framePrefix : this.#doors.prefix;
    return found[1].slice(0, -2) + door + url.slice(found[0].length);
  }

  /** How long the capability still lives. */
  get leftMs(): number {
    return this.#ends - performance.now();
  }

  /** Fetches data; a capability that has ended is renewed, once. */
  async fetch(url: string, init: RequestInit): Promise<Response> {
    const answer = await fetch(this.fresh(url), init);
    if (answer.status !== 401 || !(await this.renew())) return answer;
    void answer.body?.cancel();
    return fetch(this.fresh(url), init);
  }

  // A browser that keeps nothing for embedded pages, or for anybody, throws.
  #kept(): string | null {
    try {
      return sessionStorage.getItem(`vitrine-renewal-${this.#share}`);
    } catch {
      return null;
    }
  }

  #keep(renewal: string | undefined): void {
    this.#renewal = renewal;
    try {
      if (renewal === undefined) sessionStorage.removeItem(`vitrine-renewal-${this.#share}`);
      else sessionStorage.setItem(`vitrine-renewal-${this.#share}`, renewal);
    } catch {
      // Then a reload asks for a token again.
    }
  }
}
