// Bodies that lie about themselves, without a browser.

import assert from "node:assert/strict";
import { test } from "node:test";
import { readGltf } from "./claims";

const text = (value: unknown) => new TextEncoder().encode(typeof value === "string" ? value : JSON.stringify(value));

test("a GLB comes apart, cut short or not", () => {
  const json = text('{"asset":{}} ');
  const bytes = new Uint8Array(12 + 8 + json.length + 8 + 4);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, 0x46546c67, true);
  view.setUint32(12, json.length, true);
  view.setUint32(16, 0x4e4f534a, true);
  bytes.set(json, 20);
  view.setUint32(20 + json.length, 4, true);
  view.setUint32(24 + json.length, 0x004e4942, true);
  assert.equal(readGltf(bytes).binary?.length, 4);
  view.setUint32(20 + json.length, 0xffffffff, true);
  assert.equal(readGltf(bytes).binary?.length, 4);
  view.setUint32(12, 0xfffffff0, true);
  assert.throws(() => readGltf(bytes));
});

test("what would cost more than it is worth is refused", () => {
  assert.throws(() => readGltf(text({ accessors: [{ count: 1e9 }] })), /claims/);
  assert.throws(() => readGltf(text({ nodes: [{ children: [1] }, { children: [0] }] })), /inside of itself/);
  assert.throws(() => readGltf(text({ nodes: [{ children: [0] }] })), /inside of itself/);
  assert.throws(() => readGltf(text({ nodes: [{ children: [1, 1] }, {}] })), /inside of itself/);
  assert.throws(() => readGltf(text({ extensionsRequired: ["KHR_draco_mesh_compression"] })), /KHR_draco/);
  assert.throws(() => readGltf(text({ bufferViews: [{ extensions: { EXT_meshopt_compression: { count: 1e9, byteStride: 16 } } }] })), /unpacks/);
  assert.throws(() => readGltf(text("not json")));
  assert.ok(readGltf(text({ nodes: [{ children: [1, 99, -1] }, {}] })).json);
});
