// One pass over the rows: every program in turn, another one first in each pass. What happened goes into a `Results`.

import { spawnSync } from "node:child_process";
import { mkdirSync, renameSync, rmSync, utimesSync } from "node:fs";
import { fail, join, say } from "../../scripts/run.mjs";
import { changeOnePercent } from "./content.mjs";
import { hash, transfer, walk, write } from "./limits.mjs";
import { timed } from "./timed.mjs";

const remove = (place) => rmSync(place, { recursive: true, force: true });

/** The outcomes of all passes: `of[row][program]` a list of them, `bytes` the same of what was sent, `limits[row]` seconds. */
export class Results {
  of = {};
  bytes = {};
  limits = {};
  parts = {};

  /** What was not done in 120 s once, or failed, is not tried again. */
  gaveUp(row, id) {
    return (this.of[row]?.[id] ?? []).some(({ cut, failed }) => cut || failed);
  }

  add(row, id, outcome) {
    ((this.of[row] ??= {})[id] ??= []).push(outcome);
  }

  addBytes(row, id, bytes) {
    (this.bytes[row] ??= {})[id] = bytes;
  }

  limit(row, parts) {
    (this.limits[row] ??= []).push(Math.max(...Object.values(parts)));
    for (const [name, seconds] of Object.entries(parts)) ((this.parts[row] ??= {})[name] ??= []).push(seconds);
  }
}

/** Where a program works in this pass. */
const placeOf = (bench, program, source, names) => ({
  source,
  names,
  endpoint: `http://127.0.0.1:${bench.portOf(program)}`,
  state: join(bench.folder, `state-${program.id}`),
  destination: join(bench.fast, `copy-${program.id}`),
});

/** An empty store and state; what a program sets up there is not timed. */
async function empty(bench, program, at) {
  bench.servers[program.id].fresh();
  remove(at.state);
  mkdirSync(at.state, { recursive: true });
  if (program.prepare) {
    const { failed } = await timed(program.prepare(at));
    if (failed) fail(`${program.name} could not be set up`, failed);
  }
  bench.take(program);
}

/** Does one job and keeps what came of it; in the pass that counts, the bytes instead of the time. Returns whether it is done. */
async function job(bench, row, program, name, at) {
  const { results } = bench;
  if (results.gaveUp(row, program.id)) return false;
  const outcome = await timed(program[name](at));
  const bad = outcome.cut || outcome.failed;
  if (outcome.failed) say(`${program.name}, ${row}: ${outcome.failed}`);
  if (!bench.counting || bad) results.add(row, program.id, outcome);
  const bytes = bench.take(program);
  if (bench.counting && !bad) results.addBytes(row, program.id, bytes);
  return !bad;
}

/** Copies back; in the pass that counts, what came back must be what was sent. */
async function back(bench, row, program, at) {
  remove(at.destination);
  const done = await job(bench, row, program, "back", at);
  if (done && bench.counting) {
    const { status, stdout } = spawnSync("diff", ["-r", "--brief", at.source, at.destination], { encoding: "utf8" });
    if (status !== 0) bench.results.add(row, program.id, { failed: `the copy differs: ${stdout.split("\n")[0]}` });
  }
  remove(at.destination);
}

/** Rows a, b, c, and g of the small files. */
export async function manyPass(bench, { source, count, names, pass }) {
  const { wanted, results } = bench;
  const programs = bench.inTurn(pass).map((program) => ({ program, at: placeOf(bench, program, source, names) }));
  const alive = new Set();
  for (const { program, at } of programs) {
    await empty(bench, program, at);
    if (await job(bench, "a", program, "first", at)) alive.add(program);
  }
  const living = programs.filter(({ program }) => alive.has(program));
  if (wanted.has("b")) for (const { program, at } of living) await job(bench, "b", program, "again", at);
  if (wanted.has("c")) {
    results.changed = changeOnePercent(source, count, pass);
    for (const { program, at } of living) await job(bench, "c", program, "again", at);
  }
  if (wanted.has("g")) for (const { program, at } of living) await back(bench, "ga", program, at);
  for (const { program } of programs) bench.servers[program.id].fresh();
}

/** Rows d and e, and g of the large file: one program after the other, as each has gigabytes. */
export async function largePass(bench, { place, pass }) {
  const { wanted } = bench;
  const [before, after, source] = ["before", "after", "current"].map((name) => join(place, name));
  for (const program of bench.inTurn(pass)) {
    const at = placeOf(bench, program, source, ["large.bin"]);
    renameSync(before, source);
    await empty(bench, program, at);
    let done = await job(bench, "d", program, "first", at);
    if (done && wanted.has("e")) {
      renameSync(source, before);
      renameSync(after, source);
      // As a person's change would be: later than what was sent.
      utimesSync(join(source, "large.bin"), new Date(), new Date());
      done = await job(bench, "e", program, "again", at);
    }
    if (done && wanted.has("g")) await back(bench, "gd", program, at);
    renameSync(source, done && wanted.has("e") ? after : before);
    settle(before, after, source);
    bench.servers[program.id].fresh();
  }
}

/** Puts the versions back where a job in the middle failed. */
function settle(before, after, source) {
  const exists = (path) => spawnSync("test", ["-e", path]).status === 0;
  if (exists(source)) renameSync(source, exists(before) ? after : before);
}

/** Row f: the scan by each, and a whole first publish by ours. */
export async function tinyPass(bench, { source }) {
  for (const program of bench.inTurn(0)) {
    const at = placeOf(bench, program, source, []);
    await empty(bench, program, at);
    await job(bench, "f", program, "scan", at);
    if (program.id === "ours") await job(bench, "fp", program, "first", at);
    bench.servers[program.id].fresh();
  }
  bench.results.limit("f", { walk: walk(source) });
  bench.results.limit("fp", { walk: walk(source), "read and hash": hash(source) });
}

/** The limits of the rows on the small files. */
export async function manyLimits({ results, raw, fast }, { source, bytes }) {
  const [walked, hashed] = [walk(source), hash(source)];
  const { send, fetch } = await transfer(raw, bytes);
  results.limit("a", { walk: walked, "read and hash": hashed, send });
  results.limit("b", { walk: walked });
  results.limit("c", { walk: walked, "a hundredth of hashing": hashed / 100, "and of sending": send / 100 });
  results.limit("ga", { fetch, write: write(source, join(fast, "copied")) });
}

/** The limits of the rows on the large file. */
export async function largeLimits({ results, raw, fast }, { place, bytes, inserted }) {
  const hashed = hash(join(place, "before"));
  const { send, fetch } = await transfer(raw, bytes);
  results.limit("d", { "read and hash": hashed, send });
  results.limit("e", { "read and hash": hash(join(place, "after")), send: (send * inserted) / bytes });
  results.limit("gd", { fetch, write: write(join(place, "after"), join(fast, "copied")) });
}
