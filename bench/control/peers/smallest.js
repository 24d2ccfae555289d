// The physical limit: what the platform's parts take when nothing of ours is around them. A Worker that does one thing for
// each path: one SELECT by a unique key, one INSERT, one call of an object that reads its SQLite, one message to all sockets.

import { DurableObject } from "cloudflare:workers";

const SELECT = "SELECT * FROM shares WHERE share_id = ?1";
const INSERT = "INSERT INTO audit (at, actor, action, share_id, detail) VALUES (?1, 'peer', 'insert', NULL, '')";

export class Smallest extends DurableObject {
  constructor(state, env) {
    super(state, env);
    state.storage.sql.exec("CREATE TABLE IF NOT EXISTS counter (one INTEGER PRIMARY KEY, n INTEGER NOT NULL)");
  }

  async fetch(request) {
    const { pathname } = new URL(request.url);
    if (pathname.endsWith("/events")) {
      const { 0: client, 1: server } = new WebSocketPair();
      this.ctx.acceptWebSocket(server);
      return new Response(null, { status: 101, webSocket: client });
    }
    if (pathname === "/tell") {
      const text = await request.text();
      for (const socket of this.ctx.getWebSockets()) socket.send(text);
    }
    return Response.json({ rows: this.ctx.storage.sql.exec("SELECT * FROM counter").toArray().length });
  }

  webSocketMessage() {}

  webSocketClose() {}
}

export default {
  async fetch(request, env) {
    const { pathname } = new URL(request.url);
    if (pathname === "/select") return Response.json(await env.DB.prepare(SELECT).bind(env.SHARE).first());
    if (pathname === "/insert") return Response.json((await env.DB.prepare(INSERT).bind(Date.now()).run()).success);
    if (pathname === "/") return Response.json({ ok: true });
    return env.SMALLEST.getByName("one").fetch(request);
  },
};
