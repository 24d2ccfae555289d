// The page as Markdown: the tables, the goals with what was reached, and what a reader needs to judge them.

import { readFileSync } from "node:fs";
import { cpus, totalmem } from "node:os";
import { join, root } from "../../scripts/run.mjs";
import { CONCURRENCIES, YARDSTICK } from "./calls.mjs";
import { median, percentile } from "./timing.mjs";

/** The goals, in milliseconds. */
const PUBLISH_GOAL = 150;
const SEARCH_GOAL = 50;

const ms = (value) => (Math.abs(value) >= 100 ? value.toFixed(0) : value.toFixed(1));
const two = (values) => `${ms(median(values))} / ${ms(percentile(values, 0.95))}`;
const three = (values) => `${ms(median(values))} / ${ms(percentile(values, 0.99))}`;
const mebibytes = (bytes) => (bytes / (1 << 20)).toFixed(0);

const line = (cells) => `| ${cells.join(" | ")} |`;
const table = (head, body) => [line(head), line(head.map((_, n) => (n === 0 ? "---" : "--:"))), ...body.map(line)].join("\n");

function callsTable(rows) {
  const yardstick = rows.find(({ name }) => name === YARDSTICK);
  const cells = ({ at }, count) => {
    const done = at[count].filter(({ requests }) => requests > 0);
    if (done.length === 0) return ["0", "–"];
    const of = (key) => median(done.map((round) => round[key]));
    return [of("perSecond").toFixed(0), `${ms(of("p50"))} / ${ms(of("p99"))}`];
  };
  const ratio = ({ at }) => median(at[16].map(({ perSecond }, round) => perSecond / yardstick.at[16][round].perSecond));
  const body = rows.map((row) => {
    const name = row.limit ? `*${row.name}*` : row.name;
    const cpu = median(row.at[16].map(({ cpuMs }) => cpuMs));
    return [name, ...CONCURRENCIES.flatMap((count) => cells(row, count)), ms(cpu), row.limit ? "" : ratio(row).toFixed(2)];
  });
  const head = ["call", ...CONCURRENCIES.flatMap((count) => [`${count} at once: per second`, "ms"]), "CPU ms", "to SELECT"];
  return table(head, body);
}

function publishTable(times) {
  const part = (name, key) => [name, two(times.raw.map((one) => one[key])), two(times.proxied.map((one) => one[key]))];
  const calls = [
    part("`publish/begin`", "begin"),
    part("*putting the manifest (the limit)*", "put"),
    part("`publish/commit`", "commit"),
    part("**begin and commit**", "calls"),
    part("all three", "total"),
  ];
  const program = [
    ["`vitrine publish` of an unchanged folder", two(times.program)],
    ["the same straight into the bucket (`--store`), without a control plane", two(times.alone)],
    ["*starting the program (`--version`)*", two(times.start)],
  ];
  return [table(["ms, p50 / p95", "at the Worker", "through wrangler's proxy"], calls), table(["ms, p50 / p95", "through wrangler's proxy"], program)].join("\n\n");
}

function eventsTable({ ours, smallest }, { sockets }) {
  const both = (name, of) => [name, of(ours), of(smallest)];
  const times = (key) => ({ all }) => three(all.map((one) => one[key]));
  const perSocket = ({ memory }) => `${((memory.during - memory.before) / 1024 / sockets).toFixed(0)} KiB`;
  return table(
    ["", "ours (`shares/update`)", "*smallest object*"],
    [
      both("from sending the call to the last socket, ms, p50 / p99", times("fromSending")),
      both("from its answer to the last socket (negative: before), ms", times("fromAnswer")),
      both("the call itself, ms", times("call")),
      both("messages lost / heard twice", ({ lost, extra }) => `${lost} / ${extra}`),
      both("opening all sockets, ms", ({ openMs }) => openMs.toFixed(0)),
      both("memory before / with all / after, MiB", ({ memory: { before, during, after } }) => [before, during, after].map(mebibytes).join(" / ")),
      both("memory for each socket", perSocket),
    ],
  );
}

const cellOf = (row, caller, page) => row.cells.find((cell) => cell.caller === caller && cell.page === page);

function searchTable({ rows, limits }) {
  const places = ["anonymous", "user", "service"].flatMap((caller) => [1, 50].map((page) => [caller, page]));
  const head = ["ms, p50 / p95", ...places.map(([caller, page]) => `${caller}, page ${page}`)];
  const cells = (row) => places.map(([caller, page]) => cellOf(row, caller, page)).map((cell) => (cell ? two(cell.times) : "–"));
  const body = rows.map((row) => [row.found === undefined ? row.name : `${row.name} (in ${row.found})`, ...cells(row)]);
  const limit = (name, times) => [`*${name}*`, two(times), ...places.slice(1).map(() => "")];
  return table(head, [...body, limit(YARDSTICK, limits.select), limit("a constant answer", limits.constant)]);
}

function publishGoal({ raw }) {
  const got = median(raw.map(({ calls }) => calls));
  return `- The overhead of an empty publish, \`begin\` and \`commit\` together: under ${PUBLISH_GOAL} ms. **${got < PUBLISH_GOAL ? "Met" : "Missed"}**: ${ms(got)} ms in the median.`;
}

function eventsGoal({ ours }) {
  const lost = ours.lost + ours.extra;
  return `- Every socket hears every event once. **${lost === 0 ? "Met" : "Missed"}**: ${ours.lost} lost, ${ours.extra} twice or late.`;
}

function searchGoal({ rows }, { shares }) {
  const all = rows.flatMap(({ name, cells }) => cells.map(({ caller, page, times }) => ({ name, caller, page, got: median(times) })));
  const missed = all.filter(({ got }) => got >= SEARCH_GOAL);
  const goal = `- Search over ${shares} shares: under ${SEARCH_GOAL} ms in the median.`;
  if (missed.length === 0) return `${goal} **Met** everywhere: the slowest is ${ms(Math.max(...all.map(({ got }) => got)))} ms.`;
  return [`${goal} **Missed** in ${missed.length} of ${all.length} places:`, ...missed.map(({ name, caller, page, got }) => `  - ${name}, ${caller}, page ${page}: ${ms(got)} ms`)].join("\n");
}

const versionOf = (name) => JSON.parse(readFileSync(join(root, "node_modules", name, "package.json"), "utf8")).version;

const machine = () =>
  `${cpus().length} cores (${cpus()[0].model.trim()}), ${(totalmem() / 2 ** 30).toFixed(0)} GB of memory, Linux; Node ${process.versions.node}, ` +
  `wrangler ${versionOf("wrangler")} (workerd ${versionOf("workerd")}).`;

const meaning = ({ plan, busy }) => `\
Everything runs under \`wrangler dev\` on one machine: the Worker, its D1, its R2 and its objects are simulators in one process, and
the client takes its part of the same cores. The ratios to the limits, in italics and taken in the same rounds, are what to read;
production adds the network between the parts and takes away the simulators.

- The database has ${plan.shares} shares, made of words that are as frequent as those of a language (Zipf), from fixed seeds; 55 % are public.
  The user is of 20 organisations of 200 and writes 50 projects of 2,000. Nothing has been analysed or optimised in it.
- *Calls*: wrk, one thread, ${plan.rounds} round${plan.rounds === 1 ? "" : "s"} of ${plan.timed} s (one at once) or ${2 * plan.timed} s, on the process that runs the Worker, past wrangler's proxy. Figures are
  medians of the rounds. *ms* is p50 / p99. *CPU ms* is the process's time for a request, and *to SELECT* the requests per second
  beside one SELECT, both at 16 at once. The views that \`counter\` counts are one reader's.
- *The smallest Worker* (\`bench/control/peers/smallest.js\`) does one thing for a request: one SELECT, one INSERT, one call of an object.
- *Publishing*: ${plan.publishes} in turn, with a manifest that only has another name; nothing else is uploaded.
- *Events*: ${plan.sockets} sockets on one share, ${plan.events} changes, ours and the smallest object in turn. The object tells its sockets before it
  answers. The client's reading is in the times. *After* is two seconds after the sockets are gone.
- *Search*: one request at a time, ${plan.searches} rounds of everything in turn; pages of 20.
- The rate limits of \`wrangler.toml\` are left out: the load would meet them.
- The machine's load average was ${busy.map((load) => load.toFixed(1)).join(", ")} before the first part and after each. Above about 2 something else was running,
  and the times are too long.`;

/** The whole page. */
export function document({ search, publishing, events, calls }, about) {
  const { plan, command, took } = about;
  const goals = [publishing && publishGoal(publishing), events && eventsGoal(events), search && searchGoal(search, plan)];
  const part = (title, results, write) => (results ? [`## ${title}`, write(results, plan)] : []);
  return [
    "# The control plane",
    `${new Date().toISOString().slice(0, 10)}, \`${command}\`, ${took}.\n${machine()}`,
    ...part("Calls", calls, callsTable),
    ...part("An empty publish", publishing, publishTable),
    ...part(`Live events to ${plan.sockets} sockets`, events, eventsTable),
    ...part(`Search over ${plan.shares} shares`, search, searchTable),
    "## Goals",
    goals.filter(Boolean).join("\n"),
    "## What this means",
    meaning(about),
  ].join("\n\n") + "\n";
}
