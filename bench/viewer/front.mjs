// One server in front of all contenders: the browser speaks to this one only, so that all are served alike.
//
// What a contender's own server answered is kept and given again: what an answer costs a server is another bench's matter. It is
// compressed as Cloudflare's edge would, which is where ours is served from; and every answer is counted. Refuses nothing;
// what is not GET, and streams of events, pass through.

import { createServer, request } from "node:http";
import { brotliCompressSync, constants } from "node:zlib";

/** What Cloudflare's edge compresses (its "Content compression" page), of the types that occur here. */
const COMPRESSED = new Set(
  ("text/html text/plain text/css text/x-markdown text/javascript text/xml application/javascript application/x-javascript application/json " +
    "application/xml application/wasm application/manifest+json application/ld+json application/geo+json image/svg+xml image/x-icon font/ttf font/otf").split(" "),
);

/** The quality that the edge uses for what it compresses on the way. */
const QUALITY = 4;

/** Shorter answers are left as they are. */
const SHORTEST = 48;

/** Of one connection only, or made anew here. */
const OWN = new Set(["connection", "keep-alive", "transfer-encoding", "content-length", "date"]);

/** Asks a contender's own server. */
function fetchFrom(port, { method, url, headers }, body) {
  return new Promise((resolve, reject) => {
    const asked = request({ host: "127.0.0.1", port, method, path: url, headers }, resolve);
    asked.on("error", reject);
    if (body) body.pipe(asked);
    else asked.end();
  });
}

async function wholeOf(answer) {
  const parts = [];
  for await (const part of answer) parts.push(part);
  return Buffer.concat(parts);
}

function compresses({ status, headers }, body) {
  const type = String(headers["content-type"] ?? "").split(";")[0].trim().toLowerCase();
  const allowed = !/no-transform/.test(headers["cache-control"] ?? "") && headers["content-encoding"] === undefined;
  return status === 200 && allowed && body.length >= SHORTEST && COMPRESSED.has(type);
}

/** An answer as it is given again. */
function recorded({ statusCode: status, headers: fields }, body, changed) {
  const headers = changed(Object.fromEntries(Object.entries(fields).filter(([name]) => !OWN.has(name))));
  if (!compresses({ status, headers }, body)) return { status, headers, body };
  const params = { [constants.BROTLI_PARAM_QUALITY]: QUALITY, [constants.BROTLI_PARAM_SIZE_HINT]: body.length };
  // As the edge does: the bytes are others now, so the entity tag is a weak one.
  if (headers.etag) headers.etag = headers.etag.replace(/^"/, 'W/"');
  Object.assign(headers, { "content-encoding": "br", vary: "accept-encoding" });
  return { status, headers, body: brotliCompressSync(body, { params }) };
}

const sameTag = (a, b) => a !== undefined && b !== undefined && a.replace(/^W\//, "") === b.replace(/^W\//, "");

/** A page with nothing in it, to warm a browser up and to measure a plain fetch from; every host has it. */
export const BLANK = "/bench-blank";

const BLANK_ANSWER = { status: 200, headers: { "content-type": "text/html", "cache-control": "no-store" }, body: Buffer.from("<!doctype html><title>blank</title>") };

/**
 * Listens on `port`. `hosts` says for each first part of a host name on which port its server listens, and which `rules`
 * change an answer's headers; what is `live` is never kept.
 */
export async function startFront(port, hosts) {
  const kept = new Map();
  const log = [];
  let open = 0;
  const place = (asked) => hosts[String(asked.headers.host).split(".")[0]];

  async function answerOf(asked, host) {
    const key = [asked.method, asked.headers.host, asked.url, asked.headers.range ?? ""].join(" ");
    if (!kept.has(key)) {
      const { "if-none-match": _, "if-modified-since": __, ...headers } = asked.headers;
      // As the edge does, which always takes both codings; an answer that comes encoded is passed on.
      const encodings = { "accept-encoding": "gzip, br" };
      const answer = await fetchFrom(host.port, { method: asked.method, url: asked.url, headers: { ...headers, ...encodings } });
      const made = recorded(answer, await wholeOf(answer), (fields) => host.rules?.(fields, asked.url) ?? fields);
      if (made.status >= 500) return made;
      kept.set(key, made);
    }
    return kept.get(key);
  }

  async function pass(asked, reply, host) {
    const answer = await fetchFrom(host.port, asked, asked);
    reply.writeHead(answer.statusCode, answer.headers);
    answer.pipe(reply);
    reply.on("close", () => answer.destroy());
  }

  function send(asked, reply, { status, headers, body }) {
    if (status === 200 && sameTag(asked.headers["if-none-match"], headers.etag)) {
      const { "content-type": _, "content-encoding": __, ...rest } = headers;
      reply.writeHead(304, rest).end();
      return;
    }
    reply.writeHead(status, { ...headers, "content-length": String(body.length) });
    reply.end(asked.method === "HEAD" ? undefined : body);
  }

  const server = createServer((asked, reply) => {
    const { socket } = asked;
    const entry = { url: asked.url, method: asked.method, begun: performance.now(), before: socket.bytesWritten };
    const streams = /text\/event-stream/.test(asked.headers.accept ?? "");
    log.push(entry);
    if (!streams) open += 1;
    reply.on("close", () => {
      if (!streams) open -= 1;
      Object.assign(entry, { ended: performance.now(), bytes: socket.bytesWritten - entry.before, status: reply.statusCode });
    });
    const host = place(asked);
    const work = async () => {
      if (asked.url === BLANK) send(asked, reply, BLANK_ANSWER);
      else if (host === undefined) reply.writeHead(404).end();
      else if (host.live || streams || !["GET", "HEAD"].includes(asked.method)) await pass(asked, reply, host);
      else send(asked, reply, await answerOf(asked, host));
    };
    work().catch(() => reply.headersSent ? reply.destroy() : reply.writeHead(502).end());
  });
  server.keepAliveTimeout = 60_000;
  await new Promise((resolve, reject) => server.once("error", reject).listen(port, "127.0.0.1", resolve));
  return {
    /** How many answers are under way, and when the last one ended. */
    state: () => ({ open, last: Math.max(0, ...log.map(({ begun, ended }) => ended ?? begun)) }),
    /** Forgets what was counted. */
    reset: () => log.splice(0),
    /** What was asked since; requests for pages' icons are the browser's own. */
    counted: () => log.filter(({ url }) => !/favicon/.test(url)),
    close: () => (server.closeAllConnections(), server.close()),
  };
}
