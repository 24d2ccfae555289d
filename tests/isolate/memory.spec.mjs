// A file of 300 MB, and a ZIP that holds it, stream without the Worker's memory growing with them: the isolate's heap is asked for, through the
// debugger's protocol, while the bytes flow. (The simulator's own process holds the object; the isolate must not.)

import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { appendFileSync, mkdtempSync, rmSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { port, publish } from "../browser/world.mjs";

const MEGABYTE = 1 << 20;
const SIZE = 300 * MEGABYTE;
/** Far above the few chunks that are under way, far below the file. */
const GROWTH_MAX = 8 * MEGABYTE;

/** The isolate's memory: JavaScript's own heap and the buffers behind typed arrays. */
async function debuggerOf(inspector) {
  const headers = { Origin: `http://127.0.0.1:${inspector}`, "User-Agent": "node" };
  const socket = new WebSocket(`ws://127.0.0.1:${inspector}/ws`, { headers });
  await new Promise((resolve, reject) => {
    socket.onopen = resolve;
    socket.onerror = (event) => reject(new Error(`no debugger: ${event.message}`));
  });
  const waiting = new Map();
  socket.onmessage = ({ data }) => {
    const message = JSON.parse(data);
    waiting.get(message.id)?.(message.result);
  };
  let last = 0;
  const call = (method) =>
    new Promise((resolve) => {
      last += 1;
      waiting.set(last, resolve);
      socket.send(JSON.stringify({ id: last, method }));
    });
  return {
    async memory() {
      const usage = await call("Runtime.getHeapUsage");
      return usage.usedSize + usage.embedderHeapUsedSize + usage.backingStorageSize;
    },
    close: () => socket.close(),
  };
}

/** Reads an address to its end; returns how far the heap grew meanwhile, and what came. */
async function stream(path, inspector) {
  const before = await inspector.memory();
  let [read, highest, samples] = [0, 0, 0];
  const received = createHash("sha256");
  await new Promise((resolve, reject) => {
    const options = { host: "127.0.0.1", port, path, headers: { host: `share.localhost:${port}` } };
    const asked = request(options, async (answer) => {
      assert.equal(answer.statusCode, 200);
      for await (const chunk of answer) {
        read += chunk.length;
        received.update(chunk);
        if (read > samples * 10 * MEGABYTE) {
          samples += 1;
          highest = Math.max(highest, await inspector.memory());
        }
      }
      assert.equal(read, Number(answer.headers["content-length"]));
      resolve();
    });
    asked.on("error", reject);
    asked.end();
  });
  assert.ok(samples >= 29, `${samples} samples`);
  return { growth: highest - before, read, hash: received.digest("hex") };
}

test("300 MB stream through a heap that does not grow, as a file and as a ZIP", { timeout: 240_000 }, async () => {
  const folder = mkdtempSync(join(tmpdir(), "vitrine-large-"));
  const written = createHash("sha256");
  for (let n = 0; n < SIZE / MEGABYTE; n += 1) {
    const chunk = randomBytes(MEGABYTE);
    written.update(chunk);
    appendFileSync(join(folder, "large.bin"), chunk);
  }
  appendFileSync(join(folder, "small.txt"), "a second piece");
  const { share_id, manifest_id } = publish(folder);
  rmSync(folder, { recursive: true });
  const inspector = await debuggerOf(process.env.VITRINE_TEST_INSPECTOR);
  const file = await stream(`/~/${share_id}/raw/large.bin`, inspector);
  assert.equal(file.read, SIZE);
  assert.equal(file.hash, written.digest("hex"));
  assert.ok(file.growth < GROWTH_MAX, `the heap grew by ${file.growth} bytes while ${file.read} flowed`);
  const zip = await stream(`/~/${share_id}/zip/${manifest_id}/`, inspector);
  assert.ok(zip.read > SIZE);
  assert.ok(zip.growth < GROWTH_MAX, `the heap grew by ${zip.growth} bytes while a ZIP of ${zip.read} flowed`);
  inspector.close();
});
