// `npm test`: sets up, checks, builds, and runs every test: native, journeys against a local Worker, and the browser's.
//
// `npm test -- native | journeys | browser` runs one kind alone (the last two build first); `npm test -- browser PART…` only the
// specs with such a part in their name. `npm test -- serve` builds, keeps the tests' Worker, and writes what specs need to
// `.vitrine/test/env`, so that one spec after another can be run by hand:
//
//   npx node --env-file=.vitrine/test/env --test tests/browser/markdown.spec.mjs

import { mkdirSync, openSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { createServer } from "node:net";
import { fail, join, resolve, root, run, say, seconds } from "./run.mjs";

const begun = Date.now();
// Tests run in the folders of their crates.
if (process.env.VITRINE_CORPUS) process.env.VITRINE_CORPUS = resolve(process.env.VITRINE_CORPUS);
const [only, ...parts] = process.argv.slice(2);
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

/** The specs with one of `parts` in their file's name; all of them without any. */
function specs() {
  const all = ["tests/isolate", "tests/browser", "tests/engines"].flatMap((folder) => readdirSync(join(root, folder)).map((name) => `${folder}/${name}`));
  const wanted = all.filter((file) => file.endsWith(".spec.mjs") && (parts.length === 0 || parts.some((part) => file.includes(part))));
  if (wanted.length === 0) fail(`no spec has ${parts.join(" or ")} in its name`, "look into tests/browser, tests/engines and tests/isolate");
  return wanted.sort();
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
if (wants("journeys") || wants("browser") || only === "serve") {
  run("node", ["scripts/build.mjs"]);
  await withWorker(async (env) => {
    if (only === "serve") {
      const file = join(state, "env");
      const all = { ...env, VITRINE_STATE: state, VITRINE_CAPABILITY_SECONDS: process.env.VITRINE_CAPABILITY_SECONDS };
      writeFileSync(file, Object.entries(all).map(([name, value]) => `${name}=${value}\n`).join(""), { mode: 0o600 });
      say(`serving for specs until it is interrupted: npx node --env-file=${file} --test SPEC`);
      await new Promise((resolve) => process.once("SIGINT", resolve).once("SIGTERM", resolve));
    }
    if (wants("journeys")) {
      run("cargo", ["test", "--quiet", "-p", "vitrine-tests", "--", "--test-threads", String(2 * availableParallelism())], { env });
      say(`journeys passed (${seconds(begun)} so far)`);
      const { checkApi } = await import("./schemathesis.mjs");
      await checkApi(Number(env.VITRINE_TEST_PORT), join(state, "schemathesis"));
      say(`schemathesis found nothing (${seconds(begun)} so far)`);
    }
    if (wants("browser")) {
      run("node", ["--test", "--test-concurrency=2", "--test-force-exit", "--test-reporter=spec", ...specs()], { env });
      say(`browser specs passed (${seconds(begun)} so far)`);
    }
  });
}
if (only !== "serve") say(`all tests passed (${seconds(begun)})`);
process.exit(0);
