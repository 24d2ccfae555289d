// A gated share in every engine: by a link that carries a token, and inside a page of another origin.

import assert from "node:assert/strict";
import { join } from "node:path";
import { appOrigin, linkWithToken, publishGated, tokenFor } from "../browser/gated-world.mjs";
import { shareUrl } from "../browser/world.mjs";
import { linesOfCode, open, until } from "./seam.mjs";

const welcome = join(import.meta.dirname, "../../examples/welcome");

/** The page is a 404 to everybody until its reader is let in; engines say so in words of their own. The app's example has no icon. */
const expected = [/404|Not Found|status/i, /favicon\.ico/];

let published;
const share = () => (published ??= publishGated(welcome));

/**
 * In the app's page: shows an address to a reader with this token, in an element like the page's own but for its tree, which is open here, as
 * WebDriver finds no frame in a closed one.
 */
function show(src, token) {
  const { attachShadow } = Element.prototype;
  Element.prototype.attachShadow = function () {
    return attachShadow.call(this, { mode: "open" });
  };
  const share = document.createElement("vitrine-share");
  Element.prototype.attachShadow = attachShadow;
  share.token = async () => token;
  share.setAttribute("src", src);
  document.querySelector("vitrine-share").replaceWith(share);
}

const isViewer = () => parent !== window && document.querySelector("main[aria-busy=false]") !== null;

/** Waits until `f` is true in the viewer's frame. */
async function untilFramed(tab, f, what) {
  const end = Date.now() + 30_000;
  let last;
  while (Date.now() < end) {
    const value = await tab.within(isViewer, f).catch((error) => ((last = error), undefined));
    if (value) return value;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`waited in vain for ${what}: ${last?.message}`);
}

export function gated(screen) {
  screen("a link with a token opens a gated share, and the token is gone from the address", async (tab) => {
    await open(tab, await linkWithToken(share(), "code/dispersion.py"));
    await until(tab, linesOfCode);
    assert.equal(await tab.url(), shareUrl(share(), "code/dispersion.py"));
    // The tab remembers its reader.
    await open(tab, shareUrl(share(), "paper/standing-waves.pdf"));
    await until(tab, () => document.querySelector(".pdfViewer canvas")?.width > 100);
    await open(tab, shareUrl(share(), "images/mark.svg"));
    await until(tab, () => document.querySelector("main img")?.naturalWidth > 0);
  }, { expected });

  screen("without a token a gated share is not there, and there is a way to sign in", async (tab) => {
    await tab.goto(shareUrl(share(), "code/dispersion.py"));
    await until(tab, () => document.querySelector(".problem")?.dataset.failure === "share-not-found");
    assert.ok(await tab.evaluate(() => document.querySelector(".problem a[href*='/open/']") !== null));
  }, { expected: [...expected, /401/] });

  screen("a gated share in a page of another origin", async (tab) => {
    await tab.goto(`${appOrigin}/embed-example`);
    await tab.evaluate(show, shareUrl(share(), ""), await tokenFor(share()));
    await untilFramed(tab, () => document.querySelectorAll("table.listing tbody tr").length > 3, "the folder's rows");
    await tab.evaluate(show, shareUrl(share(), "notebooks/waves.ipynb"), await tokenFor(share()));
    await untilFramed(tab, () => document.querySelectorAll(".cell-code").length > 1, "the notebook's cells");
    await tab.evaluate(show, shareUrl(share(), "images/interference.png"), await tokenFor(share()));
    await untilFramed(tab, () => document.querySelector("main img")?.naturalWidth > 100, "the picture");
    assert.equal(await tab.within(isViewer, () => document.cookie), "", "nobody sets a cookie");
  }, { expected });
}

