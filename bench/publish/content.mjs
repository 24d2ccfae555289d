// The folders that are published: many small files, one large file in two versions, a million tiny files. All bytes are
// random, so that nobody gains by compressing, and no two files are the same, so that nobody gains by that.

import { randomFillSync } from "node:crypto";
import { closeSync, mkdirSync, openSync, readSync, readdirSync, statSync, writeFileSync, writeSync } from "node:fs";
import { join, say } from "../../scripts/run.mjs";

const MEBIBYTE = 1 << 20;
const PER_FOLDER = 100;

/** Sizes of small files: small ones are more frequent, as in real folders. */
const SMALLEST = 200;
const LARGEST = 16_384;

/** Numbers that look random and are the same in each run (mulberry32). */
function numbers(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

const sizeFrom = (random) => Math.round(SMALLEST * (LARGEST / SMALLEST) ** random());

const pathOf = (folder, n) => join(folder, `part-${String(Math.floor(n / PER_FOLDER)).padStart(4, "0")}`, `file-${String(n).padStart(7, "0")}.dat`);

function writeSmall(folder, n, size) {
  writeFileSync(pathOf(folder, n), randomFillSync(Buffer.allocUnsafe(size)));
}

/** `count` files of 0.2 to 16 KB, a hundred in each folder. */
export function writeMany(folder, count) {
  say(`writing ${count} small files`);
  const random = numbers(1);
  for (let n = 0; n < count; n += 1) {
    if (n % PER_FOLDER === 0) mkdirSync(join(pathOf(folder, n), ".."), { recursive: true });
    writeSmall(folder, n, sizeFrom(random));
  }
}

/** Writes every hundredth of those files anew. Returns the bytes that are new. */
export function changeOnePercent(folder, count, round) {
  const random = numbers(round + 2);
  let bytes = 0;
  for (let n = round % 100; n < count; n += 100) {
    const size = sizeFrom(random);
    writeSmall(folder, n, size);
    bytes += size;
  }
  return bytes;
}

function fill(file, bytes) {
  const block = Buffer.allocUnsafe(8 * MEBIBYTE);
  for (let left = bytes; left > 0; left -= block.length) writeSync(file, randomFillSync(block), 0, Math.min(block.length, left));
}

function copy(from, to, start, end) {
  const block = Buffer.allocUnsafe(8 * MEBIBYTE);
  for (let at = start; at < end; ) {
    const read = readSync(from, block, 0, Math.min(block.length, end - at), at);
    writeSync(to, block, 0, read);
    at += read;
  }
}

/** One large file, and in another folder the same with `inserted` bytes put into its middle. */
export function writeLarge(before, after, bytes, inserted) {
  say(`writing a file of ${bytes / MEBIBYTE} MiB, twice`);
  for (const folder of [before, after]) mkdirSync(folder, { recursive: true });
  const [name, middle] = ["large.bin", Math.floor(bytes / 2) + 12_345];
  const first = openSync(join(before, name), "w+");
  fill(first, bytes);
  const second = openSync(join(after, name), "w");
  copy(first, second, 0, middle);
  fill(second, inserted);
  copy(first, second, middle, bytes);
  for (const file of [first, second]) closeSync(file);
}

const MILLION_PER_FOLDER = 1000;

/** So many files of about 100 bytes, a thousand in each folder. */
export function writeTiny(folder, count) {
  say(`writing ${count} tiny files`);
  const bytes = randomFillSync(Buffer.allocUnsafe(100));
  let place;
  for (let n = 0; n < count; n += 1) {
    if (n % MILLION_PER_FOLDER === 0) mkdirSync((place = join(folder, `part-${String(n / MILLION_PER_FOLDER).padStart(4, "0")}`)), { recursive: true });
    bytes.writeUInt32LE(n, n % 64);
    writeFileSync(join(place, `file-${String(n).padStart(7, "0")}.dat`), bytes.subarray(0, 68 + (n % 33)));
  }
}

/** How many bytes the files of a folder have. */
export function bytesOf(folder) {
  let total = 0;
  for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true })) {
    if (entry.isFile()) total += statSync(join(entry.parentPath, entry.name)).size;
  }
  return total;
}

/** The names of the small files, as seen from their folder. */
export function namesOfMany(count) {
  return Array.from({ length: count }, (_, n) => pathOf("", n));
}
