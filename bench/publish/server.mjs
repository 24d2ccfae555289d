// The S3 server that all send to: s3s-fs, one for each program, on a store of its own that can be emptied between rounds. The
// stores are in memory where the system has room for that: a disk would be what is measured.

import { spawn } from "node:child_process";
import { mkdirSync, readdirSync, rmSync, statfsSync } from "node:fs";
import { connect } from "node:net";
import { fail, join } from "../../scripts/run.mjs";
import { freePort } from "../gateway/servers.mjs";
import { BINARIES } from "./tools.mjs";

export const CREDENTIALS = { id: "benchbenchbench", secret: "benchbenchbenchsecret" };
export const BUCKET = "bucket";

/** Two versions of the large file, and as much again while the server puts parts together. */
const NEEDED = 8 * 2 ** 30;

/** Where stores and copies go: `/dev/shm` if it has room, else beside the content. */
export function fastFolder(fallback) {
  try {
    const { bavail, bsize } = statfsSync("/dev/shm");
    if (bavail * bsize >= NEEDED) return { place: `/dev/shm/vitrine-bench-${process.pid}`, inMemory: true };
  } catch {
    // Not Linux, or not mounted.
  }
  return { place: join(fallback, "fast"), inMemory: false };
}

const answers = (port) =>
  new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => resolve(true));
    socket.once("error", () => resolve(false));
    socket.once("connect", () => socket.destroy());
  });

/** Starts one for `name` and returns when it listens. */
export async function startServer(name, folder) {
  const store = join(folder, `store-${name}`);
  const fresh = () => {
    mkdirSync(store, { recursive: true });
    for (const entry of readdirSync(store)) rmSync(join(store, entry), { recursive: true, force: true });
    mkdirSync(join(store, BUCKET));
  };
  fresh();
  const port = await freePort();
  const keys = ["--access-key", CREDENTIALS.id, "--secret-key", CREDENTIALS.secret];
  const args = ["--host", "127.0.0.1", "--port", String(port), ...keys, store];
  const child = spawn(BINARIES.server, args, { stdio: "ignore", env: { ...process.env, RUST_LOG: "off" } });
  const stop = () => child.kill();
  process.once("exit", stop);
  const deadline = Date.now() + 10_000;
  while (!(await answers(port))) {
    if (child.exitCode !== null || Date.now() > deadline) fail(`the S3 server for ${name} does not listen`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return { name, port, fresh, stop };
}
