// Publishing nothing new: what the control plane costs when there is nothing to upload. First the calls themselves, with a
// manifest that only has another name; then the program on an unchanged folder, beside itself without a control plane.

import { spawnSync } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { environment, fail, join, root, say } from "../../scripts/run.mjs";
import { askJson } from "../gateway/ask.mjs";
import { signed } from "../sign.mjs";
import { post } from "./callers.mjs";
import { connection } from "./timing.mjs";

const CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/** A fresh name of a snapshot: a ULID. */
function freshManifest() {
  let [time, text] = [Date.now(), ""];
  for (let n = 0; n < 10; n += 1) {
    text = CROCKFORD[time % 32] + text;
    time = Math.floor(time / 32);
  }
  return text + Array.from(randomBytes(16), (byte) => CROCKFORD[byte % 32]).join("");
}

const programOf = ({ folder, front, callers, bucket }) => {
  const program = join(root, "target/release/vitrine");
  const endpoint = `http://127.0.0.1:${front}/cdn-cgi/local/r2/s3`;
  const content = join(folder, "content/tiny");
  mkdirSync(content, { recursive: true });
  for (const name of ["readme.md", "numbers.csv", "plot.py"]) writeFileSync(join(content, name), `# ${name}\n`.repeat(20));
  const env = environment({
    VITRINE_TOKEN: callers.publisher.authorization.split(" ")[1],
    VITRINE_API: `http://app.localhost:${front}`,
    XDG_STATE_HOME: join(folder, "program"),
    AWS_ACCESS_KEY_ID: "local-development",
    AWS_SECRET_ACCESS_KEY: "local-development-secret",
  });
  /** Runs it to its end; returns the milliseconds and its last line. */
  const run = (args) => {
    const begun = performance.now();
    const { status, stdout, stderr } = spawnSync(program, args, { encoding: "utf8", env });
    if (status !== 0) fail(`\`vitrine ${args.join(" ")}\` failed (${status})`, stderr);
    return { ms: performance.now() - begun, line: stdout.trim().split("\n").at(-1) };
  };
  const publish = (...more) => run(["publish", content, "--json", "--yes", ...more]);
  const toStore = ["--store", `s3://${bucket}`, "--endpoint", endpoint];
  return { run, publish, toStore };
};

/** Puts, by the S3 interface, through whatever connection is given. */
function put(ask, ticket, key, body) {
  const { endpoint, bucket, access_key_id: id, secret_access_key: secret } = ticket.storage;
  const { host, pathname } = new URL(endpoint);
  const path = `${pathname}/${bucket}/${key}`;
  const headers = { ...signed({ host, path, id, secret }), "content-length": Buffer.byteLength(body) };
  return ask({ method: "PUT", path, headers, body }, host);
}

/** One publish by its calls. */
async function raw(ask, { share, template, headers }) {
  const begin = await ask(post("publish/begin", headers, { share_id: share, holder: "bench" }));
  const ticket = JSON.parse(begin.text);
  const manifest_id = freshManifest();
  const body = JSON.stringify({ ...template, manifest_id });
  const sent = await put(ask, ticket, `share/${share}/manifests/${manifest_id}.json`, body);
  const manifest_hash = createHash("sha256").update(body).digest("hex");
  const commit = await ask(post("publish/commit", headers, { share_id: share, epoch: ticket.epoch, manifest_id, manifest_hash }));
  const [total, calls] = [begin.ms + sent.ms + commit.ms, begin.ms + commit.ms];
  return { begin: begin.ms, put: sent.ms, commit: commit.ms, calls, total };
}

/** All of it, in turn. */
export async function publishing({ ours }, { folder, front, bucket, callers }, plan) {
  say("publishing: an unchanged folder");
  const program = programOf({ folder, front, callers, bucket });
  const { share_id: share, manifest_id: first } = JSON.parse(program.publish("--scope", "public").line);
  const { share_id: alone } = JSON.parse(program.publish(...program.toStore).line);
  const stored = `/cdn-cgi/local/r2/public/${bucket}/share/${share}/manifests/${first}.json`;
  const template = await askJson({ ...ours, host: "localhost" }, { path: stored });
  const [own, proxied] = [connection(ours), connection({ ...ours, port: front })];
  const asked = { share, template, headers: callers.publisher };
  const times = { raw: [], proxied: [], program: [], alone: [], start: [] };
  for (let n = 0; n <= plan.publishes; n += 1) {
    const round = {
      raw: await raw(own.ask, asked),
      proxied: await raw(proxied.ask, asked),
      program: program.publish("--share", share).ms,
      alone: program.publish("--share", alone, ...program.toStore).ms,
      start: program.run(["--version"]).ms,
    };
    // The first warms up.
    if (n > 0) for (const [name, outcome] of Object.entries(round)) times[name].push(outcome);
  }
  own.close();
  proxied.close();
  return times;
}
