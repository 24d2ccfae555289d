// Signs a request of S3 by AWS's Signature Version 4, with the body unsigned. Used by what the benches send themselves.

import { createHash, createHmac } from "node:crypto";

const sha256 = (text) => createHash("sha256").update(text).digest("hex");
const hmac = (key, text) => createHmac("sha256", key).update(text).digest();

/** The headers of a request without a query. */
export function signed({ method = "PUT", host, path, id, secret }) {
  const time = new Date().toISOString().replace(/[-:]|\.\d+/g, "");
  const scope = `${time.slice(0, 8)}/auto/s3/aws4_request`;
  const headers = { host, "x-amz-content-sha256": "UNSIGNED-PAYLOAD", "x-amz-date": time };
  const names = Object.keys(headers).join(";");
  const lines = Object.entries(headers).map(([name, value]) => `${name}:${value}\n`).join("");
  const canonical = [method, path, "", lines, names, headers["x-amz-content-sha256"]].join("\n");
  const key = scope.split("/").reduce(hmac, `AWS4${secret}`);
  const signature = createHmac("sha256", key).update(["AWS4-HMAC-SHA256", time, scope, sha256(canonical)].join("\n")).digest("hex");
  return { ...headers, authorization: `AWS4-HMAC-SHA256 Credential=${id}/${scope}, SignedHeaders=${names}, Signature=${signature}` };
}
