// What nobody can be faster than: the same bytes by a plain fetch from an empty page, as slowed as everything else.

import { BLANK } from "./front.mjs";
import { reader } from "./visit.mjs";

/** Fetches in the page: when the first `enough` bytes were there, and when all were. */
async function fetched({ url, enough }) {
  const from = performance.now();
  const answer = await fetch(url, { cache: "no-store" });
  const stream = answer.body.getReader();
  let [size, first] = [0, undefined];
  for (;;) {
    const { done, value } = await stream.read();
    if (done) break;
    size += value.length;
    if (size >= enough) first ??= performance.now() - from;
  }
  return { first, all: performance.now() - from, size };
}

/** The time for the first bytes of a file, as many as `enough`, and for all of it; the navigation to the empty page included. */
export async function plainFetch(front, host, url, enough) {
  const { context, close } = await reader(front);
  try {
    const page = await context.newPage();
    await page.goto(`http://${host}.localhost:${front.port}${BLANK}`);
    const arrived = await page.evaluate(() => performance.getEntriesByType("navigation")[0].responseEnd);
    const { first, all, size } = await page.evaluate(fetched, { url, enough });
    return { first: arrived + first, all: arrived + all, size };
  } finally {
    await close();
  }
}
