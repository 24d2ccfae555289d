// Hostile shares in every engine: the vectors that can be shown fastest, many on a page. Frames have no dialogs, so a dialog is a script
// that ran outside of one; and nothing may be in the page that `lookOver` knows for dangerous. Every vector alone, and what a script in
// the frame can do, is tried in Chromium (`tests/browser/hostile*.spec.mjs`).

import assert from "node:assert/strict";
import { test } from "node:test";
import { RUNNING, makeShare, vectors } from "../browser/hostile-share.mjs";
import { SANDBOX, lookOver } from "../browser/hostile-watch.mjs";
import { frameOrigin, port, publish, shareUrl } from "../browser/world.mjs";
import { isSettled, until } from "./seam.mjs";

const APP = `http://app.localhost:${port}`;

let made;
let published;
const share = () => {
  made ??= makeShare();
  return (published ??= publish(made.root, ["--title", RUNNING[0], "--description", vectors.join("\n\n").slice(0, 3000), "--license", RUNNING[1]]));
};

/** A moment in which what a page began would come to show: two frames and a task. */
const moment = () => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(() => resolve(true), 50))));

export function hostile(screen, engine) {
  test("hostile: a dialog is seen where a script runs", { timeout: 60_000 }, async () => {
    share();
    const tab = await engine().tab();
    await tab.goto(shareUrl(share()));
    await until(tab, isSettled);
    await tab.evaluate(() => void setTimeout(() => alert("seen")));
    const end = Date.now() + 10_000;
    while (tab.dialogs.length === 0 && Date.now() < end) await tab.evaluate(() => new Promise((resolve) => setTimeout(resolve, 50)));
    assert.equal(tab.dialogs.length, 1);
    await tab.close();
  });

  screen("hostile vectors run nothing outside the frame", async (tab) => {
    share();
    const paths = ["", ...made.others.filter((path) => path.startsWith("together/")), ...made.cells.slice(0, 2), ...made.outputs.slice(0, 1), ...made.documents.slice(1, 22)];
    const wrong = [];
    for (const path of paths) {
      const url = shareUrl(share(), path);
      await tab.goto(url);
      await until(tab, isSettled, [], () => `${path} to be drawn`);
      await tab.evaluate(moment);
      wrong.push(...(await tab.evaluate(lookOver, { sandbox: SANDBOX, frameOrigin, app: APP })).map((what) => `${path}: ${what}`));
      if ((await tab.url()) !== url) wrong.push(`${path}: the page was led to ${await tab.url()}`);
      wrong.push(...tab.dialogs.splice(0).map((text) => `${path}: a dialog: ${text}`));
      // What a policy refuses, engines report as errors of the page.
      tab.faults.splice(0);
    }
    assert.deepEqual(wrong, []);
    assert.ok(paths.length > 30);
  }, { timeout: 240_000 });
}
