// Slows down what a browser does: every page, frame and worker that it opens, from its first request on.
//
// Playwright's own sessions are of pages; a worker's script and a frame of another origin have their own. So this listens beside
// it on the browser's debugging port, stops each target at its birth, and lets it go when it is slowed.

/** A network as Lighthouse takes for desktops, a processor as it takes for phones. */
export const SLOW = { rttMs: 40, kilobitsPerSecond: 10_240, cpu: 4 };

const conditions = {
  offline: false,
  latency: SLOW.rttMs,
  downloadThroughput: (SLOW.kilobitsPerSecond * 1000) / 8,
  uploadThroughput: (SLOW.kilobitsPerSecond * 1000) / 8,
};

const ATTACH = { autoAttach: true, waitForDebuggerOnStart: true, flatten: true };

async function socketOf(port) {
  for (let tries = 0; ; tries += 1) {
    try {
      const { webSocketDebuggerUrl } = await (await fetch(`http://127.0.0.1:${port}/json/version`)).json();
      return new WebSocket(webSocketDebuggerUrl);
    } catch (error) {
      if (tries > 50) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

/** Slows a browser with its debugger on `port`; `calls` of a page are for measuring it. */
export async function throttle(port, { network = true, cpu = SLOW.cpu } = {}) {
  const socket = await socketOf(port);
  await new Promise((resolve, reject) => Object.assign(socket, { onopen: resolve, onerror: reject }));
  const waiting = new Map();
  const pages = new Map();
  let number = 0;
  /** Answers of targets that are gone never come, so nobody but who asks waits for them. */
  const call = (method, params = {}, sessionId = undefined) =>
    new Promise((resolve, reject) => {
      waiting.set((number += 1), { resolve, reject });
      socket.send(JSON.stringify({ id: number, method, params, ...(sessionId ? { sessionId } : {}) }));
    });

  function slow({ sessionId, targetInfo }) {
    const tell = (method, params) => call(method, params, sessionId).catch(() => {});
    if (targetInfo.type === "page") pages.set(targetInfo.targetId, sessionId);
    if (network) {
      tell("Network.enable", { maxTotalBufferSize: 0 });
      tell("Network.emulateNetworkConditions", conditions);
    }
    if (["page", "iframe"].includes(targetInfo.type)) tell("Emulation.setCPUThrottlingRate", { rate: cpu });
    tell("Target.setAutoAttach", ATTACH);
    tell("Runtime.runIfWaitingForDebugger");
  }

  socket.onmessage = ({ data }) => {
    const { id, method, params, result, error } = JSON.parse(data);
    if (method === "Target.attachedToTarget") slow(params);
    if (id === undefined) return;
    const { resolve, reject } = waiting.get(id) ?? {};
    waiting.delete(id);
    if (error) reject?.(new Error(error.message));
    else resolve?.(result);
  };
  await call("Target.setAutoAttach", ATTACH);
  return {
    /** A call to the page that was opened last. */
    call: (method, params) => call(method, params, [...pages.values()].at(-1)),
    close: () => socket.close(),
  };
}
