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
let send: (beacon: string) => void = () => {};

/** Called once, by the session. */
export function deliver(sender: typeof send): void {
  send = sender;
}

/** The share was opened. */
export function opened(share: string): void {
  if (told.has(share)) return;
  told.add(share);
  send('{"view":true}');
}

/** Something could not be shown: a code of `protocol::beacon::CODES`, and the renderer, if it was one. */
export function failed(code: string, renderer = ""): void {
  const path = location.pathname.slice(PATH_FROM, PATH_FROM + PATH_MAX);
  const beacon = JSON.stringify({ error: { code, renderer: renderer || undefined, path } });
  if (failures === FAILURES_MAX || told.has(beacon)) return;
  failures++;
  told.add(beacon);
  send(beacon);
}
