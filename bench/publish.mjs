// `npm run bench -- publish`: the program beside rclone, s5cmd and restic, against one kind of S3 server, in one run.
//
// 1. What is missing is installed. 2. The content is written. 3. A pass through a counting proxy, which is not timed: it counts the
// bytes sent, compares what is copied back with what was sent, and leaves everything in the page cache. 4. Timed passes: every
// row, the programs in turn; beside them, the physical limits. 5. The medians become a page.

import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { loadavg } from "node:os";
import { existsSync, fail, join, root, run, say, seconds } from "../scripts/run.mjs";
import { bytesOf, namesOfMany, writeLarge, writeMany, writeTiny } from "./publish/content.mjs";
import { countingProxy } from "./publish/counter.mjs";
import { loopback } from "./publish/limits.mjs";
import { Results, largeLimits, largePass, manyLimits, manyPass, tinyPass } from "./publish/passes.mjs";
import { PROGRAMS } from "./publish/programs.mjs";
import { document } from "./publish/report.mjs";
import { fastFolder, startServer } from "./publish/server.mjs";
import { BINARIES, haveTools, versionsSaid } from "./publish/tools.mjs";

const folder = join(root, ".vitrine/bench/publish");
const RESULT = "docs/bench/publish.md";

const MEBIBYTE = 1 << 20;
const FULL = { rounds: 3, many: 20_000, large: 2048 * MEBIBYTE, inserted: MEBIBYTE, tiny: 1_000_000 };
const QUICK = { rounds: 1, many: 2000, large: 128 * MEBIBYTE, inserted: MEBIBYTE, tiny: 20_000 };

export const ROWS = ["a", "b", "c", "d", "e", "f", "g"];

/** What a run works with: a server and a counter for each program, and another server for the raw client. */
async function prepare(wanted) {
  const { place: fast, inMemory } = fastFolder(folder);
  for (const place of [folder, fast]) {
    rmSync(place, { recursive: true, force: true });
    mkdirSync(place, { recursive: true });
  }
  const [servers, counters] = [{}, {}];
  for (const { id } of PROGRAMS) {
    servers[id] = await startServer(id, fast);
    counters[id] = await countingProxy(servers[id].port);
  }
  const bench = { folder, fast, inMemory, wanted, servers, results: new Results(), counting: true };
  bench.raw = await startServer("raw", fast);
  bench.portOf = ({ id }) => (bench.counting ? counters : servers)[id].port;
  bench.take = ({ id }) => counters[id].take();
  bench.inTurn = (pass) => PROGRAMS.map((_, n) => PROGRAMS[(n + pass) % PROGRAMS.length]);
  bench.close = () => {
    for (const server of [...Object.values(servers), bench.raw]) server.stop();
    for (const counter of Object.values(counters)) counter.close();
    for (const place of [folder, fast]) rmSync(place, { recursive: true, force: true });
  };
  return bench;
}

/** The pass that counts, then the timed ones with the limits. */
async function passes(bench, plan, what, pass, limits) {
  for (let n = 0; n <= plan.rounds; n += 1) {
    bench.counting = n === 0;
    say(bench.counting ? `${what}: counting bytes` : `${what}: round ${n} of ${plan.rounds}`);
    if (!bench.counting) await limits();
    await pass(n);
  }
}

async function small(bench, plan) {
  const source = join(folder, "many");
  writeMany(source, plan.many);
  const names = namesOfMany(plan.many);
  const measure = () => manyLimits(bench, { source, bytes: bytesOf(source) });
  await passes(bench, plan, "small files", (pass) => manyPass(bench, { source, count: plan.many, names, pass }), measure);
  rmSync(source, { recursive: true });
}

async function large(bench, plan) {
  const place = join(folder, "large");
  writeLarge(join(place, "before"), join(place, "after"), plan.large, plan.inserted);
  const measure = () => largeLimits(bench, { place, bytes: plan.large, inserted: plan.inserted });
  await passes(bench, plan, "a large file", (pass) => largePass(bench, { place, pass }), measure);
  rmSync(place, { recursive: true });
}

/** Once: a scan of a million files is long enough to be sure of. In memory where there is room: a disk takes minutes to make them. */
async function tiny(bench, plan) {
  const source = join(bench.fast, "tiny");
  writeTiny(source, plan.tiny);
  bench.counting = false;
  say("tiny files: each once");
  await tinyPass(bench, { source });
  rmSync(source, { recursive: true });
}

/** Runs the rows that are wanted; `build` first makes the program. */
export async function publish({ quick = false, build = true, rows = ROWS, rounds } = {}) {
  const begun = Date.now();
  for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => process.exit(130));
  if (build) run("cargo", ["build", "--release", "-p", "vitrine"]);
  if (!existsSync(BINARIES.ours)) fail("`target/release/vitrine` is not there", "leave out --no-build");
  haveTools();
  const wanted = new Set(rows);
  const usual = quick ? QUICK : FULL;
  const plan = { ...usual, rounds: rounds ?? usual.rounds };
  const bench = await prepare(wanted);
  process.once("exit", bench.close);
  const busy = loadavg()[0];
  if (["a", "b", "c", "g"].some((row) => wanted.has(row))) await small(bench, plan);
  if (["d", "e", "g"].some((row) => wanted.has(row))) await large(bench, plan);
  if (wanted.has("f")) await tiny(bench, plan);
  const rate = await loopback(1024 * MEBIBYTE);
  const options = `${quick ? " --quick" : ""}${rounds ? ` --rounds ${rounds}` : ""}${rows.length < ROWS.length ? ` --rows ${rows.join(",")}` : ""}`;
  const about = { plan, busy, rate, inMemory: bench.inMemory, versions: versionsSaid(), took: seconds(begun) };
  const text = document(bench.results, PROGRAMS, { ...about, command: `npm run bench -- publish${options}` });
  process.stdout.write(text);
  // A part of it is for trying: the page is of a whole run.
  if (!quick && rows.length === ROWS.length) {
    mkdirSync(join(root, "docs/bench"), { recursive: true });
    writeFileSync(join(root, RESULT), text);
    say(`written to ${RESULT}`);
  }
  say(`done (${seconds(begun)})`);
}
