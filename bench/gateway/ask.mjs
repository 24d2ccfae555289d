// One request by node:http, to an address by number under a host of our choosing: not every resolver knows names under
// `localhost`. Used to find facts and to compare answers; the load is wrk's.

import { createHash } from "node:crypto";
import { request } from "node:http";

/** Sends a request and returns the status, headers and body. */
export function ask(server, { method = "GET", path, headers = {}, body }) {
  return new Promise((resolve, reject) => {
    // A connection each: one that was kept may have been closed by the server while a program ran synchronously here.
    const options = { agent: false, host: "127.0.0.1", port: server.port, method, path, headers: { ...headers, host: server.host } };
    const asked = request(options, async (answer) => {
      const chunks = [];
      for await (const chunk of answer) chunks.push(chunk);
      resolve({ status: answer.statusCode, headers: answer.headers, body: Buffer.concat(chunks) });
    });
    asked.setTimeout(10_000, () => asked.destroy(new Error(`${server.name} does not answer ${method} ${path}`)));
    asked.on("error", reject);
    asked.end(body);
  });
}

/** The same, of what must be JSON and good. */
export async function askJson(server, asked, good = 200) {
  const { status, body } = await ask(server, asked);
  if (status !== good) throw new Error(`${server.name} answers ${status} to ${asked.path}: ${body.subarray(0, 300)}`);
  return JSON.parse(body);
}

/** What must be the same of two servers' answers. */
export const essenceOf = ({ status, headers, body }) => ({
  status,
  length: headers["content-length"],
  range: headers["content-range"],
  sha256: createHash("sha256").update(body).digest("hex"),
});
