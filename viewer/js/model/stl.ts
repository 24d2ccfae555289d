// STL as triangles: binary, or ASCII in any spelling, with whatever stands before or behind. Normals that the file leaves out, as
// most programs do that write `0 0 0`, are made. Refuses what claims more than it has, or has no triangle. Called by `bodies.ts`.

import { BufferGeometry, Float32BufferAttribute } from "three";
import { STLLoader } from "three/examples/jsm/loaders/STLLoader.js";
import { decodeText } from "../encoding";

const HEADER = 84;
const FACET = 50;

/** So far a text that begins with `solid` must show that it is one. */
const LOOKED_AT = 4_096;

/** Whether it is the binary form: by its length, else by what it begins with; binary files may begin with `solid`, too. */
function isBinary(bytes: Uint8Array): boolean {
  if (bytes.length >= HEADER && claimed(bytes) * FACET + HEADER === bytes.length) return true;
  const begin = decodeText(bytes.slice(0, LOOKED_AT));
  return !(/^\s*solid/i.test(begin) && /facet|endsolid/i.test(begin) && !begin.includes("\0"));
}

const claimed = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(80, true);

export function stlGeometry(bytes: Uint8Array<ArrayBuffer>): BufferGeometry {
  const geometry = isBinary(bytes) ? binary(bytes) : ascii(decodeText(bytes));
  if (geometry.getAttribute("position").count < 3) throw new Error("There are no triangles in it");
  if (!geometry.hasAttribute("normal") || hasGaps(geometry)) geometry.computeVertexNormals();
  return geometry;
}

function binary(bytes: Uint8Array<ArrayBuffer>): BufferGeometry {
  if (bytes.length < HEADER) throw new Error("It is too short for an STL");
  const end = claimed(bytes) * FACET + HEADER;
  if (end > bytes.length) throw new Error("It claims more triangles than it has");
  // Without what stands behind, which three.js would take for a text when the header says `solid`.
  return new STLLoader().parse(bytes.slice(0, end).buffer);
}

/** The corners of all triangles of all solids; everything else in the text is words around them. */
function ascii(text: string): BufferGeometry {
  const points: number[] = [];
  const vertex = /\bvertex\s+(\S+)\s+(\S+)\s+(\S+)/gi;
  for (let found = vertex.exec(text); found; found = vertex.exec(text)) points.push(Number(found[1]), Number(found[2]), Number(found[3]));
  if (points.some((value) => !Number.isFinite(value))) throw new Error("Some of its points are not numbers");
  points.length -= points.length % 9;
  return new BufferGeometry().setAttribute("position", new Float32BufferAttribute(points, 3));
}

/** Whether some normal has no direction. */
function hasGaps(geometry: BufferGeometry): boolean {
  const normals = geometry.getAttribute("normal");
  for (let at = 0; at < normals.count; at += 1) {
    if (!(Math.hypot(normals.getX(at), normals.getY(at), normals.getZ(at)) > 1e-6)) return true;
  }
  return false;
}
