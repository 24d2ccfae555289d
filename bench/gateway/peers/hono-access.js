// Peer (b)'s access: viewer tokens checked by jose, and capabilities of its own, which are an issue and an expiry time with
// an HMAC over them and the share.

import { createLocalJWKSet, jwtVerify } from "jose";

const CAPABILITY_SECONDS = 15 * 60;
const TOKEN_BYTES_MAX = 4096;

let keys;
let secret;

const text = (value) => new TextEncoder().encode(value);

const secretOf = (env) =>
  (secret ??= crypto.subtle.importKey("raw", text(env.CAPABILITY_SECRET), { name: "HMAC", hash: "SHA-256" }, false, ["sign", "verify"]));

const isGated = (meta) => meta.scope !== "public" && meta.scope !== "unlisted";

const signedText = (share, issued, expires) => text(`${share}.${issued}.${expires}`);

/** Whether a share is open to who brings `capability`, which may be empty. */
export async function isOpen(meta, capability, env) {
  if (!isGated(meta)) return true;
  const [issued, expires, mac] = capability.split(".");
  if (mac === undefined || Number(expires) * 1000 <= Date.now()) return false;
  if (Number(issued) * 1000 < (meta.tokens_valid_after ?? 0)) return false;
  if (!/^[\w-]{43}$/.test(mac)) return false;
  const bytes = Uint8Array.from(atob(mac.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
  return crypto.subtle.verify("HMAC", await secretOf(env), bytes, signedText(meta.share_id, issued, expires));
}

async function mint(meta, env) {
  const issued = Math.floor(Date.now() / 1000);
  const expires = issued + CAPABILITY_SECONDS;
  const mac = await crypto.subtle.sign("HMAC", await secretOf(env), signedText(meta.share_id, issued, expires));
  const written = btoa(String.fromCharCode(...new Uint8Array(mac))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
  return { capability: `${issued}.${expires}.${written}`, expires_at: expires * 1000 };
}

function claimsFit(claims, meta) {
  const scoped = claims.share_id === meta.share_id && claims.scope === meta.scope;
  const member = meta.scope !== "org" || (claims.org_id !== undefined && claims.org_id === meta.org_id);
  return scoped && member && claims.iat * 1000 >= (meta.tokens_valid_after ?? 0);
}

/** Takes a viewer token for a capability; undefined when the token is not good for this share. */
export async function exchange(token, meta, env) {
  if (typeof token !== "string" || token.length > TOKEN_BYTES_MAX) return undefined;
  keys ??= createLocalJWKSet(JSON.parse(env.VIEWER_JWKS));
  try {
    const { payload } = await jwtVerify(token, keys, {
      algorithms: ["EdDSA", "ES256"],
      issuer: "vitrine-dev",
      audience: "vitrine-share",
      clockTolerance: 30,
      maxTokenAge: 15 * 60,
      requiredClaims: ["iss", "sub", "share_id", "scope", "iat", "nbf", "exp", "jti"],
    });
    return claimsFit(payload, meta) ? mint(meta, env) : undefined;
  } catch {
    return undefined;
  }
}
