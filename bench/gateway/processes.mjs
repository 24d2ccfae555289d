// What Linux says about the process that runs a Worker: which it is, where it listens, how much time it has used.
//
// wrangler dev has two `workerd` processes: a proxy that listens on the port that one asks for, and, behind it on a port of
// the system's choosing, the one that runs the Worker and the simulated R2.

import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { fail } from "../../scripts/run.mjs";

/** Linux counts a process's time in hundredths of a second (`getconf CLK_TCK` is 100 wherever Node runs). */
const TICKS_PER_SECOND = 100;

function read(pid, file) {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch {
    // It has ended meanwhile.
    return "";
  }
}

/** User and system time of a process, all its threads, in seconds. */
export function cpuSeconds(pid) {
  // The name in brackets may hold anything; fields 14 and 15 of proc(5) are the 12th and 13th after it.
  const fields = read(pid, "stat").replace(/^.*\) /s, "").split(" ");
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

/** The memory that a process has now, in bytes. */
export const residentBytes = (pid) => Number(/^VmRSS:\s*(\d+) kB$/m.exec(read(pid, "status"))?.[1] ?? 0) * 1024;

/** The `workerd` below a process that has an inspector: the proxy has none. */
export function workerdBelow(ancestor) {
  const parentOf = (pid) => Number(/^PPid:\s*(\d+)$/m.exec(read(pid, "status"))?.[1] ?? 0);
  const isBelow = (pid) => pid > 1 && (pid === ancestor || isBelow(parentOf(pid)));
  const processes = readdirSync("/proc").filter((name) => /^\d+$/.test(name)).map(Number);
  const found = processes.filter((pid) => /workerd\0serve.*--inspector-addr/s.test(read(pid, "cmdline")) && isBelow(pid));
  if (found.length !== 1) fail(`found ${found.length} workerd processes below wrangler, not one`);
  return found[0];
}

/** The TCP ports on which a process listens, in the order in which it opened them. */
function listening(pid) {
  const LISTEN = "0A";
  const rows = read("self/net", "tcp").split("\n").slice(1).map((row) => row.trim().split(/\s+/));
  const portOf = new Map(rows.filter((row) => row[3] === LISTEN).map((row) => [row[9], Number.parseInt(row[1].split(":")[1], 16)]));
  const descriptors = readdirSync(`/proc/${pid}/fd`).map(Number).sort((a, b) => a - b);
  const inodeOf = (descriptor) => {
    try {
      return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${descriptor}`))?.[1];
    } catch {
      // It was closed meanwhile.
      return undefined;
    }
  };
  return descriptors.map((descriptor) => portOf.get(inodeOf(descriptor))).filter((port) => port !== undefined);
}

/** The port on which the Worker's own process answers as it does behind the proxy: the first, before those for debuggers. */
export async function entryPortOf(pid, answers) {
  for (const port of listening(pid)) if (await answers(port)) return port;
  return fail("the Worker's own workerd answers on none of its ports");
}
