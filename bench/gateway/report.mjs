// The table as Markdown, with what a reader needs to judge it.

import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { cpus, totalmem } from "node:os";
import { join, root } from "../../scripts/run.mjs";
import { CONNECTIONS } from "./load.mjs";

const median = (values) => {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
};

/** "Within 10 %". */
const WITHIN = 0.9;

const two = (value) => value.toFixed(2);

const number = (value) => (value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2));

const cell = (value, write = number) => (value === undefined ? "–" : write(value));

const IDS = ["ours", "a", "b"];

/**
 * The medians of one row. A ratio is the median of the rounds' own ratios, not that of the medians: what slows the machine down
 * for a while slows all that were measured in that while.
 */
function compare({ name, rounds, isolate }) {
  const figures = (valuesOf) => {
    const [ours, ...peers] = IDS.map(valuesOf);
    const [toA, toB] = peers.map((peer) => peer && median(ours.map((value, round) => value / peer[round])));
    const [a, b] = peers.map((peer) => peer && median(peer));
    return { ours: median(ours), a, b, toA, toB };
  };
  const ofRounds = (key) => figures((id) => rounds[id]?.map((round) => round[key]));
  return { name, rate: ofRounds("perSecond"), cpu: ofRounds("cpuMs"), isolate: figures((id) => isolate[id] && [isolate[id]]) };
}

const HEAD = ["ours", "(a)", "(b)", "ours/(a)", "ours/(b)"];

/** One table: a figure of all rows, with the ratios. */
function table(title, compared, key, write, floor) {
  const line = (name, { ours, a, b, toA, toB }) => {
    const cells = [cell(ours, write), cell(a, write), cell(b, write), cell(toA, two), cell(toB, two)];
    return `| ${[name, ...cells].join(" | ")} |`;
  };
  const rows = compared.map((row) => line(row.name, row[key]));
  const last = floor === undefined ? [] : [`| *constant 4 KB from memory* | *${write(floor)}* | | | | |`];
  return [`| ${title} | ${HEAD.join(" | ")} |`, "|---|--:|--:|--:|--:|--:|", ...rows, ...last].join("\n");
}

/** The goals, and where this run misses them. */
function goals(compared) {
  const missed = compared.flatMap(({ name, rate, cpu }) => {
    const miss = (peer, share, time) => `- ${name}: ${two(share)} of ${peer}'s requests per second, ${two(time)} of its CPU time`;
    return [
      ...(rate.toA < WITHIN ? [miss("(a)", rate.toA, cpu.toA)] : []),
      ...(rate.toB < 1 ? [miss("(b)", rate.toB, cpu.toB)] : []),
    ];
  });
  const goal = "Goal: within 10 % of (a) on warm files, ahead of (b) everywhere.";
  return missed.length === 0 ? `${goal} This run meets it.` : `${goal} This run misses it here:\n\n${missed.join("\n")}`;
}

/** Above this, in percent, the machine was doing something else meanwhile. */
const BUSY = 25;

/** How far rounds lie apart: what a difference must exceed to mean something. */
function spread(measured) {
  const apart = measured.flatMap(({ rounds }) => Object.values(rounds)).map((list) => {
    const rates = list.map(({ perSecond }) => perSecond);
    return ((Math.max(...rates) - Math.min(...rates)) / median(rates)) * 100;
  });
  const [usual, most] = [median(apart), Math.max(...apart)].map((percent) => percent.toFixed(0));
  const text = `Between rounds, one Worker's rate on one row varied by ${usual} % in the median, ${most} % at most.`;
  return usual > BUSY ? `${text} **The machine was busy: read the CPU times, and run it again on an idle one for the rates.**` : text;
}

const versionOf = (name) => JSON.parse(readFileSync(join(root, "node_modules", name, "package.json"), "utf8")).version;

function machine() {
  const wrk = /wrk \S*?([\d.]+)/.exec(String(spawnOutput("wrk", ["-v"])))?.[1];
  const memory = (totalmem() / 2 ** 30).toFixed(0);
  return (
    `${cpus().length} cores (${cpus()[0].model.trim()}), ${memory} GB of memory, Linux; Node ${process.versions.node}, ` +
    `wrangler ${versionOf("wrangler")} (workerd ${versionOf("workerd")}), hono ${versionOf("hono")}, jose ${versionOf("jose")}, ` +
    `wrk ${wrk}.`
  );
}

function spawnOutput(command, args) {
  try {
    return execFileSync(command, args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
  } catch (error) {
    // `wrk -v` prints its version and ends with 1.
    return error.stdout ?? "";
  }
}

const MEANING = `\
Three Workers answer the same addresses from the same objects in a simulated R2, each under \`wrangler dev\`:

- **ours**: Vitrine's gateway, as \`npm start\` runs it.
- **(a)**: the smallest JavaScript Worker that streams the same object. It finds the address in a table and checks nothing.
- **(b)**: the same checks as ours in JavaScript, with hono and jose, and with what it has read kept in memory.
- *constant*: a Worker that sends 4 KB from memory. It is the floor of what \`wrangler dev\` does for a request.

Figures are medians of the rounds, and ratios are medians of the rounds' ratios. *Requests per second*: higher is better, and above 1 in \`ours/…\` ours is faster. *CPU time*:
user and system time of the process that runs the Worker, for each request; lower is better. It includes the simulators of R2
and of the rest of the platform, which are JavaScript in the same process and take most of it. *Isolate time*: how much of it is the
Worker itself, its code and its calls of the platform, by V8's sampling profiler in a run of its own under the same load.

Ours asks the platform's cache before R2 for what is not large; the peers read R2 each time. Here both are simulators of about the
same cost. In production a read of R2 takes longer than one of the cache, and is paid for.

The Workers are measured in turn, in one run. The ratios are what to read; the figures themselves mean nothing elsewhere.`;

/** The whole page. */
export function document({ measured, floor, notes, plan, command }) {
  const compared = measured.map(compare);
  const floorOf = (key) => median(floor.map((round) => round[key]));
  const [whole, milli, micro] = [(value) => value.toFixed(0), number, (value) => value.toFixed(0)];
  const setting = `Rounds: ${plan.rounds}, of ${plan.timed} s for each row and Worker, after ${plan.warmUp} s of warming up; ${CONNECTIONS} connections.`;
  const how = [
    "The load (wrk, one thread) goes to the process that runs the Worker, past wrangler's proxy, which costs more than any of the Workers.",
    "All have the same static assets in front of them, because the simulator's router for those is in the path of every request.",
    ...(plan.rounds > 1 ? [spread(measured)] : []),
    ...notes,
  ];
  return [
    "# The gateway beside peers",
    `${new Date().toISOString().slice(0, 10)}, \`${command}\`. ${setting}\n${machine()}`,
    table("requests per second", compared, "rate", whole, floorOf("perSecond")),
    table("CPU time, ms per request", compared, "cpu", milli, floorOf("cpuMs")),
    table("isolate time, µs per request", compared, "isolate", micro),
    goals(compared),
    "## What this means",
    MEANING,
    how.map((text) => `- ${text}`).join("\n"),
  ].join("\n\n") + "\n";
}
