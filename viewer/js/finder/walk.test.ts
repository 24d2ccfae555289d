// Without an index: every folder is listed once, what was found can be searched, and a share without end comes to one.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Folder } from "../listing/entries";
import { Paths } from "./match";
import { pageOf, walkPaths } from "./walk";

const { signal } = new AbortController();

const folder = (entries: readonly (readonly [string, string])[]): Folder => ({
  names: () => entries.map(([name]) => name).join("/"),
  kinds: () => entries.map(([, kind]) => kind).join("/"),
  targets: () => "",
  counts: () => new Float64Array(),
  sizes: () => new Float64Array(),
  times: () => new Float64Array(),
  order: () => new Uint32Array(),
  page: () => undefined,
  picture: () => undefined,
  free() {},
});

test("lines are searched, and marked where the letters are", () => {
  const paths = new Paths();
  paths.add(pageOf(["src", "src/Größe.rs", "日本/📈.png"], ["folder", "code", "image"]));
  const [found] = paths.findNow("grosse", 5);
  assert.equal(found, undefined, "ß is not ss");
  assert.deepEqual(paths.findNow("groß", 5)[0], { path: "src/Größe.rs", kind: "code", marks: [[4, 8]] });
  assert.deepEqual(paths.findNow("📈", 5)[0]?.marks, [[3, 5]]);
});

test("a tree is walked, each folder once", async () => {
  const tree: Record<string, [string, string][]> = { "": [["a", "folder"], ["b.md", "markdown"]], a: [["c", "folder"], ["d.txt", "text"]], "a/c": [] };
  const asked: string[] = [];
  const paths = new Paths();
  const list = async (path: string) => (asked.push(path), tree[path] && folder(tree[path]));
  assert.deepEqual(await walkPaths(list, paths, signal, () => {}), { complete: true });
  assert.deepEqual(asked.toSorted(), ["", "a", "a/c"]);
  assert.deepEqual(paths.findNow("d.t", 5).map((hit) => hit.path), ["a/d.txt"]);
  assert.equal(paths.length, 4);
});

test("a folder that cannot be listed is said to be missing", async () => {
  const paths = new Paths();
  const list = async (path: string) => {
    if (path === "a") throw new Error("offline");
    return folder([["a", "folder"], ["b", "text"]]);
  };
  assert.deepEqual(await walkPaths(list, paths, signal, () => {}), { complete: false });
  assert.equal(paths.length, 2);
});

test("a share without end comes to an end", async () => {
  const paths = new Paths();
  const walked = await walkPaths(async () => folder([["x", "folder"], ["y", "folder"]]), paths, signal, () => {});
  assert.deepEqual(walked, { complete: false });
  assert.equal(paths.length, 4_000);
});

test("who leaves ends the walk", async () => {
  const leaving = new AbortController();
  const list = async () => (leaving.abort(), folder([["x", "folder"]]));
  await assert.rejects(walkPaths(list, new Paths(), leaving.signal, () => {}), { name: "AbortError" });
});
