// The rows of the table: what is asked, of which servers, and how their answers are checked once before any is timed.

import assert from "node:assert/strict";
import { ask, askJson, essenceOf } from "./ask.mjs";

/** One megabyte from a place that no block of anything begins at. */
const RANGE_FIRST = 100_000_000;
const RANGE_LAST = RANGE_FIRST + (1 << 20) - 1;

const post = (share, token) => ({
  method: "POST",
  path: `/~/${share}/session`,
  headers: { "content-type": "application/json" },
  body: JSON.stringify({ token }),
});

/** The rows that every build has: all three serve them at the same address. */
function openRows({ share, manifest }, page) {
  const everywhere = (name, expected, request) => ({ name, expected, requests: { ours: request, a: request, b: request } });
  const range = (first, last) => ({ range: `bytes=${first}-${last}` });
  return [
    everywhere("4 KB file", 200, { path: `/~/${share}/files/${manifest}/small.bin` }),
    everywhere("1 MB range of 300 MB", 206, {
      path: `/~/${share}/files/${manifest}/large.bin`,
      headers: range(RANGE_FIRST, RANGE_LAST),
    }),
    everywhere("listing (one page)", 206, { path: `/~/${share}/blobs/${page.blob}`, headers: range(page.first, page.last) }),
    everywhere("`latest.json`", 200, { path: `/~/${share}/latest.json` }),
  ];
}

/** The rows of a gated share. Each server reads its own capabilities; (a) has none. */
async function gatedRows({ ours, b }, { share, manifest }, token) {
  const session = post(share, token);
  const path = async (server) => `/~${(await askJson(server, session)).capability}/${share}/files/${manifest}/small.bin`;
  const requests = { ours: { path: await path(ours) }, a: { path: `/~/${share}/files/${manifest}/small.bin` }, b: { path: await path(b) } };
  return [
    { name: "gated 4 KB file", expected: 200, requests },
    { name: "session exchange", expected: 200, requests: { ours: session, b: session }, own: true },
  ];
}

/** Whether this build exchanges tokens at all. */
async function hasSessions(ours, share) {
  const { status } = await ask(ours, post(share, "none"));
  return status !== 404 && status !== 405;
}

/** All rows, and a note for those that this build cannot have. */
export async function rowsOf(servers, ids, facts, token) {
  const rows = openRows(ids.open, facts.page);
  if (await hasSessions(servers.ours, ids.gated.share)) {
    return { rows: [...rows, ...(await gatedRows(servers, ids.gated, token))], notes: [] };
  }
  return { rows, notes: ["The rows of a gated share are left out: this build has no `session` route."] };
}

/** The table that (a) looks addresses up in. */
export function objectsOf(ids, facts) {
  const { open, gated } = ids;
  return {
    [`/~/${open.share}/files/${open.manifest}/small.bin`]: facts.small,
    [`/~/${open.share}/files/${open.manifest}/large.bin`]: facts.large,
    [`/~/${open.share}/blobs/${facts.page.blob}`]: { key: `share/${open.share}/blobs/${facts.page.blob}`, type: "application/octet-stream" },
    [`/~/${open.share}/latest.json`]: { key: `share/${open.share}/latest.json`, type: "application/json" },
    [`/~/${gated.share}/files/${gated.manifest}/small.bin`]: facts.gatedSmall,
  };
}

/** Asks each server once: status, length, range and every byte must agree. `own` answers differ by nature. */
export async function verify(servers, rows) {
  for (const { name, expected, requests, own } of rows) {
    const answers = [];
    for (const [id, request] of Object.entries(requests)) {
      const answer = await ask(servers[id], request);
      assert.equal(answer.status, expected, `${name}: ${servers[id].name} answers ${answer.body.subarray(0, 300)}`);
      answers.push(essenceOf(answer));
    }
    if (!own) for (const answer of answers) assert.deepEqual(answer, answers[0], `${name}: the servers differ`);
  }
}
