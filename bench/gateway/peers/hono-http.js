// Peer (b)'s HTTP: the headers that data is served with, preconditions and single ranges (RFC 9110 sections 13 and 14).

export const IMMUTABLE = "public, max-age=31536000, immutable, no-transform";
export const REVALIDATE = "public, no-cache";

export const dataHeaders = {
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "permissions-policy":
    "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), magnetometer=(), microphone=(), midi=(), " +
    "payment=(), publickey-credentials-get=(), serial=(), usb=()",
  "access-control-allow-origin": "*",
  "access-control-expose-headers": "Accept-Ranges, Content-Encoding, Content-Length, Content-Range, ETag",
  "cross-origin-resource-policy": "cross-origin",
  "content-security-policy": "sandbox; default-src 'none'; style-src 'unsafe-inline'",
};

const PASSIVE = /^(?:image\/(?!svg)|audio\/|video\/|font\/|text\/(?:plain|csv|markdown)\b|application\/(?:json|pdf|octet-stream|zip)\b)/;

/** Never an active type: text that a browser would run is shown as text, the rest is saved. */
export function fileHeaders({ name, content_type: type, mtime }) {
  const passive = PASSIVE.test(type);
  const textual = /^text\/|xml$|javascript$/.test(type.split(";")[0]);
  const served = passive ? type : textual ? "text/plain; charset=utf-8" : "application/octet-stream";
  const plain = name.replace(/[^\w !#$&'()+,.@[\]^{}~-]/g, "_");
  const encoded = plain === name ? "" : `; filename*=UTF-8''${encodeURIComponent(name)}`;
  return {
    ...dataHeaders,
    "content-type": served,
    "content-disposition": `${passive || textual ? "inline" : "attachment"}; filename="${plain}"${encoded}`,
    "last-modified": new Date(mtime).toUTCString(),
  };
}

const tagsOf = (list) => list.split(",").map((tag) => tag.trim().replace(/^W\//, ""));

/** 304 or 412 where the preconditions come to that. */
export function conditionsOf(asked, etag, mtime) {
  const match = asked.get("if-match");
  if (match !== null && match.trim() !== "*" && !tagsOf(match).includes(etag)) return 412;
  const none = asked.get("if-none-match");
  if (none !== null) return none.trim() === "*" || tagsOf(none).includes(etag) ? 304 : undefined;
  const since = asked.get("if-modified-since");
  if (since !== null && mtime !== undefined && Math.floor(mtime / 1000) * 1000 <= Date.parse(since)) return 304;
  return undefined;
}

/** The one range that is asked for, in R2's own terms; undefined for all of it. Several ranges are ignored. */
export function rangeOf(asked, etag) {
  const header = asked.get("range");
  const condition = asked.get("if-range");
  if (header === null || (condition !== null && condition.trim() !== etag)) return undefined;
  const [, first, last] = /^bytes=\s*(\d*)-(\d*)\s*$/i.exec(header) ?? [];
  if (first === undefined || first + last === "") return undefined;
  if (first === "") return { suffix: Number(last) };
  if (last === "") return { offset: Number(first) };
  return Number(last) < Number(first) ? undefined : { offset: Number(first), length: Number(last) - Number(first) + 1 };
}

/** Where a range lies in a content of `size` bytes; undefined where none of it does. */
export function spanOf(range, size) {
  if (range === undefined) return { first: 0, length: size };
  const length = Math.min(range.suffix ?? range.length ?? size, size);
  const first = range.suffix === undefined ? range.offset : size - length;
  return first < size && length > 0 ? { first, length: Math.min(length, size - first) } : undefined;
}
