// What is asked for: two shares, published by the real program through the real Worker, and the facts about them that the
// rows and the peers need.

import { spawnSync } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { environment, fail, join, root, say } from "../../scripts/run.mjs";
import { putWhole } from "./whole.mjs";

const MEGABYTE = 1 << 20;
const LARGE_MEGABYTES = 300;
const WIDE_FILES = 2000;

/** Two folders: one to be public, one to be gated. */
function writeFolders(folder) {
  const [open, gated] = [join(folder, "content/open"), join(folder, "content/gated")];
  mkdirSync(join(open, "wide"), { recursive: true });
  mkdirSync(gated, { recursive: true });
  for (const place of [open, gated]) writeFileSync(join(place, "small.bin"), randomBytes(4096));
  for (let n = 0; n < LARGE_MEGABYTES; n += 1) appendFileSync(join(open, "large.bin"), randomBytes(MEGABYTE));
  // All of one content, which is sent once: only their listing matters.
  for (let n = 0; n < WIDE_FILES; n += 1) writeFileSync(join(open, "wide", `sample-${String(n).padStart(4, "0")}.txt`), "a sample\n");
  return { open, gated };
}

const hashOf = (file) => createHash("sha256").update(readFileSync(file)).digest("hex");

function publish(path, scope, { folder, token, api }) {
  say(`publishing a share that is ${scope}`);
  const result = spawnSync(join(root, "target/release/vitrine"), ["publish", path, "--json", "--yes", "--scope", scope], {
    encoding: "utf8",
    maxBuffer: 64 * MEGABYTE,
    env: environment({ VITRINE_TOKEN: token, VITRINE_API: api, XDG_STATE_HOME: join(folder, "program") }),
  });
  if (result.status !== 0) fail(`publishing failed (${result.status})`, result.stderr);
  const { share_id: share, manifest_id: manifest } = JSON.parse(result.stdout.trim().split("\n").at(-1));
  return { share, manifest };
}

/** Publishes both and returns their ids. */
export async function publishAll(access) {
  const { open, gated } = writeFolders(access.folder);
  const ids = { open: publish(open, "public", access), gated: publish(gated, "authenticated", access) };
  say("putting the large object in one part");
  const file = join(open, "large.bin");
  await putWhole(file, access.bucket, `share/${ids.open.share}/blobs/${hashOf(file)}`, join(access.folder, "dev.env"));
  return ids;
}

const fileNamed = (listing, name) => listing.files.find((file) => file.name === name);

/** Where a file's bytes are, for the smallest Worker: all of an object, or a part of one. */
function placeOf(share, file) {
  const [[blob, offset, length], ...more] = file.extents ?? [[file.hash, 0, file.size]];
  if (more.length > 0) fail(`\`${file.name}\` is in several blobs`);
  const part = file.extents === undefined ? {} : { range: { offset, length } };
  return { key: `share/${share}/blobs/${blob}`, type: file.content_type, ...part };
}

/** Reads the manifests of what was published: the places of the files, and the first page of the wide folder's listing. */
export function factsOf(ids, openManifest, gatedManifest) {
  const wide = openManifest.dirs.find((dir) => dir.name === "wide").listing;
  if (!wide.pages) fail("the listing of the wide folder has no pages");
  const [blob, offset, length] = wide.pages[0].at;
  return {
    small: placeOf(ids.open.share, fileNamed(openManifest, "small.bin")),
    large: placeOf(ids.open.share, fileNamed(openManifest, "large.bin")),
    gatedSmall: placeOf(ids.gated.share, fileNamed(gatedManifest, "small.bin")),
    page: { blob, first: offset, last: offset + length - 1 },
  };
}
