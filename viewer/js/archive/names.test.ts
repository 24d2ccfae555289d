// Names of ZIPs in the encodings that programs wrote them in.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { crc32 } from "node:zlib";
import { readMember } from "./member";
import { namesOf, type RawName } from "./names";
import { listZip } from "./zip";

const raw = (bytes: readonly number[], more: Partial<RawName> = {}): RawName => ({ bytes: Uint8Array.from(bytes), isUtf8: false, unicode: undefined, ...more });

test("names of one encoding are read in it, decoded before their backslashes are slashes", async () => {
  const cases: readonly (readonly [string, readonly string[], readonly (readonly number[])[]])[] = [
    ["shift_jis", ["資料/表示.txt", "テスト.csv", "ソート能力.txt"], [[0x8e,0x91,0x97,0xbf,0x2f,0x95,0x5c,0x8e,0xa6,0x2e,0x74,0x78,0x74], [0x83,0x65,0x83,0x58,0x83,0x67,0x2e,0x63,0x73,0x76], [0x83,0x5c,0x81,0x5b,0x83,0x67,0x94,0x5c,0x97,0xcd,0x2e,0x74,0x78,0x74]]],
    ["gb18030", ["数据/报告.csv", "图片.png"], [[0xca,0xfd,0xbe,0xdd,0x2f,0xb1,0xa8,0xb8,0xe6,0x2e,0x63,0x73,0x76], [0xcd,0xbc,0xc6,0xac,0x2e,0x70,0x6e,0x67]]],
    ["big5", ["功能表/許功蓋.txt"], [[0xa5,0x5c,0xaf,0xe0,0xaa,0xed,0x2f,0xb3,0x5c,0xa5,0x5c,0xbb,0x5c,0x2e,0x74,0x78,0x74]]],
    ["euc-kr", ["한국어/문서.txt"], [[0xc7,0xd1,0xb1,0xb9,0xbe,0xee,0x2f,0xb9,0xae,0xbc,0xad,0x2e,0x74,0x78,0x74]]],
    ["ibm866", ["Отчёт/Данные за год.txt"], [[0x8e,0xe2,0xe7,0xf1,0xe2,0x2f,0x84,0xa0,0xad,0xad,0xeb,0xa5,0x20,0xa7,0xa0,0x20,0xa3,0xae,0xa4,0x2e,0x74,0x78,0x74]]],
    ["windows-1251", ["Отчёт/данные.txt"], [[0xce,0xf2,0xf7,0xb8,0xf2,0x2f,0xe4,0xe0,0xed,0xed,0xfb,0xe5,0x2e,0x74,0x78,0x74]]],
    ["cp437", ["Übung/größe.txt", "résumé ½.txt", "ñandú.csv"], [[0x9a,0x62,0x75,0x6e,0x67,0x2f,0x67,0x72,0x94,0xe1,0x65,0x2e,0x74,0x78,0x74], [0x72,0x82,0x73,0x75,0x6d,0x82,0x20,0xab,0x2e,0x74,0x78,0x74], [0xa4,0x61,0x6e,0x64,0xa3,0x2e,0x63,0x73,0x76]]],
    ["windows-1252", ["Größe/Übung naïve.txt", "été.csv"], [[0x47,0x72,0xf6,0xdf,0x65,0x2f,0xdc,0x62,0x75,0x6e,0x67,0x20,0x6e,0x61,0xef,0x76,0x65,0x2e,0x74,0x78,0x74], [0xe9,0x74,0xe9,0x2e,0x63,0x73,0x76]]],
  ];
  for (const [encoding, names, bytes] of cases) assert.deepEqual(await namesOf(bytes.map((each) => raw(each)), () => Promise.resolve(encoding)), names, encoding);
});

test("a detector that is wrong, or is not there, does no harm to the names of DOS", async () => {
  const names = [raw([0x9a,0x62,0x75,0x6e,0x67,0x2f,0x67,0x72,0x94,0xe1,0x65,0x2e,0x74,0x78,0x74]), raw([0x9a,0x62,0x75,0x6e,0x67,0x2f,0x72,0x82,0x73,0x75,0x6d,0x82,0x20,0xab,0x2e,0x74,0x78,0x74]), raw([0xa4,0x61,0x6e,0x64,0xa3,0x2e,0x63,0x73,0x76])];
  for (const guess of ["shift_jis", "gbk", "euc-kr", "big5", "ibm866", "windows-1252", "windows-1251", "koi8-u"]) {
    assert.deepEqual(await namesOf(names, () => Promise.resolve(guess)), ["Übung/größe.txt", "Übung/résumé ½.txt", "ñandú.csv"], guess);
  }
  assert.equal((await namesOf(names, () => Promise.reject(new Error("no wasm"))))[2], "ñandú.csv");
});

test("names in which the detector is wrong", async () => {
  const cases: readonly (readonly [string, string, readonly number[]])[] = [
    ["windows-1250", "日本語.txt", [0x93, 0xfa, 0x96, 0x7b, 0x8c, 0xea, 0x2e, 0x74, 0x78, 0x74]],
    ["euc-jp", "数据/报告.csv", [0xca, 0xfd, 0xbe, 0xdd, 0x2f, 0xb1, 0xa8, 0xb8, 0xe6, 0x2e, 0x63, 0x73, 0x76]],
    ["windows-1257", "第1章.pdf", [0xb5, 0xda, 0x31, 0xd5, 0xc2, 0x2e, 0x70, 0x64, 0x66]],
    ["euc-jp", "中文測試.txt", [0xa4, 0xa4, 0xa4, 0xe5, 0xb4, 0xfa, 0xb8, 0xd5, 0x2e, 0x74, 0x78, 0x74]],
    ["windows-1252", "Größe.txt", [0x47, 0x72, 0x94, 0xe1, 0x65, 0x2e, 0x74, 0x78, 0x74]],
  ];
  for (const [guess, name, bytes] of cases) assert.deepEqual(await namesOf([raw(bytes)], () => Promise.resolve(guess)), [name]);
});

test("what says what it is, is that", async () => {
  const never = () => Promise.reject(new Error("asked"));
  const text = (value: string) => [...new TextEncoder().encode(value)];
  assert.deepEqual(await namesOf([raw(text("größe")), raw(text("a")), raw([0x81], { unicode: "ü" }), raw([0x61, 0xff], { isUtf8: true })], never), ["größe", "a", "ü", "a\ufffd"]);
});

const open = async (path: string) => {
  const bytes = new Uint8Array(readFileSync(path));
  const read = (begin: number, end: number) => Promise.resolve(bytes.slice(begin, end));
  return { ...(await listZip(bytes.length, read, () => Promise.resolve("windows-1252"))), read };
};

test("the cases' archives list their names, and members open", async () => {
  const folder = "tests/cases/34-zip-names";
  const paths = async (name: string) => (await open(`${folder}/${name}`)).entries.map(({ path }) => path);
  assert.deepEqual(await paths("dos-cp437.zip"), ["Übung/größe.txt", "Übung/résumé ½.txt", "ñandú.csv"]);
  assert.deepEqual(await paths("backslashes.zip"), ["folder/sub/file.txt", "folder/other.txt"]);
  assert.ok((await paths("mac.zip")).some((path) => path.normalize("NFC").startsWith("Résumé/")));
  assert.deepEqual(await paths("arrays.npz"), ["x.npy", "y.npy"]);
  const packed = (await open(`${folder}/lzma-bzip2.zip`)).entries;
  assert.deepEqual(packed.map(({ place, method }) => [typeof place === "string" ? place : "", method]), [["archive.method", "LZMA"], ["archive.method", "bzip2"], ["", undefined]]);
  const { entries, read } = await open(`${folder}/zip64-stream.zip`);
  const place = entries[0]?.place;
  assert.ok(typeof place === "object");
  assert.ok((await readMember(place, 1_000, read)).bytes.length > 0);
});

test("the Unicode path field counts where its sum is the name's", async () => {
  const made = (sum: number) => {
    const name = [0x81, 0x2e, 0x74];
    const unicode = new TextEncoder().encode("日本.t");
    const extra = Buffer.alloc(9 + unicode.length);
    extra.writeUInt16LE(0x7075, 0);
    extra.writeUInt16LE(5 + unicode.length, 2);
    extra.writeUInt8(1, 4);
    extra.writeUInt32LE(sum >>> 0, 5);
    extra.set(unicode, 9);
    const head = Buffer.alloc(46);
    head.writeUInt32LE(0x02014b50, 0);
    head.writeUInt16LE(name.length, 28);
    head.writeUInt16LE(extra.length, 30);
    const directory = Buffer.concat([head, Buffer.from(name), extra]);
    const end = Buffer.alloc(22);
    end.writeUInt32LE(0x06054b50, 0);
    end.writeUInt16LE(1, 10);
    end.writeUInt32LE(directory.length, 12);
    return new Uint8Array(Buffer.concat([directory, end]));
  };
  const pathOf = async (bytes: Uint8Array<ArrayBuffer>) => (await listZip(bytes.length, (begin, end) => Promise.resolve(bytes.slice(begin, end)), () => Promise.resolve("cp437"))).entries[0]?.path;
  assert.equal(await pathOf(made(crc32(Uint8Array.from([0x81, 0x2e, 0x74])))), "日本.t");
  assert.equal(await pathOf(made(1)), "ü.t");
});
