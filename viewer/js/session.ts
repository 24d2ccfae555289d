// How a reader is let in: a viewer token becomes a capability, which stands in the address of everything that is fetched,
// and is renewed before it ends.
//
// A token comes from the page around (`embedder.ts`), or from the fragment of the address, which `main.ts` takes away at once.
// Capability and renewal stay in memory; the renewal is kept for this tab, so that a reload goes on. Nothing is ever put
// into a cookie or a query.

import { deliver, failed, opened } from "./beacons";
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

/** What the page shows of the share, as the wasm tells it. */
export interface Shown {
  readonly manifestId: string;
  readonly title: string;
  readonly scope: string;
  readonly owner: string | undefined;
  readonly slug: string | undefined;
}

interface Granted {
  capability: string;
  frame_capability: string;
  expires_in_ms: number;
  renewal?: string;
}

const OPEN: Doors = { prefix: "/~", framePrefix: "/~", refused: undefined };

/** Any data route, with whatever capability: the origin, and what the capability replaces. */
const DATA = /^(https?:\/\/[^/]+)?(?:\/gated)?\/~[^/]*(?=\/)/;

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
  #heard: (prefix: string, framePrefix: string) => void = () => {};
  #changed: () => void = () => {};
  #recovered: () => void = () => {};
  #counted: (stars: number, views: number) => void = () => {};
  /** What is shown; nothing before the first page. */
  shown: Shown | undefined;

  constructor(
    private readonly embedder: Embedder | undefined,
    /** From the address. */
    private token: string | undefined,
    private readonly frameOrigin: string,
    /** The share whose page came with its metadata: it is open to all. */
    private readonly openShare: string | undefined,
  ) {
    follow(this);
    deliver((beacon) => this.#tell(beacon));
  }

  /** The wasm's way to `beacons.ts`: something could not be shown. */
  readonly failed = failed;

  /** The wasm has opened a snapshot; it hears what the share's counters say. */
  opened(shown: Shown): void {
    this.shown = shown;
    opened(this.#share).then(
      (seen) => seen && this.#counted(seen.stars, seen.views),
      () => {},
    );
  }

  /** The wasm is told the counters. */
  onCounted(counted: (stars: number, views: number) => void): void {
    this.#counted = counted;
  }

  /** The wasm is told when what failed may work again. */
  onRecovered(recovered: () => void): void {
    this.#recovered = recovered;
  }

  /** The network is back. */
  recovered(): void {
    this.#recovered();
  }

  /** The id of the snapshot that is current now; nothing when that cannot be had. */
  async latest(): Promise<string | undefined> {
    try {
      const answer = await this.fetch(`${this.#doors.prefix}/${this.#share}/latest.json`, { cache: "no-cache" });
      const { manifest_id: id } = (answer.ok ? await answer.json() : {}) as { manifest_id?: unknown };
      return typeof id === "string" ? id : undefined;
    } catch {
      return undefined;
    }
  }

  /** A beacon outlives the page. */
  #tell(body: string): Promise<Response> | undefined {
    if (this.#share === "") return undefined;
    return this.fetch(`${this.#doors.prefix}/${this.#share}/events`, { method: "POST", body, keepalive: true });
  }

  /** Whether the reader was let in by a capability. */
  get gated(): boolean {
    return this.#doors.prefix !== OPEN.prefix;
  }

  /** The wasm is told of every new capability. */
  onRenewed(heard: (prefix: string, framePrefix: string) => void): void {
    this.#heard = heard;
  }

  /** The wasm is told when a reader who was turned away may come in after all. */
  onChanged(changed: () => void): void {
    this.#changed = changed;
  }

  /** Lets the reader in to a share, as far as anything at hand can; `again` tries once more what failed before. */
  enter(share: string, again: boolean): Promise<Doors> {
    if (share !== this.#share) {
      this.#share = share;
      this.#doors = OPEN;
      this.#opened = undefined;
      this.#renewing = undefined;
      this.#renewal = undefined;
      clearTimeout(this.#timer);
    }
    if (again && share === this.openShare) {
      // It was open to all when this page came, and its policy lets frames talk to the world: another page, then.
      location.reload();
      return new Promise(() => {});
    }
    // A reader who was not let in may have signed in since.
    if (again && !this.gated) this.#opened = undefined;
    this.#opened ??= this.#enter(share);
    return this.#opened;
  }

  /** Tries everything at hand: the token of the address, the page around, what the tab remembers. */
  async #enter(share: string): Promise<Doors> {
    let refused: string | undefined;
    const { token } = this;
    this.token = undefined;
    if (token !== undefined) {
      refused = await this.#exchange(share, { token });
      if (refused === undefined) return this.#doors;
    }
    if (share === this.openShare) return OPEN;
    if (this.embedder) {
      const asked = await this.embedder.token(share, (late) => this.#comeIn(share, late));
      if (asked !== null) {
        refused = await this.#exchange(share, { token: asked });
        if (refused === undefined) return this.#doors;
      }
    }
    const kept = this.#kept(share);
    if (kept !== null && (await this.#exchange(share, { renewal: kept })) === undefined) return this.#doors;
    // A renewal that is over needs no mention: the reader is as one who comes for the first time.
    return { ...OPEN, refused };
  }

  /** A token that came after the reader had been turned away. */
  #comeIn(share: string, token: string): void {
    if (share !== this.#share || this.gated) return;
    this.token = token;
    this.#opened = undefined;
    this.#changed();
  }

  /** Exchanges for a share; the code of the refusal, if there is one. */
  async #exchange(share: string, body: { token: string } | { renewal: string }): Promise<string | undefined> {
    let answer: Response;
    try {
      answer = await fetch(`/~/${share}/session`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(body),
        credentials: "omit",
      });
    } catch {
      return "offline";
    }
    const said: unknown = await answer.json().catch(() => undefined);
    // The reader is at another share by now.
    if (share !== this.#share) return "left";
    if (answer.ok) {
      this.#take(said as Granted);
      return undefined;
    }
    if ("renewal" in body && (answer.status === 401 || answer.status === 404)) this.#keep(undefined);
    const code = (said as { code?: unknown } | undefined)?.code;
    return typeof code === "string" ? code : "internal";
  }

  #take({ capability, frame_capability, expires_in_ms, renewal }: Granted): void {
    const { gated, leftMs } = this;
    this.#doors = { prefix: `/~${capability}`, framePrefix: `/gated/~${frame_capability}`, refused: undefined };
    this.#ends = Date.now() + expires_in_ms;
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
    if (this.leftMs > 0) this.#timer = setTimeout(() => void this.#renewInTime(), TRY_AGAIN_MS);
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
    const share = this.#share;
    if (this.embedder && !this.embedder.silent) {
      const token = await this.embedder.token(share);
      if (token !== null && (await this.#exchange(share, { token })) === undefined) return true;
    }
    const renewal = this.#renewal;
    return share === this.#share && renewal !== undefined && (await this.#exchange(share, { renewal })) === undefined;
  }

  /** The same address with the capability of now. */
  fresh(url: string): string {
    const found = this.gated ? DATA.exec(url) : null;
    if (!found) return url;
    const [old, origin = ""] = found;
    const framed = origin !== "" && origin === this.frameOrigin;
    if (origin !== "" && !framed && origin !== location.origin) return url;
    return origin + (framed ? this.#doors.framePrefix : this.#doors.prefix) + url.slice(old.length);
  }

  /** How long the capability still lives, by a clock that goes on while a laptop sleeps. */
  get leftMs(): number {
    return this.#ends - Date.now();
  }

  /** Fetches data; a capability that has ended is renewed, once. */
  async fetch(url: string, init: RequestInit): Promise<Response> {
    const answer = await fetch(this.fresh(url), init);
    if (answer.status !== 401 || !(await this.renew())) return answer;
    void answer.body?.cancel();
    return fetch(this.fresh(url), init);
  }

  // A browser that keeps nothing for embedded pages, or for anybody, throws.
  #kept(share: string): string | null {
    try {
      return sessionStorage.getItem(`vitrine-renewal-${share}`);
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
