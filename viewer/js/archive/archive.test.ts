// Archives without a browser: directories of ZIPs that are whole, large, damaged or lie; tars in pieces; trees of hostile names;
// members that unpack to more than they say.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { crc32, deflateRawSync, gzipSync } from "node:zlib";
import { type Entry, ENTRIES_MAX, treeOf } from "./entries";
import { gunzip, unpacking } from "./gunzip";
import { inflate, readMember } from "./member";
import { listGzip, listPlainTar } from "./streams";
import { TarReader } from "./tar";
import { listZip, type Read } from "./zip";

const join = (...parts: Uint8Array[]) => new Uint8Array(Buffer.concat(parts));
const text = (value: string) => new TextEncoder().encode(value);

/** Little-endian numbers: pairs of width and value. */
function fields(...pairs: (readonly [2 | 4 | 8, number])[]): Uint8Array {
  const bytes = new Uint8Array(pairs.reduce((sum, [width]) => sum + width, 0));
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const [width, value] of pairs) {
    if (width === 2) view.setUint16(at, value, true);
    else if (width === 4) view.setUint32(at, value, true);
    else view.setBigUint64(at, BigInt(value), true);
    at += width;
  }
  return bytes;
}

interface Claims {
  readonly size?: number;
  readonly packed?: number;
  readonly count?: number;
  readonly offset?: number;
  readonly isWide?: boolean;
}

function zip(files: readonly (readonly [string, string])[], claims: Claims = {}, before = ""): Uint8Array<ArrayBuffer> {
  const bodies: Uint8Array[] = [text(before)];
  const heads: Uint8Array[] = [];
  let offset = 0;
  for (const [name, content] of files) {
    const packed = deflateRawSync(content);
    const sizes = [[4, crc32(content)], [4, claims.packed ?? packed.length], [4, claims.size ?? content.length]] as const;
    const local = join(fields([4, 0x04034b50], [2, 20], [2, 0], [2, 8], [2, 0], [2, 0x5a78], ...sizes, [2, text(name).length], [2, 0]), text(name), packed);
    heads.push(join(fields([4, 0x02014b50], [2, 20], [2, 20], [2, 0], [2, 8], [2, 0], [2, 0x5a78], ...sizes, [2, text(name).length], [2, 0], [2, 0], [2, 0], [2, 0], [4, 0], [4, offset]), text(name)));
    bodies.push(local);
    offset += local.length;
  }
  const directory = join(...heads);
  const count = claims.count ?? files.length;
  const start = offset + text(before).length;
  const wide = claims.isWide
    ? join(fields([4, 0x06064b50], [8, 44], [2, 45], [2, 45], [4, 0], [4, 0], [8, count], [8, count], [8, directory.length], [8, offset]), fields([4, 0x07064b50], [4, 0], [8, start + directory.length], [4, 1]))
    : new Uint8Array();
  const end = claims.isWide ? fields([4, 0x06054b50], [4, 0], [2, 0xffff], [2, 0xffff], [4, 0xffffffff], [4, 0xffffffff], [2, 0]) : fields([4, 0x06054b50], [4, 0], [2, count], [2, count], [4, directory.length], [4, claims.offset ?? offset], [2, 0]);
  return join(...bodies, directory, wide, end);
}

/** Reads, and counts what was read. */
function reader(bytes: Uint8Array<ArrayBuffer>): { read: Read; seen: () => number } {
  let seen = 0;
  return { read: (begin, end) => ((seen += end - begin), Promise.resolve(bytes.slice(begin, end))), seen: () => seen };
}

const list = (bytes: Uint8Array<ArrayBuffer>) => listZip(bytes.length, reader(bytes).read, () => Promise.resolve("cp437"));

test("a ZIP is listed by its end alone, with ZIP64 and something before it, and its members open", async () => {
  const files = [["a/b.txt", "hello"], ["../../x", "up"], ["<img src=x>", ""]] as const;
  for (const bytes of [zip(files), zip(files, { isWide: true }), zip(files, {}, "#!/bin/sh\n")]) {
    const { entries, isCut } = await list(bytes);
    assert.deepEqual(entries.map(({ path, size }) => [path, size]), [["a/b.txt", 5], ["../../x", 2], ["<img src=x>", 0]]);
    assert.equal(isCut, false);
    const place = entries[0]?.place;
    assert.ok(typeof place === "object");
    assert.equal(new TextDecoder().decode((await readMember(place, 100, reader(bytes).read)).bytes), "hello");
  }
});

test("a large ZIP is not read to be listed", async () => {
  const bytes = zip([["a", "x"]], {}, "0".repeat(3_000_000));
  const { read, seen } = reader(bytes);
  await listZip(bytes.length, read, () => Promise.resolve("cp437"));
  assert.ok(seen() < 100_000, String(seen()));
});

test("damaged and lying ZIPs are refused, or cost no more than they have", async () => {
  const good = zip([["a", "x"]]);
  await assert.rejects(list(good.slice(0, -5)), /archive.noEnd/);
  await assert.rejects(list(zip([["a", "x"]], { offset: 0xfffffff0 })), /archive.badDirectory/);
  await assert.rejects(list(new Uint8Array(50)), /archive.noEnd/);
  const { count, entries, isCut } = await list(zip([["a", "x"]], { count: 60_000 }));
  assert.deepEqual([count, entries.length, isCut], [60_000, 1, true]);
  assert.equal((await list(zip([["a", "x"]], { packed: 1_000_000_000 }))).entries[0]?.place, "archive.outside");
  for (let at = 0; at < good.length; at += 1) {
    const broken = good.slice();
    broken[at] = 0xff;
    await list(broken).catch((error: Error) => assert.equal(error.name, "ArchiveError"));
  }
});

test("what unpacks to more is stopped", async () => {
  const bomb = zip([["bomb", "0".repeat(20_000_000)]], { size: 10 });
  const place = (await list(bomb)).entries[0]?.place;
  assert.ok(typeof place === "object");
  const { bytes, isCut } = await readMember({ ...place, packed: place.packed }, 1_000, reader(bomb).read);
  assert.deepEqual([bytes.length, isCut], [1_000, true]);
  await assert.rejects(inflate(text("no deflate at all"), "deflate-raw", 100, false), /archive.badMember/);
});

test("names make a tree, wherever they lead, and no tree is too deep", () => {
  const entry = (path: string, size = 1): Entry => ({ path, size, time: 0, isFolder: path.endsWith("/"), place: "archive.inside" });
  const tree = treeOf([entry("a/b/c"), entry("a/d"), entry("/etc/x"), entry("../up"), entry("e/"), entry("__proto__/constructor"), entry(`${"d/".repeat(16_000)}f`)]);
  assert.deepEqual([...tree.folders.keys()], ["a", "etc", "..", "e", "__proto__", "d"]);
  assert.deepEqual([tree.count, tree.size, tree.folders.get("a")?.count], [6, 6, 2]);
  let depth = 0;
  for (let at = tree.folders.get("d"); at; at = [...at.folders.values()][0]) depth += 1;
  assert.ok(depth <= 64);
});

function tarHeader(name: string, size: number, kind = "0"): Uint8Array {
  const block = new Uint8Array(512);
  const put = (at: number, value: string) => block.set(text(value), at);
  put(0, name);
  put(100, "0000644\0");
  put(124, `${size.toString(8).padStart(11, "0")}\0`);
  put(136, "14770000000\0");
  put(148, "        ");
  put(156, kind);
  put(257, "ustar\u000000");
  put(148, `${block.reduce((sum, byte) => sum + byte, 0).toString(8).padStart(6, "0")}\0 `);
  return block;
}

const padded = (value: string) => join(text(value), new Uint8Array((512 - (text(value).length % 512)) % 512));
const long = "n/".repeat(100) + "file";
const tar = join(
  tarHeader("a/", 0, "5"),
  tarHeader("a/b", 700),
  padded("x".repeat(700)),
  tarHeader("././@LongLink", long.length, "L"),
  padded(long),
  tarHeader("cut", 3),
  padded("abc"),
  tarHeader("link", 0, "2"),
  new Uint8Array(1024),
);

test("a tar in pieces of any length", () => {
  for (const piece of [1, 100, 512, 1_000, tar.length]) {
    const read = new TarReader(true);
    for (let at = 0; at < tar.length; at += piece) read.push(tar.slice(at, at + piece));
    assert.deepEqual(read.entries.map(({ path, size, isFolder }) => [path, size, isFolder]), [["a/", 0, true], ["a/b", 700, false], [long, 3, false], ["link", 0, false]]);
    const { place } = read.entries[1] as Entry;
    assert.ok(typeof place === "object");
    assert.equal(new TextDecoder().decode(tar.slice(place.offset, place.offset + 3)), "xxx");
    assert.ok(read.isOver);
  }
});

async function* pieces(bytes: Uint8Array<ArrayBuffer>) {
  for (let at = 0; at < bytes.length; at += 10_000) yield bytes.slice(at, at + 10_000);
}

test("a packed tar is listed, a packed file shown, a bomb only begun", async () => {
  const packed = await listGzip(pieces(new Uint8Array(gzipSync(tar))));
  assert.ok("entries" in packed && packed.entries.length === 4 && packed.entries[1]?.place === "archive.inside");
  const single = await listGzip(pieces(new Uint8Array(gzipSync("just text"))));
  assert.ok("bytes" in single && new TextDecoder().decode(single.bytes) === "just text");
  const bomb = await listGzip(pieces(new Uint8Array(gzipSync(Buffer.alloc(100_000_000)))));
  assert.ok("bytes" in bomb && bomb.bytes.length === 1_000_000 && bomb.isCut);
  await assert.rejects(listGzip(pieces(new Uint8Array([0x1f, 0x8b, 8, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9]))));
});

test("more entries than can be kept are counted", async () => {
  const header = tarHeader("f", 0);
  const many = (async function* () {
    const block = join(...Array.from({ length: 1_000 }, () => header)) as Uint8Array<ArrayBuffer>;
    for (let n = 0; n < ENTRIES_MAX / 1_000 + 2; n += 1) yield block;
  })();
  const { entries, count, isCut } = await listPlainTar(many);
  assert.deepEqual([entries.length, count, isCut], [ENTRIES_MAX, ENTRIES_MAX + 2_000, true]);
});

const shown = async (bytes: Uint8Array) => {
  const found = await listGzip(pieces(new Uint8Array(bytes)));
  assert.ok("bytes" in found);
  return { text: new TextDecoder().decode(found.bytes), isCut: found.isCut, problem: found.problem };
};

test("every member of a gzip is read, in pieces of any length, and padding is none", async () => {
  const members = join(gzipSync("first\n"), gzipSync(""), gzipSync("second\n"));
  assert.deepEqual(await shown(members), { text: "first\nsecond\n", isCut: false, problem: undefined });
  assert.deepEqual(await shown(join(members, new Uint8Array(70_000))), { text: "first\nsecond\n", isCut: false, problem: undefined });
  assert.deepEqual(await shown(join(members, new Uint8Array(10), gzipSync("third"))), { text: "first\nsecond\nthird", isCut: false, problem: undefined });
  for (const piece of [1, 2, 7, 33]) {
    const state = unpacking();
    const some = (async function* () {
      for (let at = 0; at < members.length; at += piece) yield members.slice(at, at + piece) as Uint8Array<ArrayBuffer>;
    })();
    let text = "";
    for await (const part of gunzip(some, state)) text += new TextDecoder().decode(part);
    assert.deepEqual([text, state.isBroken, state.hasRest], ["first\nsecond\n", false, false], String(piece));
  }
});

test("blocks of bgzip and padded files are read to their end", async () => {
  const calls = await shown(readFileSync("tests/cases/35-multi-member-gzip/calls.vcf.gz"));
  assert.match(calls.text, /chrEND\t999999.*\n$/);
  assert.equal(calls.text.split("\n").filter((line) => line.startsWith("chr")).length, 4_001);
  assert.deepEqual([calls.isCut, calls.problem], [false, undefined]);
  const padded = await shown(readFileSync("tests/cases/35-multi-member-gzip/padded.csv.gz"));
  assert.deepEqual([padded.text.trimEnd().split("\n").length, padded.problem], [3, undefined]);
});

test("a gzip that is cut, damaged, or followed by something else is said to be", async () => {
  const noise = Buffer.from(Array.from({ length: 5_000 }, (_, n) => (n * 7919) % 251));
  const [one, two] = [gzipSync("first\n"), gzipSync(noise)];
  const cut = await shown(join(one, two.subarray(0, two.length - 12)));
  assert.ok(cut.text.startsWith("first\n"));
  assert.equal(cut.problem, "archive.broken");
  const wrongSum = Buffer.from(two);
  wrongSum[wrongSum.length - 8] = (wrongSum[wrongSum.length - 8] as number) ^ 1;
  assert.equal((await shown(join(one, wrongSum))).problem, "archive.broken");
  assert.deepEqual(await shown(join(one, text("and more"))), { text: "first\n", isCut: false, problem: "archive.rest" });
  assert.deepEqual(await shown(join(one, Uint8Array.of(0x1f))), { text: "first\n", isCut: false, problem: "archive.rest" });
});

test("a packed tar of several members is listed whole", async () => {
  const parts = [tar.subarray(0, 700), tar.subarray(700, 1_500), tar.subarray(1_500)].map((part) => gzipSync(part));
  const listing = await listGzip(pieces(join(...parts) as Uint8Array<ArrayBuffer>));
  assert.ok("entries" in listing);
  assert.deepEqual(listing.entries.map(({ path }) => path), ["a/", "a/b", long, "link"]);
});
