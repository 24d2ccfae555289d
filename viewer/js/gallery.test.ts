// A file's place in its folder.

import assert from "node:assert/strict";
import { test } from "node:test";
import { placeOf } from "./gallery";

const file = (name: string, kind: string) => ({ name, kind, size: 1, page: `/s/${name}`, url: `/~/s/${name}` });
const folder = [file("a.png", "image"), file("b.txt", "text"), file("c.png", "image"), file("d.wav", "audio"), file("e.png", "image")];

test("the neighbours of a file are those of its kind", () => {
  const place = placeOf("c.png", "image", folder);
  assert.deepEqual([place.position, place.count, place.before?.name, place.after?.name], [2, 3, "a.png", "e.png"]);
});

test("the first has none before it, the last none after it", () => {
  assert.equal(placeOf("a.png", "image", folder).before, undefined);
  assert.equal(placeOf("e.png", "image", folder).after, undefined);
  assert.equal(placeOf("d.wav", "audio", folder).count, 1);
});

test("a file that the folder does not have stands nowhere", () => {
  assert.deepEqual(placeOf("x.png", "image", folder), { position: 0, count: 3, before: undefined, after: undefined });
});
