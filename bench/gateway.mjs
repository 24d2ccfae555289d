// `npm run bench -- gateway`: the Worker beside two JavaScript Workers on the same objects, in one run.
//
// 1. The real program publishes two shares through the real Worker. 2. Ours, the peers and a constant Worker start on copies
// of that state. 3. Each answers each row once, and the answers must agree. 4. Rounds: every row on every server in turn, so
// that whatever else the machine does hits all alike. 5. The medians become a table.

import { randomBytes } from "node:crypto";
import { cpSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { loadavg } from "node:os";
import { existsSync, fail, join, root, run, say, seconds } from "../scripts/run.mjs";
import { askJson } from "./gateway/ask.mjs";
import { factsOf, publishAll } from "./gateway/content.mjs";
import { haveWrk, load } from "./gateway/load.mjs";
import { isolateMicros } from "./gateway/profile.mjs";
import { document } from "./gateway/report.mjs";
import { objectsOf, rowsOf, verify } from "./gateway/rows.mjs";
import { bucket, freePort, hasRateLimits, ownConfig, peerConfig, serve } from "./gateway/servers.mjs";

const folder = join(root, ".vitrine/bench");

/** Seconds for each row on each server, and how often. */
const FULL = { warmUp: 1, rounds: 6, timed: 2, profiled: 2 };
const QUICK = { warmUp: 1, rounds: 1, timed: 1, profiled: 1 };

const RESULT = "docs/bench/gateway.md";

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

/** Publishes through ours, which then ends: that it has taken in 300 MB is not to count. */
async function publishOnce(port, ours, token) {
  const api = `app.localhost:${port}`;
  const worker = await serve({ ...ours, id: "publish", state: join(folder, "state"), host: api, probe: "/api/v2/health" });
  const ids = await publishAll({ folder, bucket: bucket(), token, api: `http://${api}` });
  await worker.stop();
  return ids;
}

/** The variables of the local Worker, without those that only developers need. */
function ownVariables() {
  const file = join(folder, "ours.env");
  const lines = readFileSync(join(folder, "dev.env"), "utf8").split("\n");
  writeFileSync(file, lines.filter((line) => !line.startsWith("SERVER_TIMING=")).join("\n"), { mode: 0o600 });
  return file;
}

/** Starts one on its own copy of the state: two cannot share one, as each locks its databases. */
async function startOn(copy, options) {
  const state = join(folder, `state-${copy}`);
  cpSync(join(folder, "state"), state, { recursive: true });
  return serve({ id: copy, folder, state, port: await freePort(), ...options });
}

/** Reads from the simulator behind the Worker's back: one of the shares is gated. */
const readManifest = (server, { share, manifest }) =>
  askJson({ ...server, host: "localhost" }, { path: `/cdn-cgi/local/r2/public/${bucket()}/share/${share}/manifests/${manifest}.json` });

async function startAll(ours, ids, viewerKeys) {
  say("starting the Workers that are compared");
  const common = { host: `share.localhost:${ours.port}`, probe: `/~/${ids.open.share}/latest.json` };
  const own = await startOn("ours", { ...common, ...ours });
  const facts = factsOf(ids, await readManifest(own, ids.open), await readManifest(own, ids.gated));
  const peer = (id, name, main, vars) => startOn(id, { ...common, name, config: peerConfig(folder, id, main, vars) });
  const [a, b, constant] = await Promise.all([
    peer("a", "(a)", "smallest.js", { OBJECTS: JSON.stringify(objectsOf(ids, facts)) }),
    peer("b", "(b)", "hono.js", { VIEWER_JWKS: viewerKeys, CAPABILITY_SECRET: randomBytes(32).toString("base64url") }),
    peer("constant", "constant", "constant.js", {}),
  ]);
  return { servers: { ours: own, a, b }, constant, facts };
}

/** Every row on every server, in turn, another one first in each round. */
async function measure(servers, constant, rows, plan) {
  const measured = rows.map((row) => ({ ...row, rounds: Object.fromEntries(Object.keys(row.requests).map((id) => [id, []])) }));
  const floor = [];
  const inTurn = (ids, round) => ids.map((_, n) => ids[(n + round) % ids.length]);
  say(`warming up, ${plan.warmUp} s each`);
  for (const { requests } of rows) for (const id of Object.keys(requests)) await load(servers[id], requests[id], plan.warmUp);
  for (let round = 0; round < plan.rounds; round += 1) {
    say(`round ${round + 1} of ${plan.rounds}`);
    floor.push(await load(constant, { path: "/" }, plan.timed));
    for (const { requests, rounds } of measured) {
      for (const id of inTurn(Object.keys(requests), round)) rounds[id].push(await load(servers[id], requests[id], plan.timed));
    }
  }
  say("sampling the isolates");
  for (const row of measured) {
    row.isolate = {};
    for (const id of Object.keys(row.requests)) row.isolate[id] = await isolateMicros(servers[id], row.requests[id], plan.profiled);
  }
  return { measured, floor };
}

/** Runs it all; `build` first makes what is missing or old. */
export async function gateway({ quick = false, build = true } = {}) {
  process.env.VITRINE_STATE = folder;
  const begun = Date.now();
  for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => process.exit(130));
  if (build) for (const script of ["scripts/setup.mjs", "scripts/build.mjs"]) run("node", [script]);
  haveWrk();
  prepareFolder();
  const port = await freePort();
  await settle(port);
  const [tokens, keys] = await Promise.all([import("../scripts/dev-token.mjs"), import("../scripts/dev-keys.mjs")]);
  const ours = { name: "ours", folder, port, config: ownConfig(folder), flags: ["--env-file", ownVariables()] };
  const ids = await publishOnce(port, ours, await tokens.apiToken());
  const { servers, constant, facts } = await startAll(ours, ids, keys.publicSet(keys.developmentKeys().viewer));
  const token = await tokens.viewerToken({ share: ids.gated.share });
  const { rows, notes } = await rowsOf(servers, ids, facts, token);
  await verify(servers, rows);
  say("all servers answer the same, byte for byte");
  const plan = quick ? QUICK : FULL;
  const busy = loadavg()[0];
  const results = await measure(servers, constant, rows, plan);
  if (hasRateLimits(folder)) notes.push("The rate limits of `wrangler.toml` are left out: the load would meet them.");
  notes.push(`When the timing began, the machine's load average was ${busy.toFixed(1)}, the preparation included.`);
  const text = document({ ...results, notes, plan, command: `npm run bench -- gateway${quick ? " --quick" : ""}` });
  process.stdout.write(text);
  if (!quick) write(text);
  await Promise.all([...Object.values(servers), constant].map((server) => server.stop()));
  // Each copy of the state has the 300 MB.
  rmSync(folder, { recursive: true, force: true });
  say(`done (${seconds(begun)})`);
}

function write(text) {
  mkdirSync(join(root, "docs/bench"), { recursive: true });
  writeFileSync(join(root, RESULT), text);
  say(`written to ${RESULT}`);
}
