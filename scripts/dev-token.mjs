// Prints a token signed with the local development keys.
//
//   npm run dev:token -- api [--admin | --service] [--project P]… [--org O]… [--sub U] [--ttl SECONDS]
//   npm run dev:token -- viewer --share ID [--sub U] [--scope S] [--org O] [--ttl SECONDS]

import { randomUUID } from "node:crypto";
import { parseArgs } from "node:util";
import { developmentKeys, signToken } from "./dev-keys.mjs";
import { fail } from "./run.mjs";

const usage = "npm run dev:token -- api [--admin | --service] [--project P] [--org O] [--ttl S]   or   -- viewer --share ID [--sub U] [--scope S] [--org O] [--ttl S]";

/** The project that `npm start` and `npm run dev:token` act for. */
export const DEVELOPMENT_PROJECT = "development";

export async function apiToken({ sub = "developer", ttl = 3600, admin = false, service = false, projects = [DEVELOPMENT_PROJECT], orgs = [] } = {}) {
  const now = Math.floor(Date.now() / 1000);
  const roles = [...(admin ? ["admin"] : []), ...(service ? ["service"] : [])];
  const claims = { iss: "vitrine-dev", aud: "vitrine-api", sub, iat: now, nbf: now, exp: now + ttl, projects, roles, org_ids: orgs };
  return signToken(developmentKeys().api, claims);
}

export async function viewerToken({ share, sub = "reader", scope = "authenticated", org, ttl = 900 }) {
  const now = Math.floor(Date.now() / 1000);
  const base = { iss: "vitrine-dev", aud: "vitrine-share", sub, share_id: share, scope, iat: now, nbf: now, exp: now + ttl };
  return signToken(developmentKeys().viewer, { ...base, ...(org ? { org_id: org } : {}), jti: randomUUID() });
}

async function main() {
  let parsed;
  try {
    parsed = parseArgs({
      allowPositionals: true,
      options: {
        admin: { type: "boolean" },
        service: { type: "boolean" },
        project: { type: "string", multiple: true },
        share: { type: "string" },
        sub: { type: "string" },
        scope: { type: "string" },
        org: { type: "string", multiple: true },
        ttl: { type: "string" },
      },
    });
  } catch (error) {
    fail(error.message, usage);
  }
  const { values, positionals } = parsed;
  const ttl = values.ttl === undefined ? undefined : Number(values.ttl);
  if (ttl !== undefined && !Number.isInteger(ttl)) fail("--ttl takes a whole number of seconds", usage);
  const given = Object.fromEntries(Object.entries({ ...values, ttl }).filter(([, value]) => value !== undefined));
  if (positionals[0] === "api") return apiToken({ ...given, projects: values.project ?? [DEVELOPMENT_PROJECT], orgs: values.org ?? [] });
  if (positionals[0] === "viewer" && values.share) return viewerToken({ ...given, org: values.org?.at(-1) });
  return fail("say which token", usage);
}

if (process.argv[1] === import.meta.filename) process.stdout.write(`${await main()}\n`);
