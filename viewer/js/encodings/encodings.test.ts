// Bytes in many encodings, and in UTF-8 with damage. What the detector knows is tested beside it (`viewer/encodings`).

import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeText, decoderNamed, judged } from "../encoding";
import { isDos } from "./dos";
import { encodingOf, refined } from "./guess";
import { utf8Pieces } from "./pieces";

const bytesOf = (latin1: string) => Uint8Array.from([...latin1].map((c) => c.charCodeAt(0)));
const utf8 = (text: string) => new TextEncoder().encode(text);
const joined = (...parts: Uint8Array[]) => Uint8Array.from(parts.flatMap((part) => [...part]));

test("one bad byte in UTF-8 is a bad byte", () => {
  const bad = (text: string, byte: number, at: number) => joined(utf8(text.slice(0, at)), Uint8Array.of(byte), utf8(text.slice(at)));
  assert.equal(decodeText(bad("größe,höhe\n1,2\n", 0xff, 7)), "größe,h\ufffdöhe\n1,2\n");
  assert.equal(decodeText(bad("naïve", 0xe9, 0)), "\ufffdnaïve");
  assert.equal(decodeText(bad("日本語のテキスト", 0x80, 3)), "日本語\ufffdのテキスト");
  assert.equal(judged(bytesOf("caf\xe9 cr\xe8me")), undefined);
  assert.equal(judged(bytesOf("\xb1\xb1\xbe\xa9,\xc9\xcf\xba\xa3\n")), undefined);
});

test("UTF-8 that ends within a character is UTF-8", () => {
  assert.equal(decodeText(utf8("abc 日").subarray(0, 6)), "abc \ufffd");
  assert.equal(decodeText(utf8("é日").subarray(0, 4)), "é\ufffd");
  assert.equal(judged(utf8("日本").subarray(0, 5), "", true), "utf-8");
});

test("UTF-16 with and without its mark", () => {
  const le = (text: string) => new Uint8Array(Uint16Array.from([...text].map((c) => c.charCodeAt(0))).buffer);
  const be = (text: string) => le(text).map((_, at, all) => all[at ^ 1] ?? 0);
  for (const text of ["Name\tStadt\r\nJürgen\tMünchen\r\n", "Привет, мир\n", "x"]) {
    assert.equal(decodeText(le(text)), text);
    assert.equal(decodeText(be(text)), text);
    assert.equal(decodeText(joined(Uint8Array.of(0xff, 0xfe), le(text))), text);
  }
  assert.equal(judged(bytesOf("a log\nwith \0 in it\nand text behind\n")), "utf-8");
});

test("what a text says of its encoding", () => {
  assert.equal(decodeText(bytesOf("# -*- coding: koi8-r -*-\n# \xf0\xd2\n")), "# -*- coding: koi8-r -*-\n# Пр\n");
  assert.equal(judged(bytesOf('<?xml version="1.0" encoding="ISO-8859-2"?><a>\xb1</a>')), "iso-8859-2");
  assert.equal(judged(bytesOf("\\usepackage[latin2]{inputenc}\n\xb1")), "iso-8859-2");
  assert.equal(judged(bytesOf("# coding: utf-8\n\xe9t\xe9")), undefined);
  assert.equal(judged(bytesOf("# coding: nonsense\n\xe9t\xe9")), undefined);
});

test("DOS", async () => {
  assert.equal(decoderNamed("cp437")?.decode(bytesOf("\xda\xc4\xbf gr\x94\xe1er\x01\r\n")), "┌─┐ größer☺\r\n");
  assert.equal(decoderNamed("ibm850")?.decode(bytesOf("\xe3")), "Ò");
  assert.ok(isDos(bytesOf("{ gr\x94\xe1er sortieren }")));
  assert.ok(isDos(bytesOf("\xc9\xcd\xcd\xcd\xbb\r\n\xba hi \xba")));
  for (const windows of ["Gr\xfc\xdfe aus Z\xfcrich", "don\x92t \x93say\x94 \x96 wait\x85 a\x97b", "\xe9t\xe9 \xe0 l'\xe1", "\x8cuvre"]) assert.ok(!isDos(bytesOf(windows)), windows);
  assert.equal(refined("windows-1252", bytesOf("gr\x94\xe1er")), "cp437");
  assert.equal(refined("GBK", bytesOf("\xb1\xb1")), "gb18030");
  assert.equal(await encodingOf(bytesOf("\xdb\xdb art"), { contentType: "", name: "FILE_ID.DIZ" }), "cp437");
});

async function through(pieces: Uint8Array<ArrayBuffer>[], contentType = ""): Promise<string> {
  async function* source() {
    yield* pieces;
  }
  let text = "";
  const decoder = new TextDecoder();
  for await (const piece of utf8Pieces(source(), { contentType })) text += decoder.decode(piece, { stream: true });
  return text + decoder.decode();
}

test("pieces of any encoding are pieces of UTF-8", async () => {
  assert.equal(await through([utf8("abc\n"), utf8("größe")]), "abc\ngröße");
  assert.equal(await through([utf8("abc\n"), bytesOf("gr\xf6\xdfe\n"), bytesOf("\xfcber")]), "abc\ngröße\nüber");
  assert.equal(await through([bytesOf("\xc4"), bytesOf("\xd0")], "text/csv; charset=koi8-r"), "дп");
  assert.equal(await through([bytesOf("\xff\xfea"), bytesOf("\0b\0")]), "ab");
  assert.equal(await through([]), "");
});
