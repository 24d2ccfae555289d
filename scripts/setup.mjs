// Installs what building, running and testing need, on a machine that has rustup, Node and apt. What is there already is
// skipped. `node scripts/setup.mjs --tests` adds what only the tests need (Chromium, Firefox, WebKit, readers of ZIP files, schemathesis).

import { mkdirSync, readFileSync } from "node:fs";
import { ask, cargoTools, existsSync, fail, join, root, run, say, schemathesis, seconds, toolDirectory, toolsRoot } from "./run.mjs";

const begun = Date.now();

function rust() {
  if (!ask("rustup", ["--version"])) fail("`rustup` is not installed", "install it as its home page says, then run this again");
  const channel = /channel = "(.+)"/.exec(readFileSync(join(root, "rust-toolchain.toml"), "utf8"))[1];
  // Matches both a toolchain of that name and `stable` where that is the same version.
  if (!ask("rustc", [`+${channel}`, "--version"])) {
    say(`installing Rust ${channel}`);
    run("rustup", ["toolchain", "install", channel, "--profile", "minimal", "-c", "clippy", "-c", "rustfmt"]);
  }
  const installed = ask("rustup", ["target", "list", "--installed", "--toolchain", channel]) ?? "";
  if (!installed.includes("wasm32-unknown-unknown")) {
    say("installing Rust's wasm target");
    run("rustup", ["target", "add", "wasm32-unknown-unknown", "--toolchain", channel]);
  }
  for (const component of ["clippy", "rustfmt"]) {
    const have = ask("rustup", ["component", "list", "--installed", "--toolchain", channel]) ?? "";
    if (!have.includes(component)) run("rustup", ["component", "add", component, "--toolchain", channel]);
  }
}

function npm() {
  const lock = join(root, "package-lock.json");
  const wanted = readFileSync(lock, "utf8");
  const mark = join(root, "node_modules/.vitrine-lock");
  if (existsSync(mark) && readFileSync(mark, "utf8") === wanted) return;
  say("installing npm packages (wrangler, Node 22 for it, esbuild, the viewer's renderers)");
  // Not `npm ci`: it refuses a lock file without the optional packages of other platforms, which some registries do not
  // carry. This keeps to the locked versions all the same.
  run("npm", ["install", "--no-save", "--no-fund", "--no-audit", "--loglevel=error"]);
  run("cp", [lock, mark]);
}

function cargo() {
  for (const tool of cargoTools) {
    if (existsSync(join(toolDirectory(tool), tool.binary))) continue;
    say(`building ${tool.crate} ${tool.version} (about ${tool.minutes} minutes on two cores)`);
    mkdirSync(toolsRoot, { recursive: true });
    const locked = tool.locked ? ["--locked"] : [];
    const place = ["--root", join(toolsRoot, `${tool.crate}-${tool.version}`)];
    // One target folder for the three: they share many crates.
    const env = { CARGO_TARGET_DIR: join(toolsRoot, "target") };
    run("cargo", ["install", tool.crate, "--version", `=${tool.version}`, "--quiet", ...locked, ...place], { env });
  }
}

function python() {
  const list = join(root, "tests/schemathesis.txt");
  const mark = join(schemathesis, ".vitrine-packages");
  const wanted = readFileSync(list, "utf8");
  if (existsSync(mark) && readFileSync(mark, "utf8") === wanted) return;
  say("installing schemathesis");
  const hint = "install python3 and its venv by hand";
  run("python3", ["-m", "venv", "--clear", schemathesis], { hint });
  // Without what packages ask for: the list has all of it, so that another day brings no other versions.
  const quiet = ["--quiet", "--disable-pip-version-check", "--no-deps"];
  run(join(schemathesis, "bin/pip"), ["install", ...quiet, "--requirement", list]);
  run("cp", [list, mark]);
}

// `btrfs-uapi` reads the kernel's headers with libclang, whose place depends on its version: dpkg's list of files does not.
const BUILD_PACKAGES = [
  ["build-essential", "/usr/bin/cc"],
  ["libclang-dev", "/var/lib/dpkg/info/libclang-dev.list"],
];

const TEST_PACKAGES = [
  ["chromium", "/usr/bin/chromium"],
  ["firefox-esr", "/usr/bin/firefox-esr"],
  // Safari's engine, with a browser that can be driven; its windows need a screen.
  ["webkit2gtk-driver", "/usr/bin/WebKitWebDriver"],
  ["xvfb", "/usr/bin/Xvfb"],
  ["curl", "/usr/bin/curl"],
  ["unzip", "/usr/bin/unzip"],
  ["p7zip-full", "/usr/bin/7z"],
  ["python3", "/usr/bin/python3"],
  // Its own file says nothing of the interpreter's version; what it brings lies under one that does.
  ["python3-venv", "/var/lib/dpkg/info/python3-venv.list"],
  ["btrfs-progs", "/bin/btrfs"],
];

function apt(packages) {
  const names = packages.filter(([, file]) => !existsSync(file)).map(([name]) => name);
  if (names.length === 0) return;
  say(`installing ${names.join(", ")}`);
  const sudo = process.getuid?.() === 0 ? [] : ["sudo"];
  const [command, ...rest] = [...sudo, "apt-get"];
  const env = { DEBIAN_FRONTEND: "noninteractive" };
  const hint = `install ${names.join(", ")} by hand`;
  run(command, [...rest, "update", "-qq"], { env, hint });
  run(command, [...rest, "install", "-y", "-qq", "--no-install-recommends", ...names], { env, hint, stdio: ["ignore", "ignore", "inherit"] });
}

apt(process.argv.includes("--tests") ? [...BUILD_PACKAGES, ...TEST_PACKAGES] : BUILD_PACKAGES);
rust();
npm();
cargo();
if (process.argv.includes("--tests")) python();
say(`set-up is complete (${seconds(begun)})`);
