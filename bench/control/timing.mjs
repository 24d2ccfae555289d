// One request after another over one connection, each timed; and what is made of many times. Used by every part of the
// control bench but the load of `calls`, which is wrk's.

import { Agent, request } from "node:http";

export const percentile = (values, share) => {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
};

export const median = (values) => percentile(values, 0.5);

/** A connection that is kept. `ask` gives the parsed answer, and the milliseconds from sending to the answer's last byte. */
export function connection(server) {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const ask = ({ method = "GET", path, headers = {}, body }, host = server.host) =>
    new Promise((resolve, reject) => {
      const begun = performance.now();
      const options = { agent, host: "127.0.0.1", port: server.port, method, path, headers: { ...headers, host } };
      const asked = request(options, (answer) => {
        const chunks = [];
        answer.on("data", (chunk) => chunks.push(chunk));
        answer.on("error", reject);
        answer.on("end", () => {
          const [ms, text] = [performance.now() - begun, Buffer.concat(chunks).toString()];
          const good = answer.statusCode >= 200 && answer.statusCode < 300;
          good ? resolve({ ms, text }) : reject(new Error(`${method} ${path} is answered ${answer.statusCode}: ${text.slice(0, 300)}`));
        });
      });
      asked.setTimeout(30_000, () => asked.destroy(new Error(`${method} ${path} is not answered`)));
      asked.on("error", reject);
      asked.end(body);
    });
  return { ask, close: () => agent.destroy() };
}
