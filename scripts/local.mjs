// The local Worker: `wrangler dev` with its own state, keys and origins. Used by start.mjs and the tests.

import { mkdirSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { createServer } from "node:net";
import { developmentKeys, privateSet, publicSet, stateFolder } from "./dev-keys.mjs";
import { fail, join, run, say, start } from "./run.mjs";

const S3_KEY = "local-development";
const S3_SECRET = "local-development-secret";

export const originsOf = (port) => ({
  app: `http://app.localhost:${port}`,
  share: `http://share.localhost:${port}`,
  frame: `http://frame.localhost:${port}`,
});

async function portIsFree(port) {
  return new Promise((resolve) => {
    const server = createServer().once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}

/** The variables that production has as secrets. */
function writeVariables(port) {
  const origins = originsOf(port);
  const file = join(stateFolder, "dev.env");
  const keys = developmentKeys();
  const lines = {
    APP_ORIGIN: origins.app,
    SHARE_ORIGIN: origins.share,
    FRAME_ORIGIN: origins.frame,
    API_JWKS: publicSet(keys.api),
    VIEWER_JWKS: publicSet(keys.viewer),
    VIEWER_ISSUERS: "vitrine-dev",
    VIEWER_SIGNING_KEYS: privateSet(keys.signing),
    CAPABILITY_SECRETS: keys.capability,
    // Tests let capabilities end within seconds, so that every gated page has to renew its own.
    CAPABILITY_SECONDS: process.env.VITRINE_CAPABILITY_SECONDS ?? "",
    // Tests do not wait a minute and a half for a host that says nothing.
    JOB_TIMEOUT_SECONDS: process.env.VITRINE_JOB_TIMEOUT_SECONDS ?? "",
    SERVER_TIMING: "1",
    // The simulator knows no session tokens.
    S3_CREDENTIALS: "static",
    S3_ENDPOINT: `http://127.0.0.1:${port}/cdn-cgi/local/r2/s3`,
    S3_ACCESS_KEY_ID: S3_KEY,
    S3_SECRET_ACCESS_KEY: S3_SECRET,
  };
  writeFileSync(file, Object.entries(lines).map(([name, value]) => `${name}='${value}'\n`).join(""), { mode: 0o600 });
  return file;
}

/** Starts the Worker and returns when it answers. `log` gets wrangler's output; `inspector` is a port for its debugger. */
export async function startWorker(port, log, inspector = 0) {
  if (!(await portIsFree(port))) fail(`port ${port} is taken`, "set PORT to another, or stop what listens there");
  mkdirSync(stateFolder, { recursive: true });
  const state = join(stateFolder, "state");
  const variables = writeVariables(port);
  say("applying the database's migrations");
  const apply = ["d1", "migrations", "apply", "DB", "--local", "--persist-to", state];
  run("wrangler", apply, { env: { CI: "true" }, stdio: ["ignore", "ignore", "inherit"] });
  say(`starting wrangler dev on port ${port}`);
  const flags = ["--port", String(port), "--persist-to", state, "--env-file", variables, "--log-level", "warn", "--inspector-port", String(inspector), "--show-interactive-dev-session=false"];
  const child = start("wrangler", ["dev", ...flags], { spawn: { stdio: ["ignore", log, log], detached: true } });
  let ended;
  child.once("exit", (code) => (ended = code ?? 1));
  const stop = () => {
    try {
      process.kill(-child.pid, "SIGTERM");
    } catch {
      // It has ended already.
    }
  };
  process.once("exit", stop);
  await untilHealthy(originsOf(port).app, () => ended);
  return { child, stop, origins: originsOf(port) };
}

/** Asks by address: not every resolver knows names under `localhost`. */
function health(app) {
  const { host, port } = new URL(app);
  return new Promise((resolve) => {
    const asked = request({ host: "127.0.0.1", port, path: "/api/v2/health", headers: { host }, timeout: 2000 }, (answer) => {
      answer.resume();
      resolve(answer.statusCode);
    });
    asked.on("timeout", () => asked.destroy());
    asked.on("error", () => resolve(undefined));
    asked.end();
  });
}

async function untilHealthy(app, ended) {
  const deadline = Date.now() + 90_000;
  while (Date.now() < deadline) {
    if (ended() !== undefined) fail(`wrangler dev ended with code ${ended()}`, "its own words are above");
    const status = await health(app);
    if (status === 200) return;
    if (status !== undefined) fail(`the local Worker answers ${status} to its health check`, "its own words are above");
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  fail("wrangler dev did not answer within 90 s");
}
