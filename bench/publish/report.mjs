// The page as Markdown: the tables, the goals with what was reached, and what a reader needs to judge them.

import { cpus, totalmem } from "node:os";
import { LIMIT_SECONDS } from "./timed.mjs";

const MEBIBYTE = 1 << 20;

const median = (values) => {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
};

const number = (value) => (value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2));
const mebibytes = (bytes) => number(bytes / MEBIBYTE);

/** The rows in their order. A goal's `least` is how many times faster than the best peer ours is to be. */
const rowsFor = ({ many, large, inserted, tiny }) => [
  { row: "a", title: `(a) ${many} files of 0.2–16 KB, first time`, least: 2 },
  { row: "b", title: "(b) again, unchanged", least: 5 },
  { row: "c", title: "(c) 1 % changed", least: 3 },
  { row: "d", title: `(d) one file of ${large / MEBIBYTE} MiB`, least: 1 },
  { row: "e", title: `(e) the same with ${inserted / MEBIBYTE} MiB inserted`, sentMax: 24 * MEBIBYTE },
  { row: "f", title: `(f) scan of ${tiny} files`, peakMax: 256 * MEBIBYTE },
  { row: "fp", title: "(f) whole first publish of them", peakMax: 256 * MEBIBYTE },
  { row: "ga", title: "(g) copying (a) back", least: 2 },
  { row: "gd", title: "(g) copying (e) back", least: 2 },
];

const kept = (outcomes) => outcomes?.filter(({ cut, failed }) => !cut && !failed);

/** One program's figure in one row: what to print, and the values if it did the job. */
function figures(outcomes, key, write) {
  if (!outcomes) return { text: "–" };
  if (outcomes.some(({ failed }) => failed)) return { text: "failed" };
  if (outcomes.some(({ cut }) => cut)) return { text: `> ${LIMIT_SECONDS} s`, cut: true };
  const values = kept(outcomes).map((outcome) => outcome[key]);
  return { text: write(median(values)), values };
}

/** How many times faster ours is than the best peer: the median of the rounds' ratios. */
function ratioOf(own, peers) {
  if (!own?.values) return undefined;
  const done = peers.filter(({ values }) => values);
  if (done.length > 0) {
    const best = done.reduce((a, b) => (median(b.values) < median(a.values) ? b : a));
    return { times: median(own.values.map((value, round) => (best.values[round] ?? median(best.values)) / value)) };
  }
  if (!peers.some(({ cut }) => cut)) return undefined;
  return { times: LIMIT_SECONDS / median(own.values), least: true };
}

const timesText = (ratio) => (ratio ? `${ratio.least ? "> " : ""}${number(ratio.times)}` : "–");

const line = (cells) => `| ${cells.join(" | ")} |`;
const header = (cells) => [line(cells), line(cells.map((_, n) => (n === 0 ? "---" : "--:")))];

/** Everything that the tables and goals are made of. */
function compare(results, programs, plan) {
  const present = rowsFor(plan).filter(({ row }) => results.of[row]);
  return present.map((goal) => {
    const of = results.of[goal.row];
    const time = Object.fromEntries(programs.map(({ id }) => [id, figures(of[id], "seconds", number)]));
    const peak = Object.fromEntries(programs.map(({ id }) => [id, figures(of[id], "peak", mebibytes)]));
    const peers = programs.slice(1).map(({ id }) => time[id]);
    const limit = results.limits[goal.row] && median(results.limits[goal.row]);
    return { ...goal, time, peak, limit, ratio: ratioOf(time.ours, peers), sent: results.bytes[goal.row] ?? {} };
  });
}

function timeTable(rows, programs) {
  const toLimit = ({ time, limit }) => (time.ours.values && limit ? number(median(time.ours.values) / limit) : "–");
  const head = header(["seconds", ...programs.map(({ name }) => name), "best peer/ours", "limit", "ours/limit"]);
  const body = rows.map((row) => {
    const cells = programs.map(({ id }) => row.time[id].text);
    return line([row.title, ...cells, timesText(row.ratio), row.limit ? number(row.limit) : "–", toLimit(row)]);
  });
  return [...head, ...body].join("\n");
}

function sentTable(rows, programs) {
  const counted = rows.filter(({ sent, row }) => Object.keys(sent).length > 0 && !row.startsWith("g"));
  const body = counted.map(({ title, sent }) => line([title, ...programs.map(({ id }) => (sent[id] === undefined ? "–" : mebibytes(sent[id])))]));
  return [...header(["MiB sent", ...programs.map(({ name }) => name)]), ...body].join("\n");
}

function peakTable(rows, programs) {
  const body = rows.map(({ title, peak }) => line([title, ...programs.map(({ id }) => peak[id].text)]));
  return [...header(["peak memory, MiB", ...programs.map(({ name }) => name)]), ...body].join("\n");
}

function limitTable(results, rows) {
  const written = (parts) => Object.entries(parts).map(([name, seconds]) => `${name} ${number(median(seconds))}`).join(", ");
  const body = rows.filter(({ row }) => results.parts[row]).map(({ row, title }) => line([title, written(results.parts[row])]));
  return ["| limit, seconds of each alone | |", "|---|---|", ...body].join("\n");
}

/** What one goal says and whether this run reached it. */
function verdict({ title, least, sentMax, peakMax, ratio, sent, peak }) {
  const say = (wanted, got, met) => `- ${title}: ${wanted}. **${met ? "Met" : "Missed"}**: ${got}.`;
  if (sentMax) return say(`at most ${mebibytes(sentMax)} MiB sent`, sent.ours === undefined ? "not done" : `${mebibytes(sent.ours)} MiB`, sent.ours <= sentMax);
  if (peakMax) {
    const most = peak.ours.values && Math.max(...peak.ours.values);
    return say(`at most ${mebibytes(peakMax)} MiB of memory`, most === undefined ? "not done" : `${mebibytes(most)} MiB`, most <= peakMax);
  }
  const wanted = least === 1 ? "ahead of every peer" : `at least ${least} times as fast as the best peer`;
  return say(wanted, ratio ? `${timesText(ratio)} times` : "not done", ratio !== undefined && (least === 1 ? ratio.times > 1 : ratio.times >= least));
}

/** What failed, in its own words. */
function failures(results, programs) {
  const all = Object.entries(results.of).flatMap(([row, of]) =>
    programs.flatMap(({ id, name }) => (of[id] ?? []).filter(({ failed }) => failed).map(({ failed }) => `- ${name}, row ${row}: \`${failed.replaceAll("`", "'").slice(0, 200)}\``)),
  );
  return all.length === 0 ? [] : ["Failed:", [...new Set(all)].join("\n")];
}

/** The largest distance between two rounds of one figure, for the median row and program. */
function spread(results) {
  const apart = Object.values(results.of).flatMap((of) => Object.values(of)).map(kept).filter((list) => list.length > 1).map((list) => {
    const all = list.map(({ seconds }) => seconds);
    return ((Math.max(...all) - Math.min(...all)) / median(all)) * 100;
  });
  return apart.length === 0 ? [] : [`Between rounds, one program's time on one row varied by ${median(apart).toFixed(0)} % in the median, ${Math.max(...apart).toFixed(0)} % at most.`];
}

const machine = () => `${cpus().length} cores (${cpus()[0].model.trim()}), ${(totalmem() / 2 ** 30).toFixed(0)} GB of memory, Linux; Node ${process.versions.node}`;

const meaning = ({ plan, inMemory, rate }) => `\
Every program sends to an S3 server of its own, s3s-fs, over the loopback, and each server's store is ${inMemory ? "in memory (\`/dev/shm\`), and so are the copies and the files of row (f)" : "on the disk"}.
Client and server share the processor, so the server's work is in every figure. Figures are medians of ${plan.rounds} round${plan.rounds === 1 ? "" : "s"}, row (f) of one;
*best peer/ours* is the median of the rounds' ratios, above 1 ours is faster. Each round begins with empty stores and empty
caches of the programs, and with the content in the page cache; another program is first in each.
A job that takes more than ${LIMIT_SECONDS} s is cut and counted as that.

- *MiB sent* is counted by a proxy in a pass of its own that is not timed: all bytes from the program to the server, headers
  included. In the same pass what was copied back is compared with what was sent.
- *Peak memory* is the largest resident set that the system saw (GNU time).
- *limit*: the slowest of what the row cannot do without, each measured alone in the same run: finding and statting (\`find\`), reading and
  hashing (\`openssl\`, a process for each core; one file is one core's work), putting or getting the same bytes in objects of 8 MiB, 16 in
  flight, unsigned, to the same kind of server (Node), writing the copy (\`cp\`). A bare TCP connection over the loopback
  carried ${(rate / 1e9).toFixed(1)} GB/s.
- s3s-fs reads its whole store for every page of a listing, so programs that list pay for that. Where a program has a way to do
  without listing that was faster in the trial, it is used.
- In (e) a large file is replaced by another that has bytes inserted in its middle; names and folders stay.
- restic encrypts what it stores and the others do not: that is part of what it is.`;

/** The whole page. */
export function document(results, programs, about) {
  const { plan, busy, versions, took, command } = about;
  const rows = compare(results, programs, plan);
  const settings = programs.map(({ id, name, settings: how }) => `- **${name}** ${versions[id]}: ${how}.`);
  return [
    "# Publishing beside peers",
    `${new Date().toISOString().slice(0, 10)}, \`${command}\`, ${took}. ${machine()}; s3s-fs ${versions.server}.`,
    timeTable(rows, programs),
    sentTable(rows, programs),
    peakTable(rows, programs),
    limitTable(results, rows),
    "## Goals",
    rows.map(verdict).join("\n"),
    ...failures(results, programs),
    "## What this means",
    meaning(about),
    "Settings, the best of one trial on such a machine:",
    settings.join("\n"),
    [...spread(results), `When it began, the machine's load average was ${busy.toFixed(1)}.`].join(" "),
  ].join("\n\n") + "\n";
}
