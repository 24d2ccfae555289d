// Holds the control API of a running Worker to its OpenAPI document: schemathesis makes requests from the document, good ones
// and bad ones, and looks whether each answer is one that the document allows. `npm test -- journeys` calls it; by hand, with
// the Worker of `npm start` running:
//
//   node scripts/schemathesis.mjs [PORT [ARGUMENTS OF schemathesis run…]]
//
// What it checks, and what it leaves out, is in tests/schemathesis.toml. It changes only what it finds: shares, jobs and hosts of
// its own, and public shares that the API lists.

import { generateKeyPairSync, randomUUID } from "node:crypto";
import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { signToken, stateFolder } from "./dev-keys.mjs";
import { apiToken } from "./dev-token.mjs";
import { fail, join, root, run, schemathesis } from "./run.mjs";

/** Calls the API by address: not every resolver knows names under `localhost`. */
function caller(port, token) {
  const headers = { host: `app.localhost:${port}`, authorization: `Bearer ${token}` };
  return (path, body) =>
    new Promise((resolve) => {
      const asked = request({ host: "127.0.0.1", port, path: `/api/v2/${path}`, method: "POST", headers }, async (answer) => {
        const text = (await answer.toArray()).join("");
        if (answer.statusCode >= 300) fail(`${path} answers ${answer.statusCode}`, text);
        resolve(JSON.parse(text));
      });
      asked.on("error", (error) => fail(`the Worker on port ${port} does not answer: ${error.message}`));
      asked.end(JSON.stringify(body));
    });
}

/** A host of schemathesis' own, and a token that it has signed. */
async function enrol(operator) {
  const { privateKey } = generateKeyPairSync("ed25519");
  const key = privateKey.export({ format: "jwk" });
  const { enrolment_token } = await operator("hosts/invite", { name: "schemathesis" });
  const { host_id } = await operator("hosts/enroll", { enrolment_token, public_key: key.x });
  const now = Math.floor(Date.now() / 1000);
  // A host's token lives five minutes at most; the run takes two.
  const claims = { aud: "vitrine-host", sub: host_id, jti: randomUUID(), iat: now, exp: now + 300 };
  return { host_id, token: await signToken({ ...key, kid: host_id }, claims) };
}

/** Makes what requests can be about: shares, a job that runs and one that waits, a project with a host, and another host. */
async function furnish(port, operator) {
  const project_id = "schemathesis";
  const { host_id, token } = await enrol(operator);
  await operator("projects/assign", { project_id, host_id });
  const shares = [];
  for (const scope of ["public", "unlisted", "authenticated", "public"]) {
    shares.push((await operator("shares/create", { project_id, scope, title: `a share, ${scope}` })).share_id);
  }
  const jobs = [];
  for (const share_id of shares.slice(0, 2)) jobs.push((await operator("shares/publish", { share_id })).job_id);
  await caller(port, token)("hosts/register", { boot_id: "first", capacity: 1 });
  const spare = await operator("hosts/invite", { name: "a host that never comes" });
  return { token, words: { shares, jobs, projects: [project_id], hosts: [host_id], "spare-hosts": [spare.host_id] } };
}

/** Runs schemathesis; what it finds ends the script. `state` is a folder for what it is given and keeps. */
export async function checkApi(port, state, more = []) {
  const admin = await apiToken({ sub: "schemathesis", admin: true });
  const { token, words } = await furnish(port, caller(port, admin));
  mkdirSync(state, { recursive: true });
  const config = join(state, "schemathesis.toml");
  copyFileSync(join(root, "tests/schemathesis.toml"), config);
  for (const [name, values] of Object.entries(words)) {
    writeFileSync(join(state, `${name}.dict`), values.map((value) => `"${value}"\n`).join(""));
  }
  const env = {
    VITRINE_TEST_PORT: String(port),
    VITRINE_TEST_ADMIN_TOKEN: admin,
    VITRINE_TEST_HOST_TOKEN: token,
    HYPOTHESIS_STORAGE_DIRECTORY: join(state, "hypothesis"),
  };
  const url = `http://127.0.0.1:${port}/api/v2/openapi.json`;
  run(join(schemathesis, "bin/schemathesis"), ["--config-file", config, "run", url, ...more], { env, cwd: state });
}

if (process.argv[1] === import.meta.filename) {
  const [port = "8787", ...more] = process.argv.slice(2);
  await checkApi(Number(port), join(stateFolder, "schemathesis"), more);
}
