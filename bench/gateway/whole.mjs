// Puts an object again, in one part. The program sends a large file in parts, and the simulated R2 passes a range of such an
// object through JavaScript in small pieces, which costs nine times what it costs for an object in one part and would hide
// every difference between the Workers. The real R2 has no such difference.

import { createReadStream, readFileSync, statSync } from "node:fs";
import { request } from "node:http";
import { signed } from "../sign.mjs";

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
