// The floor of the platform: a Worker that answers every request with the same 4 KB from memory. Nothing that is served
// under `wrangler dev` can be faster.

const body = new Uint8Array(4096).fill(0x61);
const headers = { "content-type": "application/octet-stream" };

export default {
  fetch: () => new Response(body, { headers }),
};
