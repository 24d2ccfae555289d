// How long a Worker's own isolate is busy for one request: JavaScript, wasm and the platform's bindings, but neither the
// simulators around it nor wrangler. Sampled by V8's profiler through the inspector, under the same load.

import { load } from "./load.mjs";

const INTERVAL_MICROS = 200;

async function inspectorOf({ inspector, name }) {
  const headers = { Origin: `http://127.0.0.1:${inspector}`, "User-Agent": "node" };
  const socket = new WebSocket(`ws://127.0.0.1:${inspector}/ws`, { headers });
  await new Promise((resolve, reject) => {
    socket.onopen = resolve;
    socket.onerror = ({ message }) => reject(new Error(`no inspector of ${name}: ${message}`));
  });
  const waiting = new Map();
  socket.onmessage = ({ data }) => {
    const { id, result, error } = JSON.parse(data);
    const { resolve, reject } = waiting.get(id) ?? {};
    error ? reject?.(new Error(`${name}: ${error.message}`)) : resolve?.(result);
  };
  let last = 0;
  const call = (method, params) =>
    new Promise((resolve, reject) => {
      last += 1;
      waiting.set(last, { resolve, reject });
      socket.send(JSON.stringify({ id: last, method, params }));
    });
  return { call, close: () => socket.close() };
}

/**
 * The time between two attempts to sample. It is longer than was asked for, by what a sample takes; while the isolate is not
 * held there are no samples at all, so the distances between them are whole multiples of it, and the shortest are one.
 */
function intervalOf({ timeDeltas }) {
  const sorted = timeDeltas.filter((micros) => micros > 0).sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 20)] ?? INTERVAL_MICROS;
}

/** Microseconds of the isolate's own time for each request. */
export async function isolateMicros(server, request, seconds) {
  const { call, close } = await inspectorOf(server);
  await call("Profiler.enable");
  await call("Profiler.setSamplingInterval", { interval: INTERVAL_MICROS });
  await call("Profiler.start");
  const { requests } = await load(server, request, seconds);
  const { profile } = await call("Profiler.stop");
  close();
  return (profile.samples.length * intervalOf(profile)) / requests;
}
