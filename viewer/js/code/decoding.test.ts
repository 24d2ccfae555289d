// Texts that come in parts are the same as texts that come whole.

import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeText } from "../encoding";
import { Decoding } from "./decoding";

async function inParts(bytes: Uint8Array, size: number, contentType = ""): Promise<string> {
  const decoding = new Decoding({ contentType });
  let text = "";
  for (let from = 0; from < bytes.length; from += size) text += await decoding.next(bytes.subarray(from, from + size), from + size >= bytes.length);
  return text;
}

const utf16 = (text: string) => new Uint8Array([0xff, 0xfe, ...new Uint8Array(Uint16Array.from([...text].map((c) => c.charCodeAt(0))).buffer)]);

test("characters that lie across two parts are whole", async () => {
  const text = "aé€😀\r\nb".repeat(20);
  const bytes = new TextEncoder().encode(text);
  for (let size = 4; size < 23; size += 1) assert.equal(await inParts(bytes, size), text, String(size));
});

test("a line's end is never cut in two", async () => {
  const decoding = new Decoding({ contentType: "" });
  const encode = (text: string) => new TextEncoder().encode(text);
  assert.deepEqual([await decoding.next(encode("a\r"), false), await decoding.next(encode("\nb\r"), false), await decoding.next(encode("c"), true)], ["a", "\r\nb", "\rc"]);
});

test("a mark, a charset and bytes that are no UTF-8 decide the encoding for all parts", async () => {
  assert.equal(await inParts(utf16("häuser"), 4), "häuser");
  assert.equal(await inParts(new Uint8Array([0xe4, 0x62, 0x63, 0xe4]), 2), "äbcä");
  assert.equal(await inParts(new Uint8Array([0xc4, 0xd0]), 1, "text/plain; charset=koi8-r"), "дп");
  assert.equal(decodeText(new Uint8Array([0xef, 0xbb, 0xbf, 0x61])), "a");
});

test("a part of ASCII alone decides nothing", async () => {
  assert.equal(await inParts(new Uint8Array([0x61, 0x62, 0x63, 0xe4]), 2), "abcä");
  assert.equal(await inParts(new TextEncoder().encode("abcdé"), 2), "abcdé");
});

test("a bad byte late in a text of UTF-8 stays one", async () => {
  const bytes = new Uint8Array([...new TextEncoder().encode("größe "), 0x61, 0x62, 0xff, 0x63, 0xc3]);
  assert.equal(await inParts(bytes, 7), "größe ab\ufffdc\ufffd");
});
