// Who calls: tokens as the main app signs them, and a host that was invited and has enrolled. Called by bench/control.mjs, and by
// what it measures for the form of a POST.

import { generateKeyPairSync, randomUUID, sign } from "node:crypto";
import { askJson } from "../gateway/ask.mjs";
import { busyUser } from "./content.mjs";

/** Longer than any run. */
const TOKEN_SECONDS = 3600;
/** The longest that a host's token may live. */
const HOST_SECONDS = 290;

const base64url = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
const now = () => Math.floor(Date.now() / 1000);

async function apiToken(claims) {
  // Only now: when it is loaded, it reads from `VITRINE_STATE` where the keys are.
  const { developmentKeys, signToken } = await import("../../scripts/dev-keys.mjs");
  const times = { iat: now(), nbf: now(), exp: now() + TOKEN_SECONDS };
  return signToken(developmentKeys().api, { iss: "vitrine-dev", aud: "vitrine-api", org_ids: [], projects: [], roles: [], ...times, ...claims });
}

/** The headers of each kind of caller. */
export async function callers() {
  const headers = async (claims) => ({ authorization: `Bearer ${await apiToken(claims)}` });
  return {
    anonymous: {},
    user: await headers(busyUser),
    // One project: then the program need not say which.
    publisher: await headers({ sub: "publisher", projects: [busyUser.projects[0]] }),
    service: await headers({ sub: "main-app", roles: ["service"] }),
    admin: await headers({ sub: "operator", roles: ["admin"] }),
  };
}

/** A POST of the API. */
export const post = (path, headers, body) => ({
  method: "POST",
  path: `/api/v2/${path}`,
  headers: { ...headers, "content-type": "application/json" },
  body: JSON.stringify(body),
});

/** Invites and enrols a host. Returns what makes its headers; its tokens are short-lived. */
export async function enrolHost(server, admin) {
  const { enrolment_token } = await askJson(server, post("hosts/invite", admin, { name: "bench" }), 201);
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  const { x } = publicKey.export({ format: "jwk" });
  const { host_id: host } = await askJson(server, post("hosts/enroll", {}, { enrolment_token, public_key: x, version: "bench" }), 201);
  return () => {
    const claims = { aud: "vitrine-host", sub: host, iat: now(), exp: now() + HOST_SECONDS, jti: randomUUID() };
    const input = `${base64url({ alg: "EdDSA", typ: "JWT", kid: host })}.${base64url(claims)}`;
    return { authorization: `Bearer ${input}.${sign(null, Buffer.from(input), privateKey).toString("base64url")}` };
  };
}
