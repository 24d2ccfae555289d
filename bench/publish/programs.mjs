// The programs that are compared and how each is told to do a job. The settings are the best of one trial on two cores that were not idle (2026-11-24):
// each was tried with fewer and more transfers, and with and without listing. Change a command here and nowhere else.
//
// A job's `at` is {endpoint, source, state, destination, names}: where the server is, the folder, a folder of the program's
// own that lasts as long as the store, where a copy goes and the names of the files in it.

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "../../scripts/run.mjs";
import { BUCKET, CREDENTIALS } from "./server.mjs";
import { BINARIES } from "./tools.mjs";

const SHARE = "e0123456789abcdefghjkmnpqr";

const aws = { AWS_ACCESS_KEY_ID: CREDENTIALS.id, AWS_SECRET_ACCESS_KEY: CREDENTIALS.secret, AWS_REGION: "us-east-1" };

const store = ({ endpoint }) => ["--store", `s3://${BUCKET}`, "--endpoint", endpoint];
const vitrine = ({ state }, args) => ({ command: BINARIES.ours, args, env: { ...aws, VITRINE_STATE_DIR: state } });
const publish = (at, ...more) => vitrine(at, ["publish", at.source, ...store(at), "--share", SHARE, "-q", ...more]);

const ours = {
  id: "ours",
  name: "vitrine",
  settings: "as it is",
  first: (at) => publish(at),
  again: (at) => publish(at),
  back: (at) => vitrine(at, ["copy", ...store(at), SHARE, at.destination]),
  scan: (at) => publish(at, "--dry-run"),
};

const RCLONE = ["-q", "--transfers", "32", "--checkers", "32"];
const RCLONE_S3 = ["--s3-no-check-bucket", "--s3-no-head", "--s3-disable-checksum", "--s3-upload-concurrency", "8", "--s3-chunk-size", "64M"];
const RCLONE_BACK = ["--multi-thread-streams", "16", "--multi-thread-chunk-size", "16M", "--multi-thread-cutoff", "64M", "--no-traverse"];

const rcloneEnv = ({ endpoint }) => ({
  ...aws,
  RCLONE_CONFIG: "/dev/null",
  RCLONE_CONFIG_B_TYPE: "s3",
  RCLONE_CONFIG_B_PROVIDER: "Other",
  RCLONE_CONFIG_B_ENV_AUTH: "true",
  RCLONE_CONFIG_B_FORCE_PATH_STYLE: "true",
  RCLONE_CONFIG_B_ENDPOINT: endpoint,
});
const remote = `b:${BUCKET}`;
const rcloneRun = (at, args) => ({ command: BINARIES.rclone, args: [...args, ...RCLONE], env: rcloneEnv(at) });

/** Names, one a line: with them rclone need not list the bucket. */
function written(at, file, lines) {
  mkdirSync(at.state, { recursive: true });
  const path = join(at.state, file);
  writeFileSync(path, `${lines.join("\n")}\n`);
  return path;
}

const rclone = {
  id: "rclone",
  name: "rclone",
  settings: `\`copy ${[...RCLONE, ...RCLONE_S3].join(" ")}\`; first \`--no-check-dest\`, again \`--no-traverse\` (asks for each file instead of listing); back \`--files-from NAMES ${RCLONE_BACK.join(" ")}\`; scan \`sync --dry-run\``,
  first: (at) => rcloneRun(at, ["copy", at.source, remote, "--no-check-dest", ...RCLONE_S3]),
  again: (at) => rcloneRun(at, ["copy", at.source, remote, "--no-traverse", ...RCLONE_S3]),
  back: (at) => rcloneRun(at, ["copy", remote, at.destination, "--files-from", written(at, "names", at.names), ...RCLONE_BACK]),
  scan: (at) => rcloneRun(at, ["sync", at.source, remote, "--dry-run", "--s3-no-check-bucket"]),
};

const S5CMD_PARTS = ["-c", "16", "-p", "16"];
const s5cmdRun = (at, args, workers) => ({
  command: BINARIES.s5cmd,
  args: ["--log", "error", "--endpoint-url", at.endpoint, "--numworkers", String(workers), ...args],
  env: aws,
});

const s5cmd = {
  id: "s5cmd",
  name: "s5cmd",
  settings: `\`--numworkers 16 cp ${S5CMD_PARTS.join(" ")}\`; again \`--numworkers 256 cp -s -u\` (asks for each file; \`sync\` lists and took half as long again); back with a wildcard, which lists (\`run\` with each name took longer); scan \`--dry-run cp\``,
  first: (at) => s5cmdRun(at, ["cp", ...S5CMD_PARTS, `${at.source}/`, `s3://${BUCKET}/`], 16),
  again: (at) => s5cmdRun(at, ["cp", "-s", "-u", ...S5CMD_PARTS, `${at.source}/`, `s3://${BUCKET}/`], 256),
  back: (at) => s5cmdRun(at, ["cp", ...S5CMD_PARTS, `s3://${BUCKET}/*`, `${at.destination}/`], 64),
  scan: (at) => s5cmdRun(at, ["--dry-run", "cp", `${at.source}/`, `s3://${BUCKET}/`], 256),
};

/** More connections and larger packs (16 and 64 MiB, 8 and 128 MiB) were slower for the large file and took more memory; for small files there was no difference. */
const RESTIC = ["-q", "-o", "s3.connections=5"];
const RESTIC_BACKUP = ["--compression", "off", "--pack-size", "16"];
const resticRun = (at, args) => ({
  command: BINARIES.restic,
  args: [...args, ...RESTIC],
  // A path beneath the folder, so that it comes back without the folder's own.
  cwd: at.source,
  env: { ...aws, RESTIC_PASSWORD: "bench", RESTIC_CACHE_DIR: join(at.state, "cache"), RESTIC_REPOSITORY: `s3:${at.endpoint}/${BUCKET}` },
});

const restic = {
  id: "restic",
  name: "restic",
  settings: `\`backup ${[...RESTIC, ...RESTIC_BACKUP].join(" ")}\` with its cache kept; \`restore latest\`; scan \`backup --dry-run\`, which reads every file. \`init\` is not timed. This version has no \`--no-scan\``,
  prepare: (at) => resticRun(at, ["init", "--repository-version", "2"]),
  first: (at) => resticRun(at, ["backup", ".", ...RESTIC_BACKUP]),
  again: (at) => resticRun(at, ["backup", ".", ...RESTIC_BACKUP]),
  back: (at) => resticRun(at, ["restore", "latest", "--target", at.destination]),
  scan: (at) => resticRun(at, ["backup", ".", "--dry-run", ...RESTIC_BACKUP]),
};

export const PROGRAMS = [ours, rclone, s5cmd, restic];
