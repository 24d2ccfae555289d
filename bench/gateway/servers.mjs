// The servers that are compared: each a `wrangler dev` of the same version, on its own copy of the same state, with a
// configuration made for it here from the repository's own.

import { openSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { fail, join, resolve, root, start } from "../../scripts/run.mjs";
import { ask } from "./ask.mjs";
import { entryPortOf, workerdBelow } from "./processes.mjs";

const peers = join(root, "bench/gateway/peers");

export function freePort() {
  return new Promise((resolve) => {
    const server = createServer();
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

const RATE_LIMITS = /^\[\[?(?:[\w.]+\.)?ratelimits/;
const SHARED_WITH_PEERS = /^\[\[?(?:assets|r2_buckets)/;

/** The repository's configuration, table by table, with the copied build's places. */
function ownTables(folder) {
  const text = readFileSync(join(root, "wrangler.toml"), "utf8")
    .replace(/^main = .*$/m, `main = "${join(folder, "worker/index.js")}"`)
    .replace(/^directory = .*$/m, `directory = "${join(folder, "dist")}"`)
    .replace(/^migrations_dir = .*$/m, `migrations_dir = "${join(root, "worker/migrations")}"`);
  return text.split(/^(?=\[)/m);
}

function write(folder, name, text) {
  const file = join(folder, `${name}.toml`);
  writeFileSync(file, text);
  return file;
}

/** Ours: all of it but the rate limits, which the load would meet (the Worker then lets everything through). */
export const ownConfig = (folder) => write(folder, "ours", ownTables(folder).filter((table) => !RATE_LIMITS.test(table)).join(""));

/** The table of the database, for a peer that asks it, too. */
export const databaseTable = (folder) => ownTables(folder).find((table) => table.startsWith("[[d1_databases]]"));

export const hasRateLimits = (folder) => ownTables(folder).some((table) => RATE_LIMITS.test(table));

/** The bucket that holds the shares. */
export const bucket = () => /^bucket_name = "(.*)"$/m.exec(readFileSync(join(root, "wrangler.toml"), "utf8"))[1];

/** A peer: the same bucket, the same assets in front of it, the same date, and variables of its own; `more` is what else it has. */
export function peerConfig(folder, name, main, vars = {}, more = "") {
  const [top, ...tables] = ownTables(folder);
  const date = /^compatibility_date = .*$/m.exec(top)[0];
  const head = `name = "bench-${name}"\nmain = "${resolve(peers, main)}"\n${date}\nsend_metrics = false\n`;
  // JSON's strings are TOML's, too.
  const lines = Object.entries(vars).map(([key, value]) => `${key} = ${JSON.stringify(value)}\n`);
  const shared = tables.filter((table) => SHARED_WITH_PEERS.test(table));
  return write(folder, name, `${head}\n${shared.join("")}\n${more}\n[vars]\n${lines.join("")}`);
}

/** Ends a process with all below it. */
function end(child) {
  try {
    process.kill(-child.pid, "SIGTERM");
  } catch {
    // It has ended already.
  }
}

/** Starts one and returns when it answers 200 to `probe`. */
export async function serve({ id, name, config, folder, state, port, host, probe, flags = [] }) {
  const log = join(folder, `${id}.log`);
  const out = openSync(log, "a");
  const inspector = await freePort();
  const places = ["dev", "--config", config, "--port", String(port), "--persist-to", state, "--inspector-port", String(inspector)];
  const quiet = ["--log-level", "warn", "--show-interactive-dev-session=false"];
  const child = start("wrangler", [...places, ...quiet, ...flags], { spawn: { stdio: ["ignore", out, out], detached: true } });
  let ended = false;
  const exit = new Promise((resolve) => child.once("exit", resolve)).then(() => (ended = true));
  process.once("exit", () => end(child));
  const answers = async (at) => (await ask({ name, host, port: at }, { path: probe }).catch(() => ({}))).status === 200;
  const deadline = Date.now() + 60_000;
  while (!(await answers(port))) {
    if (ended || Date.now() > deadline) fail(`${name}: wrangler dev does not answer 200 to ${probe}`, `its own words are in ${log}`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  const pid = workerdBelow(child.pid);
  const stop = () => {
    end(child);
    return exit;
  };
  return { id, name, host, pid, inspector, stop, port: await entryPortOf(pid, answers) };
}
