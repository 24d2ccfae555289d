// Peer (b): the gateway as it is commonly written in JavaScript, with hono and jose. It makes the same decisions as
// Vitrine's on the routes that the bench asks for: who may read, what the path names, preconditions, ranges, headers. What
// never changes or may be some seconds old is kept in memory.

import { Hono } from "hono";
import { exchange, isOpen } from "./hono-access.js";
import { conditionsOf, dataHeaders, fileHeaders, IMMUTABLE, rangeOf, REVALIDATE, spanOf } from "./hono-http.js";
import { findFile, readLatest, readManifest, readMeta } from "./hono-snapshot.js";

const app = new Hono();

const problem = (status, code, headers = {}) =>
  new Response(JSON.stringify({ type: "about:blank", status, code }), {
    status,
    headers: { ...dataHeaders, ...headers, "content-type": "application/problem+json", "cache-control": "no-store" },
  });

app.post("/~/:share/session", async (c) => {
  const meta = await readMeta(c.env.SHARES_E, c.req.param("share"));
  if (meta?.state !== "active") return problem(404, "share_not_found");
  const body = await c.req.json().catch(() => ({}));
  const session = await exchange(body.token, meta, c.env);
  if (session === undefined) return problem(401, "token_invalid");
  return new Response(JSON.stringify(session), {
    headers: { ...dataHeaders, "content-type": "application/json", "cache-control": "no-store" },
  });
});

/** The share must be there, and open to this reader; otherwise it looks like one that does not exist. */
app.use("/:cap{~[^/]*}/:share/*", async (c, next) => {
  const meta = await readMeta(c.env.SHARES_E, c.req.param("share"));
  const capability = c.req.param("cap").slice(1);
  if (meta?.state !== "active" || !(await isOpen(meta, capability, c.env))) return problem(404, "share_not_found");
  c.set("meta", meta);
  return next();
});

app.get("/:cap{~[^/]*}/:share/latest.json", async (c) => {
  const latest = await readLatest(c.env.SHARES_E, c.req.param("share"));
  if (latest === undefined) return problem(404, "not_published");
  const headers = { ...dataHeaders, "content-type": "application/json", "cache-control": REVALIDATE, etag: latest.etag };
  const unchanged = conditionsOf(c.req.raw.headers, latest.etag);
  return unchanged ? refused(unchanged, headers) : new Response(latest.bytes, { headers });
});

app.get("/:cap{~[^/]*}/:share/blobs/:hash{[0-9a-f]{64}}", async (c) => {
  const { share, hash } = c.req.param();
  const [key, etag, asked] = [`share/${share}/blobs/${hash}`, `"${hash}"`, c.req.raw.headers];
  const headers = {
    ...dataHeaders,
    "content-type": "application/octet-stream",
    "content-disposition": `attachment; filename="${hash}"`,
    "cache-control": cachingOf(c.get("meta")),
    "accept-ranges": "bytes",
    etag,
  };
  const unchanged = conditionsOf(asked, etag);
  if (unchanged) return refused(unchanged, headers);
  // One read answers both how long the blob is and what is in the range; R2 refuses a range that is outside.
  const range = rangeOf(asked, etag);
  const object = await c.env.SHARES_E.get(key, range && { range }).catch(() => c.env.SHARES_E.head(key));
  if (object === null) return problem(404, "path_not_found");
  return answer(headers, range, object.size, () => object.body);
});

app.get("/:cap{~[^/]*}/:share/files/:manifest/:path{.+}", async (c) => {
  const { share, manifest: id, path } = c.req.param();
  const manifest = await readManifest(c.env.SHARES_E, share, id);
  if (manifest === undefined) return problem(404, "snapshot_not_found");
  const file = await findFile(c.env.SHARES_E, share, manifest, path);
  if (file === undefined) return problem(404, "path_not_found");
  const etag = `"${file.hash}"`;
  const headers = { ...fileHeaders(file), "cache-control": cachingOf(c.get("meta")), "accept-ranges": "bytes", etag };
  const unchanged = conditionsOf(c.req.raw.headers, etag, file.mtime);
  if (unchanged) return refused(unchanged, headers);
  const extents = file.extents ?? [[file.hash, 0, file.size]];
  const range = rangeOf(c.req.raw.headers, etag);
  return answer(headers, range, file.size, ({ first, length }) => open(c, cut(extents, first, length), length));
});

const cachingOf = (meta) => (meta.scope === "public" || meta.scope === "unlisted" ? IMMUTABLE : IMMUTABLE.replace("public", "private"));

/** 304 or 412. */
const refused = (status, headers) =>
  status === 304 ? new Response(null, { status, headers }) : problem(status, "precondition_failed", { etag: headers.etag });

/** Answers all of a content of `size` bytes or the range of it that was asked for, whose bytes `body` opens. */
async function answer(headers, range, size, body) {
  const span = spanOf(range, size);
  if (span === undefined) return problem(416, "range_not_satisfiable", { "content-range": `bytes */${size}` });
  const opened = await body(span);
  if (opened === undefined) return problem(500, "corrupt");
  headers["content-length"] = String(span.length);
  if (range === undefined) return new Response(opened, { headers });
  headers["content-range"] = `bytes ${span.first}-${span.first + span.length - 1}/${size}`;
  return new Response(opened, { status: 206, headers });
}

function cut(extents, first, length) {
  const pieces = [];
  for (const [blob, offset, extentLength] of extents) {
    const skip = Math.min(first, extentLength);
    const take = Math.min(length, extentLength - skip);
    if (take > 0) pieces.push([blob, offset + skip, take]);
    first -= skip;
    length -= take;
  }
  return pieces;
}

/** One piece is R2's own stream; several are joined into one of known length. */
async function open(c, pieces, length) {
  const get = ([blob, offset, length]) => c.env.SHARES_E.get(`share/${c.req.param("share")}/blobs/${blob}`, { range: { offset, length } });
  if (pieces.length === 0) return null;
  const first = await get(pieces[0]);
  if (first === null) return undefined;
  if (pieces.length === 1) return first.body;
  const { readable, writable } = new FixedLengthStream(length);
  const pump = async () => {
    await first.body.pipeTo(writable, { preventClose: true });
    for (const piece of pieces.slice(1)) await (await get(piece)).body.pipeTo(writable, { preventClose: true });
    await writable.close();
  };
  c.executionCtx.waitUntil(pump().catch((reason) => writable.abort(reason)));
  return readable;
}

export default app;
