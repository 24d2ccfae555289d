// `npm test`: sets up, checks, builds, and runs every test: native, journeys against a local Worker, and the browser's.
//
// `npm test -- native | journeys | browser` runs one kind alone (the last two build first).

import { mkdirSync, openSync, readFileSync, rmSync } from "node:fs";
import { availableParallelism } from "node:os";
import { createServer } from "node:net";
import { join, resolve, root, run, say, seconds } from "./run.mjs";

const begun = Date.now();
// Tests run in the folders of their crates.
if (process.env.VITRINE_CORPUS) process.env.VITRINE_CORPUS = resolve(process.env.VITRINE_CORPUS);
const only = process.argv[2];
const wants = (kind) => only === undefined || only === kind;

// The tests' Worker has a state of its own, made anew each time.
const state = join(root, ".vitrine/test");
rmSync(state, { recursive: true, force: true });
process.env.VITRINE_STATE = state;
// So that gated pages have to renew their capabilities while a spec looks at them.
process.env.VITRINE_CAPABILITY_SECONDS = "12";

async function freePort() {
  return new Promise((resolve) => {
    const server = createServer();
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

async function withWorker(work) {
  const { startWorker } = await import("./local.mjs");
  const { apiToken } = await import("./dev-token.mjs");
  const port = Number(process.env.PORT ?? (await freePort()));
  const log = join(state, "wrangler.log");
  mkdirSync(state, { recursive: true });
  const inspector = await freePort();
  const worker = await startWorker(port, openSync(log, "a"), inspector);
  const env = {
    VITRINE_TEST_PORT: String(port),
    VITRINE_TEST_INSPECTOR: String(inspector),
    VITRINE_TEST_PROGRAM: join(root, "target/release/vitrine"),
    VITRINE_TEST_STATE: join(state, "program"),
    VITRINE_TEST_TOKEN: await apiToken({ ttl: 2 * 3600 }),
    VITRINE_TEST_EXPIRED_TOKEN: await apiToken({ ttl: -3600 }),
    VITRINE_TEST_OTHER_TOKEN: await apiToken({ ttl: 2 * 3600, projects: ["another"] }),
  };
  try {
    await work(env);
  } finally {
    worker.stop();
    if (process.env.VITRINE_SHOW_LOG) process.stderr.write(readFileSync(log, "utf8"));
  }
}

run("node", ["scripts/setup.mjs", "--tests"]);
if (only === undefined) (await import("./lint.mjs")).lint();
if (wants("native")) {
  run("cargo", ["test", "--quiet"], { env: { INSTA_UPDATE: "no" } });
  // `static/openapi.json` is what the types say: with a feature that nothing which is shipped has.
  run("cargo", ["test", "--quiet", "-p", "vitrine-protocol", "--features", "schema", "--test", "openapi"], { env: { INSTA_UPDATE: "no" } });
  await (await import("./unit.mjs")).unit();
  say(`native tests passed (${seconds(begun)} so far)`);
}
if (wants("journeys") || wants("browser")) {
  run("node", ["scripts/build.mjs"]);
  await withWorker(async (env) => {
    if (wants("journeys")) {
      run("cargo", ["test", "--quiet", "-p", "vitrine-tests", "--", "--test-threads", String(2 * availableParallelism())], { env });
      say(`journeys passed (${seconds(begun)} so far)`);
      const { checkApi } = await import("./schemathesis.mjs");
      await checkApi(Number(env.VITRINE_TEST_PORT), join(state, "schemathesis"));
      say(`schemathesis found nothing (${seconds(begun)} so far)`);
    }
    if (wants("browser")) {
      run("node", ["--test", "--test-concurrency=2", "--test-force-exit", "--test-reporter=spec", "tests/isolate/*.spec.mjs", "tests/browser/*.spec.mjs"], { env, shell: true });
      say(`browser specs passed (${seconds(begun)} so far)`);
    }
  });
}
say(`all tests passed (${seconds(begun)})`);
process.exit(0);
