// What a file of a body claims about itself, checked against its bytes before three.js makes arrays of that size. Pure.

interface Accessor {
  bufferView?: number;
  count?: number;
}

/** As much of a glTF as is looked at here. */
export interface Json {
  buffers?: { uri?: string; byteLength?: number }[];
  images?: { uri?: string; mimeType?: string }[];
  accessors?: Accessor[];
  nodes?: { children?: number[] }[];
  bufferViews?: { extensions?: Record<string, { count?: number; byteStride?: number } | undefined> }[];
  extensionsUsed?: string[];
  extensionsRequired?: string[];
}

export interface Gltf {
  readonly json: Json;
  /** The part of a GLB that is not JSON. */
  readonly binary: Uint8Array<ArrayBuffer> | undefined;
}

/** Extensions that change what bytes mean, and need decoders that we do not have. */
const UNKNOWN = ["KHR_draco_mesh_compression", "KHR_texture_basisu"];

/** What meshopt packed, by both of its names. */
const MESHOPT = ["EXT_meshopt_compression", "KHR_meshopt_compression"] as const;

/** More is not unpacked. */
const UNPACKED_MAX = 500_000_000;

export const isMeshopt = ({ extensionsUsed = [], extensionsRequired = [] }: Json): boolean => MESHOPT.some((name) => extensionsUsed.includes(name) || extensionsRequired.includes(name));

/** Values that stand for themselves without bytes: a file of a kilobyte may claim a billion of them. */
const ZEROS_MAX = 5_000_000;

const NODES_MAX = 100_000;

const data = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** Takes a GLB apart, or reads a glTF; throws when it is neither, or is not to be made. */
export function readGltf(bytes: Uint8Array<ArrayBuffer>): Gltf {
  const view = data(bytes);
  if (bytes.length < 20 || view.getUint32(0, true) !== 0x46546c67) return { json: checked(JSON.parse(new TextDecoder().decode(bytes))), binary: undefined };
  let json: unknown;
  let binary: Uint8Array<ArrayBuffer> | undefined;
  for (let at = 12; at + 8 <= bytes.length; ) {
    const [length, kind] = [view.getUint32(at, true), view.getUint32(at + 4, true)];
    const chunk = bytes.subarray(at + 8, at + 8 + length);
    if (kind === 0x4e4f534a) json ??= JSON.parse(new TextDecoder().decode(chunk));
    else if (kind === 0x004e4942) binary ??= chunk;
    at += 8 + length;
  }
  return { json: checked(json), binary };
}

function checked(value: unknown): Json {
  if (typeof value !== "object" || value === null) throw new Error("There is no glTF in it");
  const json = value as Json;
  const unknown = json.extensionsRequired?.find((name) => UNKNOWN.includes(name));
  if (unknown !== undefined) throw new Error(`It is packed with ${unknown}`);
  const zeros = (json.accessors ?? []).reduce((sum, { bufferView, count }) => sum + (bufferView === undefined ? Number(count) || 0 : 0), 0);
  if (zeros > ZEROS_MAX) throw new Error("It claims more points than it has");
  const unpacked = (json.bufferViews ?? []).reduce((sum, { extensions }) => sum + MESHOPT.reduce((size, name) => size + (Number(extensions?.[name]?.count) || 0) * (Number(extensions?.[name]?.byteStride) || 0), 0), 0);
  if (unpacked > UNPACKED_MAX) throw new Error("It unpacks to more than is worth it");
  if ((json.nodes?.length ?? 0) > NODES_MAX) throw new Error("It has too many parts");
  if (isEndless(json)) throw new Error("A part of it is inside of itself");
  return json;
}

/** Whether some node is its own descendant, or so many times another's that walking there would not end. */
function isEndless({ nodes = [] }: Json): boolean {
  const parents = new Uint32Array(nodes.length);
  const childrenOf = (node: number) => (nodes[node]?.children ?? []).filter((child) => Number.isInteger(child) && child >= 0 && child < nodes.length);
  nodes.forEach((_, node) => childrenOf(node).forEach((child) => (parents[child] = (parents[child] as number) + 1)));
  // glTF wants trees: a node has one parent at most. Taking away what has none must leave nothing.
  if (parents.some((count) => count > 1)) return true;
  const free = [...nodes.keys()].filter((node) => parents[node] === 0);
  let seen = 0;
  for (let node = free.pop(); node !== undefined; node = free.pop()) {
    seen += 1;
    free.push(...childrenOf(node));
  }
  return seen < nodes.length;
}
