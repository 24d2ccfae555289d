// `npm start [-- PATH]`: sets up, builds, serves on PORT (8787), publishes PATH or examples/welcome with the real program,
// prints the share's URL and goes on serving; beside it an agent with the project `sample`, so that a share made through the API
// is published by asking for it.

import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, openSync } from "node:fs";
import { resolve } from "node:path";
import { environment, existsSync, fail, join, root, run, say } from "./run.mjs";

const port = Number(process.env.PORT ?? 8787);
if (!Number.isInteger(port) || port < 1 || port > 65535) fail(`PORT is \`${process.env.PORT}\`, not a port number`);
const given = process.argv[2];
const folder = given ? resolve(process.env.INIT_CWD ?? process.cwd(), given) : join(root, "examples/welcome");
if (!existsSync(folder)) fail(`\`${given ?? folder}\` does not exist`, "name a folder or a file to publish: npm start -- PATH");

run("node", ["scripts/setup.mjs"]);
run("node", ["scripts/build.mjs"]);

const { apiToken } = await import("./dev-token.mjs");
const { startWorker } = await import("./local.mjs");
const worker = await startWorker(port, "inherit");
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(0));

say(`publishing ${folder}`);
const title = given ? [] : ["--title", "Welcome to Vitrine"];
const published = spawnSync(join(root, "target/release/vitrine"), ["publish", folder, "--yes", "--scope", "public", ...title], {
  stdio: ["inherit", "pipe", "inherit"],
  encoding: "utf8",
  env: environment({ VITRINE_TOKEN: await apiToken({ ttl: 24 * 3600 }), VITRINE_API: worker.origins.app }),
});
// 3: published, but something had to be left out; the program has said what.
if (published.status !== 0 && published.status !== 3) process.exit(1);
const url = published.stdout.trim().split("\n").at(-1);

const { assign, startAgent } = await import("./agent.mjs");
const state = join(root, ".vitrine/agent");
mkdirSync(join(root, ".vitrine"), { recursive: true });
const agent = await startAgent(worker.origins.app, state, openSync(join(root, ".vitrine/agent.log"), "w"));
cpSync(join(root, "examples/welcome"), join(agent.projects, "project-sample/welcome"), { recursive: true });
await assign(worker.origins.app, "sample", agent.host);
say(`an agent runs, with the project \`sample\` in ${join(state, "projects/project-sample")}; its log is .vitrine/agent.log`);
say(`the API is ${worker.origins.app}/api/v2/ (docs/api.md); a token: npm run dev:token -- api --project sample`);
process.stdout.write(`\n  ${url}\n\n`);
say("serving until Ctrl-C");
