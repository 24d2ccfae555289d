// What is looked at: one folder, which our program publishes as a share and the peers get as files. Small real ones from
// `examples/welcome`, and large ones that are made here.

import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { environment, fail, join, root, say } from "../../scripts/run.mjs";
import { large, many } from "./notebooks.mjs";

export const [SMALL_FILES, WIDE_FILES] = [25, 10_000];

const numbered = (n) => `sample-${String(n).padStart(5, "0")}.txt`;

/** Agreed texts of a listing: the first name and the last. */
export const named = (files) => ({ first: numbered(1), last: numbered(files) });

function listing(folder, files) {
  mkdirSync(folder, { recursive: true });
  for (let n = 1; n <= files; n += 1) writeFileSync(join(folder, numbered(n)), "a sample\n".repeat(n % 7));
}

/** Agreed texts of what is made here. */
export const TEXT = { first: "The first words of this text", last: "The last words of this text" };

const PARTS = 200;

/** A long text: the parts of a handbook, with the code, tables and lists that such texts have. */
export function handbook() {
  const part = (n) => `## Part ${n}\n\nOne *measures* part ${n} with \`vitrine bench ${n}\`, **twice**, and compares with [the part before](#part-${n - 1}).\nEvery sentence here is as long as sentences in handbooks are, so that a line has to be broken, and some have two clauses.\n\n1. Write down the load.\n2. Measure.\n   - cold\n   - warm\n\n\`\`\`python\ndef part_${n}(values: list[float]) -> float:\n    """The middle of part ${n}."""\n    return sorted(values)[len(values) // 2]\n\`\`\`\n\n| page | first | complete |\n|---|--:|--:|\n| a | ${n} | ${n * 2} |\n| b | ${n + 1} | ${n * 3} |\n\n> What was not measured is not known.\n`;
  const parts = Array.from({ length: PARTS }, (_, n) => part(n + 1));
  return `# A handbook to measure with\n\n${TEXT.first}.\n\n${parts.join("\n")}\n${TEXT.last}.\n`;
}

/** Says whether what was made is what would be made now. */
export function materialDigest() {
  const hash = createHash("sha256");
  const sources = ["content.mjs", "notebooks.mjs", "book.mjs", "peers.mjs", "peers"].map((name) => join(root, "bench/viewer", name));
  for (const place of [...sources, join(root, "examples/welcome")]) {
    const names = statSync(place).isDirectory() ? readdirSync(place, { recursive: true }).sort() : [""];
    const files = names.map((name) => join(place, name)).filter((file) => statSync(file).isFile());
    for (const file of files) hash.update(readFileSync(file));
  }
  return hash.digest("hex").slice(0, 8);
}

/** Makes the folder. */
export function writeContent(folder) {
  say("writing what is looked at");
  for (const name of ["notebooks", "text", "paper"]) mkdirSync(join(folder, name), { recursive: true });
  const welcome = (name) => join(root, "examples/welcome", name);
  cpSync(welcome("notebooks/waves.ipynb"), join(folder, "notebooks/waves.ipynb"));
  writeFileSync(join(folder, "notebooks/large.ipynb"), large());
  writeFileSync(join(folder, "notebooks/many.ipynb"), many());
  // Its pictures stand beside it.
  cpSync(welcome("README.md"), join(folder, "text/welcome.md"));
  cpSync(welcome("images"), join(folder, "text/images"), { recursive: true });
  writeFileSync(join(folder, "text/handbook.md"), handbook());
  cpSync(welcome("paper/standing-waves.pdf"), join(folder, "paper/standing-waves.pdf"));
  listing(join(folder, "small"), SMALL_FILES);
  listing(join(folder, "wide"), WIDE_FILES);
}

/** Publishes it by the real program and returns the share's id and the snapshot's. */
export function publish(folder, { state, token, api }) {
  say("publishing it");
  const env = environment({ VITRINE_TOKEN: token, VITRINE_API: api, XDG_STATE_HOME: state });
  const args = ["publish", folder, "--json", "--yes", "--scope", "public"];
  return new Promise((resolve) => {
    // Not waited for in one go: the server that it speaks to runs in this process.
    execFile(join(root, "target/release/vitrine"), args, { env, maxBuffer: 64 << 20 }, (error, stdout, stderr) => {
      if (error) fail(`publishing failed (${error.code})`, stderr);
      const { share_id: share, manifest_id: manifest } = JSON.parse(stdout.trim().split("\n").at(-1));
      resolve({ share, manifest });
    });
  });
}
