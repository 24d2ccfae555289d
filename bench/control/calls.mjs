// Calls: requests per second and latency of the calls that are made most, at several concurrencies; and, in the same rounds,
// what the platform's parts take on their own. The load is wrk's, on the process that runs the Worker.

import { say } from "../../scripts/run.mjs";
import { load } from "../gateway/load.mjs";
import { post } from "./callers.mjs";

/** How many at once, and for how long: with many, the first answers come late. */
export const CONCURRENCIES = [1, 16, 64];
const longer = (count) => (count === 1 ? 1 : 2);

/** The row that the others are compared with. */
export const YARDSTICK = "one SELECT by a unique key";

const REPORT = { boot_id: "bench", version: "bench", capacity: 2, free_bytes: 1e12, projects: [], jobs: [] };

/** What is asked: ours first, then the limits. A request is made anew for each load, as a host's token does not live long. */
function rowsOf({ ours, smallest, constant }, { share, callers, hostHeaders }) {
  const api = (name, request) => ({ name, server: ours, request });
  const limit = (name, server, path) => ({ name, limit: true, server, request: () => ({ path }) });
  return [
    api("`GET shares/{id}`", () => ({ path: `/api/v2/shares/${share}`, headers: callers.user })),
    api("`GET shares`", () => ({ path: "/api/v2/shares", headers: callers.anonymous })),
    api("`POST shares/counter`", () => post("shares/counter", callers.user, { share_id: share, view: true })),
    api("`POST shares/viewer-token`", () => post("shares/viewer-token", callers.user, { share_id: share })),
    api("`POST shares/create`", () => post("shares/create", callers.publisher, { path: "made/by load" })),
    api("`POST hosts/register`", () => post("hosts/register", hostHeaders(), REPORT)),
    limit(YARDSTICK, smallest, "/select"),
    limit("one INSERT", smallest, "/insert"),
    limit("one call of an object", smallest, "/object"),
    limit("constant 4 KB", constant, "/"),
  ];
}

/** Every row at every concurrency, in rounds. */
export async function calls(servers, asked, plan) {
  const rows = rowsOf(servers, asked).map((row) => ({ ...row, at: Object.fromEntries(CONCURRENCIES.map((count) => [count, []])) }));
  const send = ({ server, request }, count, seconds = plan.timed * longer(count)) => load(server, { headers: {}, ...request() }, seconds, count);
  say("calls: warming up");
  for (const row of rows) await send(row, CONCURRENCIES[1], plan.timed);
  for (let round = 0; round < plan.rounds; round += 1) {
    say(`calls: round ${round + 1} of ${plan.rounds}`);
    for (const count of CONCURRENCIES) {
      for (let n = 0; n < rows.length; n += 1) {
        const row = rows[(n + round * 3) % rows.length];
        row.at[count].push(await send(row, count));
      }
    }
  }
  return rows;
}
