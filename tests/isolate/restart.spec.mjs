// The Worker, the agent and the network between them die in every state of a job: no job is lost, and each is done in the end.
// In a world of its own, because it is killed.

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";

const folder = mkdtempSync(join(tmpdir(), "vitrine-restart-"));
process.env.VITRINE_STATE = folder;
process.env.VITRINE_JOB_TIMEOUT_SECONDS = "6";
const { startWorker } = await import("../../scripts/local.mjs");
const { apiToken } = await import("../../scripts/dev-token.mjs");
const { assign, call, startAgent } = await import("../../scripts/agent.mjs");

const program = process.env.VITRINE_TEST_PROGRAM;
const log = openSync(join(folder, "log"), "a");
let port;
let app;
let worker;
let agent;
let token;

const freePort = () =>
  new Promise((resolve) => {
    const server = createServer();
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });

/** Ends a process, and what it has started, at once. */
async function killed(child, group) {
  const gone = new Promise((resolve) => child.once("exit", resolve));
  process.kill(group ? -child.pid : child.pid, "SIGKILL");
  await gone;
}

/** What a killed process has started may hold the port for a moment more. */
async function portIsFree() {
  const listens = () =>
    new Promise((resolve) => {
      const server = createServer().once("error", () => resolve(false));
      server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
    });
  const deadline = Date.now() + 20_000;
  while (!(await listens())) {
    assert.ok(Date.now() < deadline, "the port stays taken");
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function restartWorker() {
  await killed(worker.child, true);
  await portIsFree();
  worker = await startWorker(port, log);
}

/** Writes files that take the agent some seconds at its speed. */
function change() {
  const project = join(agent.projects, "project-sample");
  mkdirSync(project, { recursive: true });
  for (let number = 0; number < 8; number += 1) writeFileSync(join(project, `${number}.bin`), randomBytes(1_000_000));
}

async function until(job, is) {
  const deadline = Date.now() + 60_000;
  for (;;) {
    // A Worker that is just gone answers nothing.
    const now = await call(app, token, `shares/status?job=${job.job_id}`).catch(() => undefined);
    if (now && is(now)) return now;
    assert.ok(Date.now() < deadline, `${JSON.stringify(now)}\n${readFileSync(join(folder, "log"), "utf8").slice(-4000)}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

const isRunning = (job) => job.state === "running" && job.progress?.phase === "upload";
const isDone = (job) => ["succeeded", "failed", "canceled"].includes(job.state);

async function succeeds(job) {
  const done = await until(job, isDone);
  assert.equal(done.state, "succeeded", JSON.stringify(done));
  assert.equal(done.result.files, 8);
  const share = await call(app, token, `shares/${done.share_id}`);
  assert.equal(share.manifest_id, done.result.manifest_id);
  return done;
}

let share;

before(async () => {
  port = await freePort();
  app = `http://app.localhost:${port}`;
  worker = await startWorker(port, log);
  token = await apiToken({ projects: ["sample"] });
  agent = await startAgent(app, join(folder, "agent"), log, { program, more: ['bwlimit = "3M"'] });
  await assign(app, "sample", agent.host);
  share = await call(app, token, "shares/create", { project_id: "sample", scope: "public" });
}, { timeout: 120_000 });

after(() => {
  agent?.child.kill("SIGKILL");
  worker?.stop();
  rmSync(folder, { recursive: true, force: true });
});

test("the Worker is killed while a job runs", { timeout: 120_000 }, async () => {
  change();
  const job = await call(app, token, "shares/publish", { share_id: share.share_id });
  await until(job, isRunning);
  await restartWorker();
  await succeeds(job);
});

test("the Worker and the agent are killed while a job waits", { timeout: 120_000 }, async () => {
  change();
  await killed(agent.child, false);
  const job = await call(app, token, "shares/publish", { share_id: share.share_id });
  await restartWorker();
  assert.equal((await until(job, () => true)).state, "queued");
  agent.child = agent.again();
  await succeeds(job);
});

test("the agent is killed while a job runs", { timeout: 120_000 }, async () => {
  change();
  const job = await call(app, token, "shares/publish", { share_id: share.share_id });
  await until(job, isRunning);
  await killed(agent.child, false);
  agent.child = agent.again();
  const done = await succeeds(job);
  assert.ok(done.attempt >= 2, JSON.stringify(done));
});

test("nothing is heard of the agent for longer than a job may live", { timeout: 120_000 }, async () => {
  change();
  const job = await call(app, token, "shares/publish", { share_id: share.share_id });
  await until(job, isRunning);
  agent.child.kill("SIGSTOP");
  await until(job, (now) => now.state === "queued" && now.error.code === "host_gone");
  agent.child.kill("SIGCONT");
  const done = await succeeds(job);
  assert.ok(done.attempt >= 2, JSON.stringify(done));
});

test("a job is canceled while the Worker is away", { timeout: 120_000 }, async () => {
  change();
  const job = await call(app, token, "shares/publish", { share_id: share.share_id });
  await until(job, isRunning);
  await call(app, token, "shares/cancel", { job_id: job.job_id });
  await restartWorker();
  const ended = await until(job, isDone);
  assert.ok(["canceled", "succeeded"].includes(ended.state), JSON.stringify(ended));
});
