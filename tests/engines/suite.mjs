// What holds in every engine: all files open, gated shares let their readers in, hostile shares run nothing, keys lead on. One browser
// for each engine, one tab for each test. Called by `chromium.spec.mjs`, `firefox.spec.mjs` and `webkit.spec.mjs`.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { ENGINES } from "./seam.mjs";
import { gated } from "./gated.mjs";
import { hostile } from "./hostile.mjs";
import { keyboard } from "./keyboard.mjs";
import { opening } from "./opening.mjs";

/** Defines the tests for one engine. */
export function suite(name) {
  let engine;
  before(async () => {
    engine = await ENGINES[name]();
  });
  after(() => engine?.close());
  /** A test with a tab of its own, which ends without a fault. `expected`: faults that are the test's own doing. */
  const screen = (what, check, { timeout = 60_000, expected = [] } = {}) =>
    test(`${name}: ${what}`, { timeout }, async () => {
      const tab = await engine.tab();
      await check(tab);
      const unexpected = tab.faults.filter((fault) => !expected.some((pattern) => pattern.test(fault)));
      assert.deepEqual(unexpected, []);
      assert.deepEqual(tab.dialogs, []);
      await tab.close();
    });
  opening(screen);
  gated(screen);
  keyboard(screen);
  hostile(screen, () => engine);
}
