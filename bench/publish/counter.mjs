// Counts what a program sends: a proxy between it and the server. It costs time, so it is only in a pass that is not timed.

import { connect, createServer } from "node:net";

/** Starts one in front of `port`; `take()` returns the bytes sent since it was last asked, headers included. */
export async function countingProxy(port) {
  let sent = 0;
  const open = new Set();
  const server = createServer({ noDelay: true }, (client) => {
    const upstream = connect({ port, host: "127.0.0.1", noDelay: true });
    client.on("data", (data) => (sent += data.length));
    client.pipe(upstream).pipe(client);
    for (const [one, other] of [[client, upstream], [upstream, client]]) {
      open.add(one);
      one.on("error", () => other.destroy());
      one.on("close", () => {
        open.delete(one);
        other.destroy();
      });
    }
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const take = () => {
    const bytes = sent;
    sent = 0;
    return bytes;
  };
  const close = () => {
    server.close();
    for (const socket of open) socket.destroy();
  };
  return { port: server.address().port, take, close };
}
