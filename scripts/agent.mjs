// A host beside the local Worker: enrols the real program with it, and runs its agent on a folder of projects. Used by start.mjs
// and by specs.

import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { apiToken } from "./dev-token.mjs";
import { fail, join, root, run, start } from "./run.mjs";

/** Calls the control API by address: not every resolver knows names under `localhost`. */
export function call(app, token, name, body) {
  const { host, port } = new URL(app);
  const headers = { host, authorization: `Bearer ${token}` };
  return new Promise((resolve, reject) => {
    const options = { host: "127.0.0.1", port, path: `/api/v2/${name}`, method: body === undefined ? "GET" : "POST", headers };
    const asked = request(options, (answer) => {
      let text = "";
      answer.setEncoding("utf8").on("data", (part) => (text += part));
      answer.on("end", () => {
        if (answer.statusCode < 300) resolve(JSON.parse(text));
        else reject(new Error(`${name}: ${answer.statusCode} ${text}`));
      });
    });
    asked.on("error", reject);
    asked.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

/** The host that this folder was enrolled as, if the server knows it. */
async function known(app, folder) {
  const file = join(folder, "state/host.json");
  if (!existsSync(file)) return undefined;
  const { host_id: host } = JSON.parse(readFileSync(file, "utf8"));
  const { hosts } = await call(app, await apiToken({ admin: true }), "hosts?limit=100");
  return hosts.some((one) => one.host_id === host && one.state === "active") ? host : undefined;
}

/** Makes a host: its key, its configuration and the folder of its projects. */
async function enrol(app, folder, program, config) {
  rmSync(join(folder, "state"), { recursive: true, force: true });
  const invited = await call(app, await apiToken({ admin: true }), "hosts/invite", { name: "local host" });
  const env = { VITRINE_ENROLMENT_TOKEN: invited.enrolment_token };
  run(program, ["enroll", "--config", config], { env, stdio: ["ignore", "ignore", "inherit"] });
  return invited.host_id;
}

/** Starts an agent whose key, configuration and projects are in `folder`; `log` gets its words, `more` is for its configuration. */
export async function startAgent(app, folder, log, { program = join(root, "target/release/vitrine"), more = [] } = {}) {
  if (!existsSync(program)) fail(`\`${program}\` is not there`, "build it: node scripts/build.mjs");
  const projects = join(folder, "projects");
  mkdirSync(projects, { recursive: true });
  const config = join(folder, "agent.toml");
  const text = (value) => JSON.stringify(value);
  const lines = [`api = ${text(app)}`, `state_dir = ${text(join(folder, "state"))}`, `projects_root = ${text(projects)}`, "jobs = 2", "drain_seconds = 5", ...more];
  writeFileSync(config, `${lines.join("\n")}\n`);
  const host = (await known(app, folder)) ?? (await enrol(app, folder, program, config));
  const run = () => {
    const child = start(program, ["agent", "--config", config], { spawn: { stdio: ["ignore", log, log] } });
    process.once("exit", () => child.kill("SIGTERM"));
    return child;
  };
  return { host, projects, child: run(), again: run };
}

/** Gives a project to the host. */
export async function assign(app, project, host) {
  return call(app, await apiToken({ admin: true }), "projects/assign", { project_id: project, host_id: host });
}
