// The physical limits: what walking, hashing, writing, sending and fetching take on this machine when they are all that is done.
// No program that does a row's work can be faster than the slowest of them, unless it leaves some of it out.

import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { rmSync } from "node:fs";
import { Agent, request } from "node:http";
import { connect, createServer } from "node:net";
import { Worker, isMainThread, parentPort, workerData } from "node:worker_threads";
import { cpus } from "node:os";
import { fail } from "../../scripts/run.mjs";
import { signed } from "../sign.mjs";
import { BUCKET, CREDENTIALS } from "./server.mjs";

const OBJECT = 8 << 20;
const IN_FLIGHT = 16;

const secondsSince = (begun) => Number(process.hrtime.bigint() - begun) / 1e9;

function shell(command, ...args) {
  const begun = process.hrtime.bigint();
  const { status, stderr } = spawnSync("sh", ["-c", command, "sh", ...args], { encoding: "utf8" });
  if (status !== 0) fail(`\`${command}\` failed`, stderr);
  return secondsSince(begun);
}

/** Seconds for finding and statting every file of a folder. */
export const walk = (folder) => shell(`find "$1" -type f -size +0 -printf ''`, folder);

/** Seconds for reading and hashing every file, with a process for each core: openssl uses the processor's own instructions. */
export const hash = (folder) =>
  shell(`find "$1" -type f -print0 | xargs -0 -P ${cpus().length} -n 500 openssl dgst -sha256 > /dev/null`, folder);

/** Seconds for writing the same files at `destination`. */
export function write(folder, destination) {
  const seconds = shell(`cp -r "$1" "$2"`, folder, destination);
  rmSync(destination, { recursive: true, force: true });
  return seconds;
}

function object(agent, { port }, method, n, body) {
  const host = `127.0.0.1:${port}`;
  const path = `/${BUCKET}/raw-${n}`;
  const headers = { ...signed({ method, host, path, ...CREDENTIALS }), ...(body && { "content-length": body.length }) };
  return new Promise((resolve, reject) => {
    const asked = request({ agent, host: "127.0.0.1", port, method, path, headers }, (answer) => {
      answer.on("data", () => {});
      answer.on("end", () => (answer.statusCode === 200 ? resolve() : reject(new Error(`${method} ${path}: ${answer.statusCode}`))));
    });
    asked.on("error", reject);
    asked.end(body);
  });
}

async function inFlight(count, one) {
  let next = 0;
  const lane = async () => {
    while (next < count) await one(next++);
  };
  const begun = process.hrtime.bigint();
  await Promise.all(Array.from({ length: IN_FLIGHT }, lane));
  return secondsSince(begun);
}

/** Seconds for putting so many bytes by a client that does nothing else, and for getting them again. */
export async function transfer(server, bytes) {
  server.fresh();
  const agent = new Agent({ keepAlive: true, maxSockets: IN_FLIGHT });
  const whole = randomBytes(OBJECT);
  const count = Math.ceil(bytes / OBJECT);
  const sizeOf = (n) => Math.min(OBJECT, bytes - n * OBJECT);
  const send = await inFlight(count, (n) => object(agent, server, "PUT", n, whole.subarray(0, sizeOf(n))));
  const fetch = await inFlight(count, (n) => object(agent, server, "GET", n));
  agent.destroy();
  server.fresh();
  return { send, fetch };
}

/** Bytes a second from one thread to another over a bare TCP connection. */
export function loopback(bytes) {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL(import.meta.url), { workerData: { bytes } });
    worker.once("error", reject);
    worker.once("message", (port) => {
      const begun = process.hrtime.bigint();
      const socket = connect(port, "127.0.0.1");
      socket.once("error", reject);
      worker.once("message", () => resolve(bytes / secondsSince(begun)));
      const block = Buffer.alloc(1 << 20);
      const push = (left) => {
        while (left > 0) {
          left -= block.length;
          if (!socket.write(block)) return socket.once("drain", () => push(left));
        }
        return socket.end();
      };
      push(bytes);
    });
  });
}

function sink({ bytes }) {
  const server = createServer((socket) => {
    let got = 0;
    socket.on("data", (data) => {
      got += data.length;
      if (got < bytes) return;
      parentPort.postMessage("all");
      server.close();
    });
  });
  server.listen(0, "127.0.0.1", () => parentPort.postMessage(server.address().port));
}

if (!isMainThread && workerData?.bytes) sink(workerData);
