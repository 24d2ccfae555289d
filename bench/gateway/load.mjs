// The load: wrk on one row's address, and what it cost the Worker's process in CPU time.

import { spawn } from "node:child_process";
import { existsSync, join, root, run, say } from "../../scripts/run.mjs";
import { cpuSeconds } from "./processes.mjs";

export const CONNECTIONS = 16;

/**
 * Installs wrk where there is none. Not a load generator from npm: on two cores autocannon takes eight times the processor
 * time of wrk for the same requests, and takes it from the servers.
 */
export function haveWrk() {
  if (existsSync("/usr/bin/wrk")) return;
  say("installing wrk, the load generator");
  const [command, ...rest] = [...(process.getuid?.() === 0 ? [] : ["sudo"]), "apt-get"];
  const [env, hint] = [{ DEBIAN_FRONTEND: "noninteractive" }, "install wrk by hand"];
  run(command, [...rest, "update", "-qq"], { env, hint });
  run(command, [...rest, "install", "-y", "-qq", "--no-install-recommends", "wrk"], { env, hint, stdio: ["ignore", "ignore", "inherit"] });
}

function wrk(url, { method = "GET", headers, body }, seconds, connections) {
  const flags = ["--threads", "1", "--connections", String(connections), "--duration", `${seconds}s`, "--timeout", "30s"];
  const named = Object.entries(headers).flatMap(([name, value]) => ["--header", `${name}: ${value}`]);
  const script = ["--script", join(root, "bench/gateway/report.lua")];
  const env = { ...process.env, BENCH_METHOD: method, ...(body === undefined ? {} : { BENCH_BODY: body }) };
  return new Promise((resolve, reject) => {
    const child = spawn("wrk", [...flags, ...script, ...named, url], { env, stdio: ["ignore", "pipe", "inherit"] });
    let output = "";
    child.stdout.on("data", (data) => (output += data));
    child.once("error", reject);
    child.once("close", () => {
      const line = output.trim().split("\n").at(-1);
      line.startsWith("{") ? resolve(JSON.parse(line)) : reject(new Error(`wrk said:\n${output}`));
    });
  });
}

/** Loads one address of one server for some seconds. Latencies are in milliseconds. */
export async function load(server, request, seconds, connections = CONNECTIONS) {
  // wrk leaves its own header out only for one that is written like this.
  const headers = { ...request.headers, Host: server.host };
  const before = cpuSeconds(server.pid);
  const outcome = await wrk(`http://127.0.0.1:${server.port}${request.path}`, { ...request, headers }, seconds, connections);
  const used = cpuSeconds(server.pid) - before;
  if (outcome.failed > 0) throw new Error(`${server.name}: ${outcome.failed} of ${outcome.requests} requests to ${request.path} failed`);
  const { requests, micros } = outcome;
  const [p50, p99] = [outcome.p50 / 1000, outcome.p99 / 1000];
  return { requests, perSecond: requests / (micros / 1e6), cpuMs: (used * 1000) / requests, p50, p99 };
}
