// Peer (a): the smallest Worker that streams the same objects out of the same bucket. It knows each address's object from
// a table (`OBJECTS`: key, type and, for a part of an object, its range) and checks nothing at all.

let objects;

export default {
  async fetch(request, env) {
    objects ??= JSON.parse(env.OBJECTS);
    const { key, type, range } = objects[new URL(request.url).pathname];
    const asked = request.headers.has("range");
    const object = await env.SHARES_E.get(key, { range: asked ? request.headers : range });
    const headers = { "content-type": type };
    if (!asked) return new Response(object.body, { headers });
    const { offset, length } = object.range;
    headers["content-range"] = `bytes ${offset}-${offset + length - 1}/${object.size}`;
    return new Response(object.body, { status: 206, headers });
  },
};
