// Search: every query by every kind of caller, in every order, page 1 and page 50, through the API. Rounds, each with all of
// them in turn and the peers between, so that whatever else the machine does hits all alike.

import { say } from "../../scripts/run.mjs";
import { SMALL_PROJECT } from "./content.mjs";
import { connection } from "./timing.mjs";

const SORTS = ["newest", "stars", "views"];
const CALLERS = ["anonymous", "user", "service"];
const PAGE = 20;
const DEEP = 50;
/** Pages before the deep one are walked this many rows at a time: the cursor is a place, whatever the pages' length. */
const STRIDE = 98;

const path = (params) => `/api/v2/shares?${new URLSearchParams(params)}`;

/** The cursor of page 50, undefined where there are fewer. */
async function deepCursor(ask, params, headers) {
  let cursor;
  for (let seen = 0; seen < (DEEP - 1) * PAGE; seen += STRIDE) {
    const asked = { ...params, limit: String(STRIDE), ...(cursor ? { cursor } : {}) };
    cursor = JSON.parse((await ask({ path: path(asked), headers })).text).cursor;
    if (!cursor) return undefined;
  }
  return cursor;
}

/** Every request that is timed. A search is sorted by newest; that without words in every way. The last two
 * have fewer shares than a page: whatever walks along an order, walks to its end. */
async function cellsOf(ask, queries, callers) {
  const rows = [
    ...queries.map(({ name, query, rows: found }) => ({ name, params: { query, sort: "newest" }, found })),
    ...SORTS.map((sort) => ({ name: `no words, by ${sort}`, params: { sort } })),
    { name: "no words, a small project", params: { project_id: SMALL_PROJECT } },
    { name: "no words, an owner of none", params: { owner: "nobody" } },
  ];
  for (const row of rows) {
    row.cells = [];
    for (const caller of CALLERS) {
      const headers = callers[caller];
      const cursor = await deepCursor(ask, row.params, headers);
      const add = (page, params) => row.cells.push({ caller, page, request: { path: path(params), headers }, times: [] });
      add(1, row.params);
      if (cursor) add(DEEP, { ...row.params, cursor });
    }
  }
  return rows;
}

/** The times of everything, and of the peers. */
export async function search({ ours, smallest }, { queries, callers }, plan) {
  const [own, peer] = [connection(ours), connection(smallest)];
  const rows = await cellsOf(own.ask, queries, callers);
  const limits = { constant: [], select: [] };
  for (let round = 0; round <= plan.searches; round += 1) {
    if (round % 5 === 1) say(`searching, round ${round} of ${plan.searches}`);
    // The first round warms up.
    const keep = (times, { ms }) => round > 0 && times.push(ms);
    keep(limits.constant, await peer.ask({ path: "/" }));
    for (const { cells } of rows) {
      keep(limits.select, await peer.ask({ path: "/select" }));
      for (const { request, times } of cells) keep(times, await own.ask(request));
    }
  }
  own.close();
  peer.close();
  return { rows, limits };
}
