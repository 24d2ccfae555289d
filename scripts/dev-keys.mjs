// The local development keys: made once in .vitrine/ (never committed), used by the local Worker to check tokens, to sign
// capabilities and to mint viewer tokens, and by dev-token.mjs to sign tokens.

import { generateKeyPairSync, randomBytes, sign } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, root } from "./run.mjs";

export const stateFolder = process.env.VITRINE_STATE ?? join(root, ".vitrine");
const keyFile = join(stateFolder, "dev-keys.json");

/** One Ed25519 key for each audience, so that a viewer's minter cannot act on the API, one for the Worker itself; and a
 * secret for capabilities. */
export function developmentKeys() {
  const known = existsSync(keyFile) ? JSON.parse(readFileSync(keyFile, "utf8")) : {};
  if (known.api && known.viewer && known.signing && known.capability) return known;
  mkdirSync(stateFolder, { recursive: true });
  const make = (name) => {
    const { privateKey } = generateKeyPairSync("ed25519");
    return { kid: `dev-${name}`, ...privateKey.export({ format: "jwk" }) };
  };
  const made = { api: make("api"), viewer: make("viewer"), signing: make("signing"), capability: randomBytes(32).toString("base64url") };
  const keys = { ...made, ...known };
  writeFileSync(keyFile, JSON.stringify(keys, null, 2), { mode: 0o600 });
  return keys;
}

/** The public half, as a JWKS. */
export function publicSet(key) {
  const { kty, crv, x, kid } = key;
  return JSON.stringify({ keys: [{ kty, crv, x, kid, alg: "EdDSA", use: "sig" }] });
}

/** Both halves, as a JWKS: what the Worker itself signs with. */
export function privateSet(key) {
  return JSON.stringify({ keys: [key] });
}

const base64url = (value) => Buffer.from(typeof value === "string" ? value : JSON.stringify(value)).toString("base64url");

/** Signs claims as a compact JWT. */
export async function signToken(key, claims) {
  const { createPrivateKey } = await import("node:crypto");
  const input = `${base64url({ alg: "EdDSA", typ: "JWT", kid: key.kid })}.${base64url(claims)}`;
  const signature = sign(null, Buffer.from(input), createPrivateKey({ key, format: "jwk" }));
  return `${input}.${signature.toString("base64url")}`;
}
