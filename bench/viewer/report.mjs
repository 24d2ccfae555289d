// The tables as Markdown, the goals of the viewer beside them, and what a reader needs to judge both.

import { cpus, totalmem } from "node:os";
import { readFileSync } from "node:fs";
import { ask, join, root } from "../../scripts/run.mjs";
import { NBCONVERT, PACKAGES, pdfVersion } from "./peers.mjs";
import { MEANING, NAMES } from "./meaning.mjs";
import { SLOW } from "./throttle.mjs";

const median = (values) => {
  const sorted = values.filter((value) => value !== undefined).sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
};

const whole = (value) => (Number.isFinite(value) ? value.toFixed(0) : "–");
const two = (value) => (Number.isFinite(value) ? value.toFixed(2) : "–");

/** How far the rounds lie apart, in percent of the median. */
const apart = (values) => ((Math.max(...values) - Math.min(...values)) / median(values)) * 100;

const lines = (head, rows) => [`| ${head.join(" | ")} |`, `|${head.map((_, n) => (n < 2 ? "---" : "--:")).join("|")}|`, ...rows.map((row) => `| ${row.join(" | ")} |`)].join("\n");

const HEAD = ["page", "by", "first content, ms", "±, %", "ours/peer", "FCP, ms", "complete, ms", "KB", "requests", "long tasks", "longest, ms", "memory, MB"];

/** The medians of one row and contender. */
function medians(rounds, which) {
  const of = (name) => median(rounds.map((round) => round[which][name]));
  return Object.fromEntries(["first", "paint", "complete", "bytes", "requests", "longTasks", "longest", "memory"].map((name) => [name, of(name)]));
}

/** The median of the rounds' ratios: what slows the machine for a while slows all that were measured in it. */
const ratio = ({ peer, rounds }, which, name) => median(rounds.ours.map((ours, n) => ours[which][name] / rounds[peer][n][which][name]));

function table(measured, which) {
  const rows = measured.flatMap((row) =>
    ["ours", row.peer].map((id) => {
      const found = medians(row.rounds[id], which);
      const firsts = row.rounds[id].map((round) => round[which].first);
      const beside = id === "ours" ? two(ratio(row, which, "first")) : "";
      const times = [whole(found.first), whole(apart(firsts)), beside, whole(found.paint), whole(found.complete)];
      return [id === "ours" ? row.name : "", id === "ours" ? "**ours**" : NAMES[id], ...times, whole(found.bytes / 1000), whole(found.requests), whole(found.longTasks), whole(found.longest), (found.memory / 1e6).toFixed(1)];
    }),
  );
  return lines(HEAD, rows);
}

const scrolls = (rounds) => rounds.map(({ cold }) => cold.scroll);

function scrollTable(measured) {
  const rows = measured.filter(({ scrolled }) => scrolled).flatMap((row) =>
    ["ours", row.peer].map((id) => {
      const of = (name) => whole(median(scrolls(row.rounds[id]).map((round) => round[name])));
      return [id === "ours" ? row.name : "", id === "ours" ? "**ours**" : NAMES[id], of("longTasks"), of("longest"), of("gap"), of("pixels")];
    }),
  );
  return rows.length === 0 ? "" : `Scrolling, by the wheel for ten seconds:\n\n${lines(["page", "by", "tasks over 50 ms", "longest, ms", "longest wait for a frame, ms", "came to, px"], rows)}`;
}

const goal = (text, met, found) => `- ${text} **${met ? "Met" : "Missed"}**: ${found}.`;

/** First content ahead of each peer, cold and warm. */
function aheadGoals(measured) {
  return measured.map((row) => {
    const [cold, warm] = ["cold", "warm"].map((which) => ratio(row, which, "first"));
    return goal(`${row.name}: first content ahead of ${NAMES[row.peer]}.`, cold < 1, `${two(cold)} of its time cold, ${two(warm)} warm`);
  });
}

/** The 10 MB notebook beside the plain fetch of its bytes. */
function largeGoal(measured, plain) {
  const row = measured.find(({ id }) => id === "large");
  if (!row || plain.length === 0) return [];
  const [first, bytes, all] = [medians(row.rounds.ours, "cold").first, median(plain.map(({ first }) => first)), median(plain.map(({ all }) => all))];
  const found = `first cell at ${whole(first)} ms, its first bytes at ${whole(bytes)} ms (${two(first / bytes)} ×); all its bytes are there at ${whole(all)} ms (${two(first / all)} ×)`;
  return [goal("notebook, 10 MB: the first cell within 1.5 × the time to fetch the file's first bytes.", first / bytes <= 1.5, found)];
}

/** The wide folder, from the moment when its listing was there. */
function wideGoal(measured) {
  const row = measured.find(({ id }) => id === "wide");
  if (!row) return [];
  const after = (which) => median(row.rounds.ours.map((round) => round[which].first - round[which].listed));
  const [cold, warm] = [after("cold"), after("warm")];
  return [goal("folder, 10,000 files: within 100 ms of its bytes.", cold <= 100, `${whole(cold)} ms after them cold, ${whole(warm)} ms warm`)];
}

function scrollGoal(measured) {
  const row = measured.find(({ id }) => id === "many");
  if (!row) return [];
  const [tasks, longest] = ["longTasks", "longest"].map((name) => median(scrolls(row.rounds.ours).map((round) => round[name])));
  return [goal("notebook, 1,000 cells: scrolling without a task over 50 ms.", tasks === 0, tasks === 0 ? "none" : `${whole(tasks)} tasks, the longest ${whole(longest)} ms`)];
}

/** Above this, for each core, something else ran meanwhile. The browsers themselves make about one. */
const BUSY = 1.5;

function machine(load, before) {
  const cores = cpus();
  const middle = median(load);
  const said = `The machine's load average was ${before.toFixed(1)} before it began, ${middle.toFixed(1)} in the median of the visits, ${Math.max(...load).toFixed(1)} at most.`;
  const busy = middle > BUSY * cores.length ? " **The machine was busy: read the ratios, and run it again on a quiet one for the figures.**" : "";
  return `- ${said}${busy}`;
}

function setting({ plan, command, took }) {
  const node = (name) => JSON.parse(readFileSync(join(root, "node_modules", name, "package.json"), "utf8")).version;
  const chromium = /[\d.]+/.exec(ask(process.env.CHROMIUM ?? "/usr/bin/chromium", ["--version"]) ?? "")?.[0];
  const peers = `nbconvert ${NBCONVERT}, marked ${PACKAGES.marked}, highlight.js ${PACKAGES["@highlightjs/cdn-assets"]}, pdf.js ${pdfVersion()}, serve ${PACKAGES.serve}`;
  const slow = `${SLOW.kilobitsPerSecond / 1024} Mbit/s, ${SLOW.rttMs} ms for each answer, processor slowed ${SLOW.cpu} ×`;
  return (
    `${new Date().toISOString().slice(0, 10)}, \`${command}\`, ${took}. Rounds: ${plan.rounds}. ${slow}.\n` +
    `${cpus().length} cores (${cpus()[0].model.trim()}), ${(totalmem() / 2 ** 30).toFixed(0)} GB of memory, Linux; Chromium ${chromium}, Node ${process.versions.node}, wrangler ${node("wrangler")}; ${peers}.`
  );
}

/** The whole page. */
export function document({ measured, load, plain, plan, command, before, took }) {
  const goals = [...aheadGoals(measured), ...largeGoal(measured, plain), ...wideGoal(measured), ...scrollGoal(measured)];
  const parts = [
    "# The viewer beside peers",
    setting({ plan, command, took }),
    `## The first visit, with nothing in the cache\n\n${table(measured, "cold")}`,
    `## The second visit, in a new tab\n\n${table(measured, "warm")}`,
    scrollTable(measured),
    `## Goals\n\n${goals.join("\n")}`,
    `## What this means\n\n${MEANING}\n\n${machine(load, before)}`,
  ];
  return `${parts.filter((part) => part !== "").join("\n\n")}\n`;
}
