// `npm run bench -- viewer`: the viewer beside what people use today, in a real browser that is slowed down.
//
// 1. A folder is written, published through the real Worker, and given to the peers. 2. One server stands in front of all of them.
// 3. Every page is opened once by everybody, and must show the agreed words. 4. Rounds: a new browser opens each page, cold and
// again warm, each contender in turn. 5. The medians become a table.

import { cpSync, mkdirSync, openSync, rmSync, writeFileSync } from "node:fs";
import { loadavg } from "node:os";
import { existsSync, fail, join, root, run, say, seconds, toolsRoot } from "../scripts/run.mjs";
import { freePort, ownConfig, serve } from "./gateway/servers.mjs";
import { materialDigest, publish, writeContent } from "./viewer/content.mjs";
import { startFront } from "./viewer/front.mjs";
import { plainFetch } from "./viewer/limits.mjs";
import { writeBook } from "./viewer/book.mjs";
import { cacheRules, havePeers, serveSite, writeSite } from "./viewer/peers.mjs";
import { document } from "./viewer/report.mjs";
import { PEERS, ROWS, contenders } from "./viewer/rows.mjs";
import { glance, visits } from "./viewer/visit.mjs";

const folder = join(root, ".vitrine/bench/viewer");
const RESULT = "docs/bench/viewer.md";

// A round takes five to six minutes, most of them until the peer's long notebooks have come to rest.
const [FULL, QUICK] = [{ rounds: 3 }, { rounds: 1 }];

/** What `--rows` can name. */
export const VIEWER_ROWS = ROWS.map(({ id }) => id);

/** A file's first bytes: as many as hold its first cell. */
const FIRST_BYTES = 16_384;

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

/** What is looked at and what the peers made of it; minutes of work, so it is kept for as long as nothing of it has changed. */
async function material() {
  const made = join(toolsRoot, `viewer-material-${materialDigest()}`);
  const [content, site] = [join(made, "content"), join(made, "site")];
  if (existsSync(join(made, ".done"))) return { content, site };
  rmSync(made, { recursive: true, force: true });
  writeContent(content);
  await writeBook(join(content, "paper/long.pdf"));
  writeSite(site, content);
  writeFileSync(join(made, ".done"), "");
  return { content, site };
}

/** Who answers to which name. The program speaks to the Worker by two of them, and to the bucket by the address alone. */
function hosts(worker, peers) {
  const named = (names, host) => names.map((name) => [name, host]);
  const live = named(["app", "127"], { port: worker, live: true });
  return Object.fromEntries([...live, ...named(["share", "frame"], { port: worker }), ...named(PEERS, { port: peers, rules: cacheRules })]);
}

/** Everybody's server, and the one in front; `port` is what the browser sees. */
async function startAll(port) {
  const { apiToken } = await import("../scripts/dev-token.mjs");
  const { content, site } = await material();
  const [behind, peers] = [await freePort(), await freePort()];
  const config = { config: ownConfig(folder), flags: ["--env-file", join(folder, "dev.env")], state: join(folder, "state") };
  const worker = await serve({ id: "ours", name: "ours", folder, host: `app.localhost:${port}`, port: behind, probe: "/api/v2/health", ...config });
  const stopPeers = await serveSite(site, peers);
  const front = Object.assign(await startFront(port, hosts(worker.port, peers)), { port });
  const ids = await publish(content, { state: join(folder, "program"), token: await apiToken(), api: `http://app.localhost:${port}` });
  return { front, ids, stop: () => Promise.all([worker.stop(), stopPeers(), front.close()]) };
}

const inTurn = (list, round) => list.map((_, n) => list[(n + round) % list.length]);

/** Opens everything once: the server in front keeps the answers, and a page that does not show what it should ends the run. */
async function rehearse(front, rows, place) {
  say("opening everything once");
  for (const row of rows) {
    for (const { id, url } of contenders(row, place)) {
      const seen = await glance(front, url, row);
      if (!seen.first || !seen.complete || !seen.whole) fail(`${row.name}: ${id} does not show the agreed words`, `${url}: ${JSON.stringify(seen)}`);
    }
  }
}

async function measure(front, rows, place, plan) {
  const measured = rows.map((row) => ({ ...row, rounds: Object.fromEntries(contenders(row, place).map(({ id }) => [id, []])) }));
  const load = [];
  for (let round = 0; round < plan.rounds; round += 1) {
    for (const row of measured) {
      for (const { id, url } of inTurn(contenders(row, place), round)) {
        row.rounds[id].push(await visits(front, url, row));
        load.push(loadavg()[0]);
      }
    }
    say(`round ${round + 1} of ${plan.rounds} done`);
  }
  return { measured, load };
}

/** The limits of the two rows that have one. */
async function limits(front, { share, manifest }, plan) {
  const url = `/~/${share}/files/${manifest}/notebooks/large.ipynb`;
  const taken = [];
  for (let round = 0; round < plan.rounds; round += 1) taken.push(await plainFetch(front, "share", url, FIRST_BYTES));
  return taken;
}

/** Runs it all, or the named rows; `build` first makes what is missing or old. Only a whole, full run writes the page. */
export async function viewer({ quick = false, build = true, rows = VIEWER_ROWS, rounds } = {}) {
  process.env.VITRINE_STATE = folder;
  const begun = Date.now();
  const plan = { ...(quick ? QUICK : FULL), ...(rounds ? { rounds } : {}) };
  for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => process.exit(130));
  if (build) for (const script of ["scripts/setup.mjs", "scripts/build.mjs"]) run("node", [script]);
  havePeers();
  prepareFolder();
  const port = Number(process.env.PORT) || (await freePort());
  await settle(port);
  const { front, ids, stop } = await startAll(port);
  const place = { port, share: ids.share };
  const chosen = ROWS.filter(({ id }) => rows.includes(id));
  const before = loadavg()[0];
  await rehearse(front, chosen, place);
  const plain = chosen.some(({ id }) => id === "large") ? await limits(front, ids, plan) : [];
  const results = await measure(front, chosen, place, plan);
  const command = `npm run bench -- viewer${quick ? " --quick" : ""}`;
  const text = document({ ...results, plain, plan, command, before, took: seconds(begun) });
  process.stdout.write(text);
  if (!quick && chosen.length === ROWS.length) write(text);
  await stop();
  rmSync(folder, { recursive: true, force: true });
  say(`done (${seconds(begun)})`);
}

function write(text) {
  mkdirSync(join(root, "docs/bench"), { recursive: true });
  writeFileSync(join(root, RESULT), text);
  say(`written to ${RESULT}`);
}
