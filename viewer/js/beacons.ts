// What the viewer tells the gateway without being asked: that a share was opened, and what could not be shown
// (`protocol/src/beacon.rs`). Refuses to repeat itself. The session says where beacons go; renderers and the wasm say what.

/** As many failures as one page load tells: a page that is broken says no more by saying more. */
const FAILURES_MAX = 10;

/** `/`, a share's id, `/`: what comes before the path in an address, and how much of the path is taken. */
const PATH_FROM = 28;
const PATH_MAX = 1024;

const told = new Set<string>();
let failures = 0;
// The frame's page has no session, and tells nothing.
let send: (beacon: string) => Promise<Response> | undefined = () => undefined;

/** Called once, by the session. */
export function deliver(sender: typeof send): void {
  send = sender;
}

/** How many have starred the share and how many have seen it, as the gateway answers to a view. */
export interface Seen {
  readonly stars: number;
  readonly views: number;
}

/** The share was opened; resolves with the counters the first time, if they can be had. */
export async function opened(share: string): Promise<Seen | undefined> {
  if (told.has(share)) return undefined;
  told.add(share);
  const answer = await send('{"view":true}')?.catch(() => undefined);
  if (answer?.status !== 200) return undefined;
  const { stars, views } = (await answer.json()) as Partial<Seen>;
  return typeof stars === "number" && typeof views === "number" ? { stars, views } : undefined;
}

/** Something could not be shown: a code of `protocol::beacon::CODES`, and the renderer, if it was one. */
export function failed(code: string, renderer = ""): void {
  const path = location.pathname.slice(PATH_FROM, PATH_FROM + PATH_MAX);
  const beacon = JSON.stringify({ error: { code, renderer: renderer || undefined, path } });
  if (failures === FAILURES_MAX || told.has(beacon)) return;
  failures++;
  told.add(beacon);
  send(beacon)?.catch(() => {});
}
