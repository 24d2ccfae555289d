// The oldest browsers that the viewer is built for, by the names that browserslist has for them. `docs/viewer.md` says it to
// readers. What decides: `Array.prototype.toSorted` (Chromium 110), `:has()` (Firefox 121), compression streams and import maps (Safari 16.4).

export const FLOOR = { chrome: "111", firefox: "121", safari: "16.4", ios_saf: "16.4" };

/** The same, as esbuild names them. */
export const ESBUILD_TARGETS = [`chrome${FLOOR.chrome}`, `firefox${FLOOR.firefox}`, `safari${FLOOR.safari}`];
