// The other end of a thousand WebSockets: a handshake and a reader of frames (RFC 6455), and nothing else. Node's own client
// is not used because it takes several times the processor time for a message, on the cores that the server needs.
// Called by events.mjs.

import { randomBytes } from "node:crypto";
import { request } from "node:http";

const AT_ONCE = 50;
const TEXT = 1;

/** Calls `hear` with each text of a socket. The server's messages are short and unfragmented; anything else is an error. */
function reader(hear) {
  let rest = Buffer.alloc(0);
  return (data) => {
    rest = rest.length === 0 ? data : Buffer.concat([rest, data]);
    while (rest.length >= 2) {
      const short = rest[1];
      if (short > 126) throw new Error("a frame of more than 64 KB, or a masked one");
      if (short === 126 && rest.length < 4) return;
      const [at, length] = short === 126 ? [4, rest.readUInt16BE(2)] : [2, short];
      if (rest.length < at + length) return;
      if ((rest[0] & 15) === TEXT) hear(rest.toString("utf8", at, at + length));
      rest = rest.subarray(at + length);
    }
  };
}

function open(server, { path, headers }, hear) {
  return new Promise((resolve, reject) => {
    const handshake = { connection: "Upgrade", upgrade: "websocket", "sec-websocket-version": "13", "sec-websocket-key": randomBytes(16).toString("base64") };
    const options = { agent: false, host: "127.0.0.1", port: server.port, path, headers: { ...headers, ...handshake, host: server.host } };
    const asked = request(options, (answer) => reject(new Error(`${path} is answered ${answer.statusCode}, not with a WebSocket`)));
    asked.on("upgrade", (_, socket, head) => {
      const read = reader(hear);
      socket.setNoDelay(true);
      socket.on("data", read);
      socket.on("error", () => {});
      if (head.length > 0) read(head);
      resolve(socket);
    });
    asked.on("error", reject);
    asked.end();
  });
}

/** Opens so many. `hear` gets a socket's number and a text. */
export async function openAll(server, count, asked, hear) {
  const sockets = [];
  for (let n = 0; n < count; n += AT_ONCE) {
    const batch = Array.from({ length: Math.min(AT_ONCE, count - n) }, (_, k) => open(server, asked, (text) => hear(n + k, text)));
    sockets.push(...(await Promise.all(batch)));
  }
  return { close: () => sockets.forEach((socket) => socket.destroy()) };
}
