// `npm run bench -- control`: the control plane: its calls, an empty publish, live events, and search over 100,000 shares.
//
// 1. A database is made by the migrations and filled while nothing runs. 2. Ours, a Worker of the smallest parts and a constant
// one start on copies of that state. 3. Calls, publishing, events and search are measured in turn, each with its limits in the
// same rounds. 4. The medians become a page.

import { cpSync, mkdirSync, openSync, rmSync, writeFileSync } from "node:fs";
import { loadavg } from "node:os";
import { existsSync, fail, join, root, run, say, seconds } from "../scripts/run.mjs";
import { askJson } from "./gateway/ask.mjs";
import { haveWrk } from "./gateway/load.mjs";
import { bucket, databaseTable, freePort, ownConfig, peerConfig, serve } from "./gateway/servers.mjs";
import { callers as makeCallers, enrolHost, post } from "./control/callers.mjs";
import { calls } from "./control/calls.mjs";
import { fill } from "./control/content.mjs";
import { events } from "./control/events.mjs";
import { publishing } from "./control/publishing.mjs";
import { document } from "./control/report.mjs";
import { search } from "./control/search.mjs";

const folder = join(root, ".vitrine/bench/control");
const RESULT = "docs/bench/control.md";

const FULL = { shares: 100_000, rounds: 3, timed: 1, publishes: 20, sockets: 1000, events: 20, searches: 20 };
const QUICK = { shares: 10_000, rounds: 1, timed: 1, publishes: 5, sockets: 200, events: 5, searches: 5 };

const PARTS = { calls, publishing, events, search };

/** What `--parts` can name. */
export const CONTROL_PARTS = Object.keys(PARTS);

/** A state of our own, made anew, with a copy of what is built: a build meanwhile changes nothing. */
function prepareFolder() {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const [from, to] of [["worker/build", "worker"], ["dist", "dist"]]) {
    if (!existsSync(join(root, from))) fail(`\`${from}\` is not there`, "leave out --no-build");
    cpSync(join(root, from), join(folder, to), { recursive: true });
  }
}

/** Starts the local Worker once, which writes its variables and makes its database. */
async function settle(port) {
  const { startWorker } = await import("../scripts/local.mjs");
  const worker = await startWorker(port, openSync(join(folder, "settle.log"), "a"));
  const ended = new Promise((resolve) => worker.child.once("exit", resolve));
  worker.stop();
  await ended;
}

const OBJECT = `[[durable_objects.bindings]]
name = "SMALLEST"
class_name = "Smallest"

[[migrations]]
tag = "v1"
new_sqlite_classes = ["Smallest"]
`;

/** Each on its own copy of the state: two cannot share one, as each locks its databases. */
async function startAll(front, share) {
  say("starting the Workers that are compared");
  const place = (id) => {
    const state = join(folder, `state-${id}`);
    cpSync(join(folder, "state"), state, { recursive: true });
    return { id, name: id, folder, state, host: `app.localhost:${front}` };
  };
  const peer = async (id, file, probe, vars, more) =>
    serve({ ...place(id), port: await freePort(), probe, config: peerConfig(folder, id, join(root, "bench", file), vars, more) });
  const ours = { config: ownConfig(folder), flags: ["--env-file", join(folder, "dev.env")], probe: "/api/v2/health" };
  const [own, smallest, constant] = await Promise.all([
    serve({ ...place("ours"), ...ours, port: front }),
    peer("smallest", "control/peers/smallest.js", "/select", { SHARE: share }, `${databaseTable(folder)}\n${OBJECT}`),
    peer("constant", "gateway/peers/constant.js", "/", {}),
  ]);
  return { ours: own, smallest, constant };
}

/** Everything that the parts ask for. */
async function prepare(plan) {
  const front = Number(process.env.PORT) || (await freePort());
  await settle(front);
  const { queries, share: filled } = fill(join(folder, "state"), plan.shares);
  const servers = await startAll(front, filled);
  const callers = await makeCallers();
  const made = post("shares/create", callers.publisher, { path: "watched", scope: "public" });
  const { share_id: share } = await askJson(servers.ours, made, 201);
  const hostHeaders = await enrolHost(servers.ours, callers.admin);
  return { servers, asked: { folder, front, bucket: bucket(), queries, share, callers, hostHeaders } };
}

/** Runs it all, or the named parts; `build` first makes what is missing or old. Only a whole, full run writes the page. */
export async function control({ quick = false, build = true, parts = CONTROL_PARTS } = {}) {
  process.env.VITRINE_STATE = folder;
  const [begun, plan] = [Date.now(), quick ? QUICK : FULL];
  for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => process.exit(130));
  if (build) for (const script of ["scripts/setup.mjs", "scripts/build.mjs"]) run("node", [script]);
  haveWrk();
  prepareFolder();
  const { servers, asked } = await prepare(plan);
  const busy = [loadavg()[0]];
  const results = {};
  // Search comes before what adds shares.
  for (const name of ["search", "publishing", "events", "calls"].filter((part) => parts.includes(part))) {
    results[name] = await PARTS[name](servers, asked, plan);
    busy.push(loadavg()[0]);
  }
  const command = `npm run bench -- control${quick ? " --quick" : ""}`;
  const text = document(results, { plan, busy, command, queries: asked.queries, took: seconds(begun) });
  process.stdout.write(text);
  if (!quick && parts.length === CONTROL_PARTS.length) write(text);
  await Promise.all(Object.values(servers).map((server) => server.stop()));
  rmSync(folder, { recursive: true, force: true });
  say(`done (${seconds(begun)})`);
}

function write(text) {
  mkdirSync(join(root, "docs/bench"), { recursive: true });
  writeFileSync(join(root, RESULT), text);
  say(`written to ${RESULT}`);
}
