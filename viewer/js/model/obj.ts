// Wavefront OBJ with what lies beside it: materials of its `mtllib`, and their pictures, from the share and nowhere else; colours
// of vertices, lines and points. Refuses what is no such text, as the object files of compilers. Called by `bodies.ts`.

import { type BufferGeometry, DoubleSide, LineBasicMaterial, LineSegments, LoadingManager, type Material, Mesh, MeshStandardMaterial, type Object3D, Points, PointsMaterial } from "three";
import { type MTLLoader as Loader, MTLLoader } from "three/examples/jsm/loaders/MTLLoader.js";
import { OBJLoader } from "three/examples/jsm/loaders/OBJLoader.js";
import { decodeText } from "../encoding";

/** Bytes that the file names; nothing where the share has them not. */
export type Beside = (address: string) => Promise<Uint8Array<ArrayBuffer> | undefined>;

export interface Painted {
  readonly object: Object3D;
  readonly missing: readonly string[];
  readonly isPainted: boolean;
}

/** More files of materials, or pictures, are not fetched. */
const LIBRARIES_MAX = 8;
const PICTURES_MAX = 64;

/** Seen on light and on dark ground. */
const DRAWN = 0x4f86b8;

export const clay = () => new MeshStandardMaterial({ color: 0x9db4cc, roughness: 0.65, metalness: 0.05, flatShading: false, side: DoubleSide });

export async function objBody(bytes: Uint8Array<ArrayBuffer>, contentType: string, beside: Beside): Promise<Painted> {
  const text = decodeText(bytes, contentType);
  if (text.slice(0, 4_096).includes("\0")) throw new Error("It is not a model, but most likely the object file of a compiler");
  if (!/^[ \t]*v[ \t]/m.test(text)) throw new Error("There are no points in it");
  const object = new OBJLoader().parse(separated(text));
  const { materials, missing } = await materialsOf(text, beside);
  object.traverse((part) => paint(part, materials));
  return { object, missing, isPainted: materials.size > 0 };
}

/** Continued lines made one. */
const continued = (text: string) => text.replaceAll(/\\[ \t]*(?:\r\n|\n|\r)/g, " ").split(/\r\n|\n|\r/);

/**
 * Lines and points behind everything else: three.js makes all of an object lines as soon as it has one. What they point at by
 * counting back is counted from the beginning.
 */
export function separated(text: string): string {
  const faces: string[] = [];
  const lines: string[] = [];
  const points: string[] = [];
  let vertices = 0;
  for (const raw of continued(text)) {
    const line = raw.trim();
    const kind = /^[a-z]+/i.exec(line)?.[0];
    if (kind === "v") vertices += 1;
    if (kind !== "l" && kind !== "p") faces.push(line);
    else (kind === "l" ? lines : points).push(line.replaceAll(/(?<=\s)-\d+/g, (back) => String(vertices + 1 + Number(back))));
  }
  // The first name would be given to what stands before it.
  const parts = lines.length + points.length > 0 ? ["o faces", faces.join("\n")] : [faces.join("\n")];
  if (lines.length > 0) parts.push("o lines", lines.join("\n"));
  if (points.length > 0) parts.push("o points", points.join("\n"));
  return parts.join("\n");
}

function paint(part: Object3D, materials: ReadonlyMap<string, Material>): void {
  if (part instanceof Mesh) {
    const geometry = part.geometry as BufferGeometry;
    if (!geometry.hasAttribute("normal")) geometry.computeVertexNormals();
    const make = (given: Material) => painted(materials.get(given.name), geometry);
    part.material = Array.isArray(part.material) ? part.material.map(make) : make(part.material as Material);
  } else if (part instanceof LineSegments || part instanceof Points) {
    const hasColours = (part.geometry as BufferGeometry).hasAttribute("color");
    const options = { color: hasColours ? 0xffffff : DRAWN, vertexColors: hasColours };
    part.material = part instanceof Points ? new PointsMaterial({ ...options, size: 4, sizeAttenuation: false }) : new LineBasicMaterial(options);
  }
}

function painted(given: Material | undefined, geometry: BufferGeometry): Material {
  if (!geometry.hasAttribute("color")) return given ?? clay();
  const material = given?.clone() ?? clay();
  material.vertexColors = true;
  if (!given && material instanceof MeshStandardMaterial) material.color.set(0xffffff);
  return material;
}

/** What `mtllib` lines name: a line may name one file with spaces in its name, or several. */
export function librariesOf(text: string): string[][] {
  const named = continued(text).map((line) => /^\s*mtllib\s+(.+?)\s*$/i.exec(line)?.[1]).filter((name) => name !== undefined);
  return [...new Set(named)].slice(0, LIBRARIES_MAX).map((name) => [...new Set([name, ...name.split(/\s+/)])]);
}

/** A name as these files have it, as an address: always beside, whatever disk it once lay on. */
export function addressOf(name: string): string {
  const plain = name.trim().replace(/^"(.*)"$/, "$1").replaceAll("\\", "/");
  const beside = /^(?:[a-z]:)?\//i.test(plain) ? plain.slice(plain.lastIndexOf("/") + 1) : plain;
  return beside.split("/").map(encodeURIComponent).join("/");
}

const PICTURE = /\.(?:png|jpe?g|gif|webp|bmp)$/i;

/** What a material's picture may be for; the rest three.js would fetch is not worth it. */
const MAPS = ["map_kd", "map_ke", "map_d", "map_bump", "bump", "norm"];
const OTHER_MAPS = ["map_ks", "map_ka", "disp", "refl", "decal"];

async function materialsOf(text: string, beside: Beside): Promise<{ materials: Map<string, Material>; missing: string[] }> {
  const materials = new Map<string, Material>();
  const missing: string[] = [];
  const urls: string[] = [];
  const manager = new LoadingManager();
  let waiting = 0;
  const loaded = new Promise<void>((resolve) => (manager.onLoad = resolve));
  for (const names of librariesOf(text)) {
    const library = await first(names, beside);
    if (library === undefined) {
      missing.push((names[0] ?? "").slice(0, 200));
      continue;
    }
    const loader = new MTLLoader(manager);
    loader.setMaterialOptions({ side: DoubleSide });
    const creator = loader.parse(decodeText(library), "");
    waiting += await havePictures(creator, beside, urls, missing);
    creator.preload();
    for (const [name, material] of Object.entries(creator.materials as Record<string, Material>)) materials.set(name, material);
  }
  if (waiting > 0) await loaded;
  for (const url of urls) URL.revokeObjectURL(url);
  return { materials, missing };
}

async function first(names: readonly string[], beside: Beside): Promise<Uint8Array<ArrayBuffer> | undefined> {
  for (const name of names) {
    const bytes = await beside(addressOf(name));
    if (bytes) return bytes;
  }
  return undefined;
}

/** Puts pictures in the place of their names; how many there are. */
async function havePictures(creator: Loader.MaterialCreator, beside: Beside, urls: string[], missing: string[]): Promise<number> {
  let count = 0;
  for (const info of Object.values(creator.materialsInfo) as Record<string, unknown>[]) {
    for (const map of OTHER_MAPS) delete info[map];
    for (const map of MAPS) {
      const said = info[map];
      delete info[map];
      if (typeof said !== "string" || urls.length >= PICTURES_MAX) continue;
      const { options, name } = pictureOf(said);
      const bytes = PICTURE.test(name) ? await beside(addressOf(name)) : undefined;
      if (!bytes) {
        missing.push(name.slice(0, 200));
        continue;
      }
      const url = URL.createObjectURL(new Blob([bytes]));
      urls.push(url);
      info[map] = `${options}${url}`;
      count += 1;
    }
  }
  return count;
}

/** Options begin with a dash and have numbers or words behind them; the rest is the name, spaces and all. */
export function pictureOf(said: string): { options: string; name: string } {
  const options = /^(?:-[a-z]+\s+(?:(?:-?[\d.]+(?:e-?\d+)?|on|off)\s+)*(?:[rgbmlz]\s+)?)*/i.exec(said)?.[0] ?? "";
  return { options, name: said.slice(options.length).trim() };
}
