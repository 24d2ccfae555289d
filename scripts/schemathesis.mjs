// Holds the control API of a running Worker to its OpenAPI document: schemathesis makes requests from the document, good ones
// and bad ones, and looks whether each answer is one that the document allows. `npm test -- journeys` calls it; by hand, with
// the Worker of `npm start` running:
//
//   node scripts/schemathesis.mjs [PORT [ARGUMENTS OF schemathesis run…]]
//
// What it checks, and what it leaves out, is in tests/schemathesis.toml.

import { generateKeyPairSync, randomUUID } from "node:crypto";
import { mkdirSync } from "node:fs";
import { request } from "node:http";
import { signToken, stateFolder } from "./dev-keys.mjs";
import { apiToken } from "./dev-token.mjs";
import { fail, join, root, run, schemathesis } from "./run.mjs";

/** Calls the API by address: not every resolver knows names under `localhost`. */
function call(port, path, token, body) {
  return new Promise((resolve) => {
    const headers = { host: `app.localhost:${port}`, authorization: `Bearer ${token}` };
    const asked = request({ host: "127.0.0.1", port, path: `/api/v2/${path}`, method: "POST", headers }, async (answer) => {
      const text = (await answer.toArray()).join("");
      if (answer.statusCode !== 201) fail(`${path} answers ${answer.statusCode}`, text);
      resolve(JSON.parse(text));
    });
    asked.on("error", (error) => fail(`the Worker on port ${port} does not answer: ${error.message}`));
    asked.end(JSON.stringify(body));
  });
}

/** A host of schemathesis' own, and a token that it has signed. */
async function hostToken(port, admin) {
  const { privateKey } = generateKeyPairSync("ed25519");
  const key = privateKey.export({ format: "jwk" });
  const { enrolment_token } = await call(port, "hosts/invite", admin, { name: "schemathesis" });
  const { host_id } = await call(port, "hosts/enroll", admin, { enrolment_token, public_key: key.x });
  const now = Math.floor(Date.now() / 1000);
  // A host's token lives five minutes at most; the run takes one.
  const claims = { aud: "vitrine-host", sub: host_id, jti: randomUUID(), iat: now, exp: now + 300 };
  return signToken({ ...key, kid: host_id }, claims);
}

/** Runs schemathesis; what it finds ends the script. `state` is a folder for what it keeps. */
export async function checkApi(port, state, more = []) {
  const admin = await apiToken({ sub: "schemathesis", admin: true });
  const env = {
    VITRINE_TEST_PORT: String(port),
    VITRINE_TEST_ADMIN_TOKEN: admin,
    VITRINE_TEST_HOST_TOKEN: await hostToken(port, admin),
    HYPOTHESIS_STORAGE_DIRECTORY: join(state, "hypothesis"),
  };
  mkdirSync(state, { recursive: true });
  const config = join(root, "tests/schemathesis.toml");
  const url = `http://127.0.0.1:${port}/api/v2/openapi.json`;
  run(join(schemathesis, "bin/schemathesis"), ["--config-file", config, "run", url, ...more], { env, cwd: state });
}

if (process.argv[1] === import.meta.filename) {
  const [port = "8787", ...more] = process.argv.slice(2);
  await checkApi(Number(port), join(stateFolder, "schemathesis"), more);
}
