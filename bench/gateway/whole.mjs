// Puts an object again, in one part. The program sends a large file in parts, and the simulated R2 passes a range of such an
// object through JavaScript in small pieces, which costs nine times what it costs for an object in one part and would hide
// every difference between the Workers. The real R2 has no such difference.

import { createHash, createHmac } from "node:crypto";
import { createReadStream, readFileSync, statSync } from "node:fs";
import { request } from "node:http";

const sha256 = (text) => createHash("sha256").update(text).digest("hex");
const hmac = (key, text) => createHmac("sha256", key).update(text).digest();

/** The headers of a put by AWS's Signature Version 4, with the body unsigned. */
function signed({ host, path, id, secret }) {
  const time = new Date().toISOString().replace(/[-:]|\.\d+/g, "");
  const scope = `${time.slice(0, 8)}/auto/s3/aws4_request`;
  const headers = { host, "x-amz-content-sha256": "UNSIGNED-PAYLOAD", "x-amz-date": time };
  const names = Object.keys(headers).join(";");
  const lines = Object.entries(headers).map(([name, value]) => `${name}:${value}\n`).join("");
  const canonical = ["PUT", path, "", lines, names, headers["x-amz-content-sha256"]].join("\n");
  const key = scope.split("/").reduce(hmac, `AWS4${secret}`);
  const signature = createHmac("sha256", key).update(["AWS4-HMAC-SHA256", time, scope, sha256(canonical)].join("\n")).digest("hex");
  return { ...headers, authorization: `AWS4-HMAC-SHA256 Credential=${id}/${scope}, SignedHeaders=${names}, Signature=${signature}` };
}

/** Reads the endpoint and the credentials of the local Worker. */
function store(variables) {
  const value = (name) => new RegExp(`^${name}='(.*)'$`, "m").exec(readFileSync(variables, "utf8"))[1];
  return { endpoint: new URL(value("S3_ENDPOINT")), id: value("S3_ACCESS_KEY_ID"), secret: value("S3_SECRET_ACCESS_KEY") };
}

/** Puts a file under a key, by the S3 interface that the program uses. */
export function putWhole(file, bucket, key, variables) {
  const { endpoint, ...credentials } = store(variables);
  const path = `${endpoint.pathname}/${bucket}/${key}`;
  const headers = { ...signed({ host: endpoint.host, path, ...credentials }), "content-length": statSync(file).size };
  return new Promise((resolve, reject) => {
    const put = request(new URL(path, endpoint), { method: "PUT", headers, agent: false }, async (answer) => {
      const text = Buffer.concat(await answer.toArray()).toString();
      answer.statusCode === 200 ? resolve() : reject(new Error(`putting ${key} failed (${answer.statusCode}): ${text}`));
    });
    put.on("error", reject);
    createReadStream(file).on("error", reject).pipe(put);
  });
}
