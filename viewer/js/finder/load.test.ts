// Pages are fetched together where they lie together, arrive while the rest is on its way, and nothing else is asked for.

import assert from "node:assert/strict";
import { test } from "node:test";
import { type Extent, type ReadBlob, isSearchable, loadPaths, spans } from "./load";
import { Paths } from "./match";
import { PageError } from "./page";
import { page, stored } from "./written";

const [A, B] = ["a".repeat(64), "b".repeat(64)];
const { signal } = new AbortController();

/** Blobs by name, and what was read of them. */
function store(blobs: Record<string, Uint8Array<ArrayBuffer>>): { read: ReadBlob; asked: Extent[] } {
  const asked: Extent[] = [];
  return {
    asked,
    read: async (blob, offset, length) => {
      asked.push([blob, offset, length]);
      const bytes = blobs[blob];
      if (bytes === undefined) throw new Error(`no blob ${blob}`);
      return bytes.slice(offset, offset + length);
    },
  };
}

/** Three pages, two of them end to end in one blob. */
async function sample(): Promise<{ blobs: Record<string, Uint8Array<ArrayBuffer>>; pages: { at: Extent; hash: string }[] }> {
  const [one, two, three] = await Promise.all([stored(page([["a.md", "markdown"]])), stored(page([["b.md", "markdown"]])), stored(page([["c", "dir"]]))]);
  const at = (blob: string, offset: number, length: number) => ({ at: [blob, offset, length] as const, hash: A });
  return {
    blobs: { [A]: Uint8Array.from([...one, ...two]), [B]: three },
    pages: [at(A, 0, one.length), at(A, one.length, two.length), at(B, 0, three.length)],
  };
}

test("an index in the manifest, and one whose list is stored", async () => {
  const { blobs, pages } = await sample();
  const list = new TextEncoder().encode(JSON.stringify(pages));
  blobs["c".repeat(64)] = list;
  for (const index of [{ pages }, { at: ["c".repeat(64), 0, list.length] }]) {
    const { read, asked } = store(blobs);
    const paths = new Paths();
    const parts: number[] = [];
    const loaded = await loadPaths({ index: JSON.stringify(index) }, read, paths, signal, (part) => parts.push(part));
    assert.deepEqual([loaded.complete, paths.length], [true, 3]);
    assert.equal(asked.filter(([blob]) => blob === A).length, 1, "two pages, one request");
    assert.equal(parts.at(-1), 1);
    assert.deepEqual(paths.findNow("c", 5).map((hit) => [hit.path, hit.kind]), [["c", "dir"]]);
  }
});

test("a snapshot that is all in its manifest asks for nothing", async () => {
  const { read, asked } = store({});
  const paths = new Paths();
  const source = { page: page([["a", "text"]]) };
  assert.ok(isSearchable(source) && !isSearchable({}));
  assert.deepEqual(await loadPaths(source, read, paths, signal), { complete: true });
  assert.deepEqual([asked.length, paths.length], [0, 1]);
});

test("what is there is found although the rest cannot be had", async () => {
  const { blobs, pages } = await sample();
  delete blobs[B];
  const paths = new Paths();
  await assert.rejects(loadPaths({ index: JSON.stringify({ pages }) }, store(blobs).read, paths, signal), /no blob/);
  assert.equal(paths.findNow("md", 5).length, 2);
});

test("an index that is not one is refused", async () => {
  const at = [A, 0, 10];
  const bad = ["", "null", "{}", "[]", '{"pages":{}}', '{"pages":[null]}', '{"pages":[{"at":["../x",0,1]}]}', JSON.stringify({ pages: [{ at: [A, -1, 5] }] }), JSON.stringify({ pages: [{ at: [A, 0, 1e9] }] }), JSON.stringify({ at: [A, 0, 1e12] }), JSON.stringify({ pages: [{ at }] })];
  for (const index of bad) {
    const { read } = store({ [A]: new Uint8Array(10) });
    await assert.rejects(loadPaths({ index }, read, new Paths(), signal), PageError, index);
  }
  await assert.rejects(loadPaths({}, store({}).read, new Paths(), signal), PageError);
});

test("requests grow: the first ones are short", () => {
  const length = 20_000;
  const pages = Array.from({ length: 300 }, (_, n): Extent => [A, n * length, length]);
  const joined = spans(pages);
  assert.equal(joined.reduce((sum, span) => sum + span.pages.length, 0), 300);
  assert.ok((joined[0]?.length ?? 0) <= 64 * 1024 && joined.every((span) => span.length <= 1024 * 1024));
  assert.ok(joined.length < 12, `${joined.length} requests for 6 MB`);
  assert.equal(spans([[A, 0, 10], [A, 11, 10], [B, 21, 10]]).length, 3, "only what lies end to end");
});
