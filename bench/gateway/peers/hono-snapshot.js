// Peer (b)'s documents: `meta.json`, `latest.json` and manifests from the bucket, kept in memory, and files found by path in them.

/** As long as Vitrine believes them. */
const DOCUMENT_SECONDS = 10;
const KEPT_MAX = 500;

/** A small cache that drops what is oldest. */
class Kept {
  #entries = new Map();

  get(key) {
    const entry = this.#entries.get(key);
    return entry !== undefined && entry.until > Date.now() ? entry.value : undefined;
  }

  set(key, value, seconds) {
    this.#entries.delete(key);
    if (this.#entries.size >= KEPT_MAX) this.#entries.delete(this.#entries.keys().next().value);
    this.#entries.set(key, { value, until: Date.now() + seconds * 1000 });
  }
}

const kept = new Kept();

async function remember(name, seconds, read) {
  const known = kept.get(name);
  if (known !== undefined) return known;
  const value = await read();
  if (value !== undefined) kept.set(name, value, seconds);
  return value;
}

const readJson = (bucket, key, seconds) => remember(key, seconds, async () => (await bucket.get(key))?.json());

export async function readMeta(bucket, share) {
  const meta = await readJson(bucket, `share/${share}/meta.json`, DOCUMENT_SECONDS);
  return meta?.share_id === share ? meta : undefined;
}

/** The bytes of `latest.json` as stored, and their entity tag. */
export function readLatest(bucket, share) {
  const key = `share/${share}/latest.json`;
  return remember(key, DOCUMENT_SECONDS, async () => {
    const object = await bucket.get(key);
    return object === null ? undefined : { bytes: await object.bytes(), etag: object.httpEtag };
  });
}

/** Manifests never change, and neither do the listings in blobs. */
export const readManifest = (bucket, share, id) => readJson(bucket, `share/${share}/manifests/${id}.json`, Infinity);

function readListing(bucket, share, [blob, offset, length]) {
  const key = `share/${share}/blobs/${blob}`;
  return remember(`${key}:${offset}:${length}`, Infinity, async () => (await bucket.get(key, { range: { offset, length } }))?.json());
}

/** The entries among which `name` is: all of a listing, or the page of a wide one. */
async function entriesFor(bucket, share, listing, name) {
  if (listing.at) return readListing(bucket, share, listing.at);
  if (!listing.pages) return listing;
  const page = listing.pages.findLast(({ from }) => from <= name);
  return page === undefined ? {} : readListing(bucket, share, page.at);
}

/** The file that a path names; symbolic links are not followed. */
export async function findFile(bucket, share, manifest, path) {
  const names = path.split("/");
  const last = names.pop();
  let listing = manifest;
  for (const name of names) {
    const { dirs = [] } = await entriesFor(bucket, share, listing, name);
    listing = dirs.find((dir) => dir.name === name)?.listing;
    if (listing === undefined) return undefined;
  }
  const { files = [] } = await entriesFor(bucket, share, listing, last);
  return files.find((file) => file.name === last);
}
