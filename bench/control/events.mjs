// Fan-out: a share is changed while a thousand readers watch it; how long until the last has heard of it, and did all hear it
// exactly once. Beside it, an object of a few lines of JavaScript that sends a text as long to as many sockets.

import { say } from "../../scripts/run.mjs";
import { residentBytes } from "../gateway/processes.mjs";
import { post } from "./callers.mjs";
import { openAll } from "./sockets.mjs";
import { connection } from "./timing.mjs";

/** A socket that has not heard by then never will. */
const PATIENCE_MS = 10_000;

/** Who has heard what. */
class Hearing {
  constructor(count) {
    this.count = count;
    this.extra = 0;
    this.begin();
  }

  begin() {
    this.heard = new Uint8Array(this.count);
    this.times = [];
    this.all = new Promise((resolve) => (this.done = resolve));
  }

  hear(socket) {
    if (this.heard[socket] === 1) this.extra += 1;
    else this.times.push(performance.now());
    this.heard[socket] = 1;
    if (this.times.length === this.count) this.done();
  }

  async wait() {
    let timer;
    await Promise.race([this.all, new Promise((resolve) => (timer = setTimeout(resolve, PATIENCE_MS)))]);
    clearTimeout(timer);
    return { lost: this.count - this.times.length, last: this.times.at(-1) };
  }
}

/** One event: from its sending and from its answer to the last socket. */
async function once({ ask, hearing }, request) {
  hearing.begin();
  const begun = performance.now();
  const { ms } = await ask(request);
  const { lost, last } = await hearing.wait();
  return { call: ms, fromSending: last - begun, fromAnswer: last - begun - ms, lost };
}

/** One audience: its sockets are open, the greetings heard. */
async function audience(server, count, watch, isEvent) {
  const hearing = new Hearing(count);
  const before = residentBytes(server.pid);
  const begun = performance.now();
  const sockets = await openAll(server, count, watch, (socket, text) => isEvent(text) && hearing.hear(socket));
  const openMs = performance.now() - begun;
  const line = connection(server);
  return { server, hearing, sockets, ask: line.ask, line, events: [], memory: { before }, openMs };
}

async function close(one) {
  one.memory.during = residentBytes(one.server.pid);
  one.sockets.close();
  one.line.close();
  await new Promise((resolve) => setTimeout(resolve, 2000));
  one.memory.after = residentBytes(one.server.pid);
}

/** Ours and the peer in turn, so many events. */
export async function events({ ours, smallest }, { share, callers }, plan) {
  say(`events: opening ${plan.sockets} WebSockets, twice`);
  const watch = { path: `/api/v2/shares/${share}/events`, headers: callers.user };
  const own = await audience(ours, plan.sockets, watch, (text) => text.includes('"event":"updated"'));
  const peer = await audience(smallest, plan.sockets, { path: "/events", headers: {} }, () => true);
  const told = '{"id":1234567,"at":1790000000000,"event":"updated"}';
  say(`events: sending ${plan.events}`);
  for (let n = 0; n <= plan.events; n += 1) {
    const change = post("shares/update", callers.service, { share_id: share, description: `change ${n}` });
    const [a, b] = [await once(own, change), await once(peer, { method: "POST", path: "/tell", body: told })];
    // The first warms up; what it loses counts.
    if (n > 0) own.events.push(a) && peer.events.push(b);
    else own.hearing.extra += a.lost;
  }
  for (const one of [own, peer]) await close(one);
  const outcome = ({ events: all, memory, openMs, hearing }) => ({ all, memory, openMs, lost: all.reduce((sum, { lost }) => sum + lost, 0), extra: hearing.extra });
  return { ours: outcome(own), smallest: outcome(peer) };
}
