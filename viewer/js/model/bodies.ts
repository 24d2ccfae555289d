// Files of bodies as three.js scenes: STL, OBJ, glTF and GLB. What a glTF names beside itself is looked for in the share, never
// elsewhere; what lies about its size is refused before anything is made of it. Called by the model's page.

import { Group, type LoadingManager, Mesh, type Object3D, TextureLoader } from "three";
import { type GLTFParser, GLTFLoader } from "three/examples/jsm/loaders/GLTFLoader.js";
import type { FileInput } from "../file";
import { readAll } from "../source";
import { type Gltf, isMeshopt, readGltf } from "./claims";
import { clay, objBody } from "./obj";
import { stlGeometry } from "./stl";

export interface Body {
  readonly object: Object3D;
  /** Things beside the file that could not be had. */
  readonly missing: readonly string[];
  /** Whether it brings its own materials. */
  readonly isPainted: boolean;
}

export async function bodyOf(input: FileInput, signal: AbortSignal): Promise<Body> {
  const bytes = await readAll(input, signal);
  const ending = input.name.slice(input.name.lastIndexOf(".") + 1).toLowerCase();
  if (ending === "stl") return stl(bytes);
  if (ending === "obj") return objBody(bytes, input.contentType, (address) => bytesAt(address, input, signal));
  return gltf(readGltf(bytes), input, signal);
}

function stl(bytes: Uint8Array<ArrayBuffer>): Body {
  const geometry = stlGeometry(bytes);
  const material = clay();
  if (geometry.hasAttribute("color")) [material.vertexColors, material.color] = [true, material.color.set(0xffffff)];
  return { object: standing(new Mesh(geometry, material)), missing: [], isPainted: false };
}

/** Printers and mills count upwards with z, screens with y. */
function standing(object: Object3D): Object3D {
  object.rotation.x = -Math.PI / 2;
  return new Group().add(object);
}

/** Bytes that a file names: inside of itself, or beside it in the share. */
async function bytesAt(uri: string, input: FileInput, signal: AbortSignal): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const inline = /^data:[^,]*?(;base64)?,(.*)$/s.exec(uri);
  if (inline) {
    const text = inline[1] ? atob(inline[2] ?? "") : decodeURIComponent(inline[2] ?? "");
    return Uint8Array.from(text, (character) => character.charCodeAt(0));
  }
  const url = await input.links.image(uri, signal);
  // Pictures of a document may come from anywhere; what is fetched for a body may not.
  if (url === undefined || new URL(url, location.href).origin !== location.origin) return undefined;
  return readAll({ url, contentType: "" }, signal).catch(() => undefined);
}

async function gltf({ json, binary }: Gltf, input: FileInput, signal: AbortSignal): Promise<Body> {
  const missing: string[] = [];
  const urls: string[] = [];
  const named = async (uri: string) => {
    const bytes = await bytesAt(uri, input, signal);
    if (!bytes) missing.push(uri.slice(0, 200));
    return bytes;
  };
  const buffers = await Promise.all((json.buffers ?? []).map(async ({ uri }) => (uri === undefined ? binary : await named(uri))));
  await Promise.all((json.images ?? []).map(async (image) => {
    if (image.uri === undefined) return;
    const bytes = await named(image.uri);
    // One grey point stands for a picture that is not there.
    const url = bytes ? URL.createObjectURL(new Blob([bytes], image.mimeType === undefined ? {} : { type: image.mimeType })) : BLANK;
    if (bytes) urls.push(url);
    image.uri = url;
  }));
  const loader = new GLTFLoader();
  if (isMeshopt(json)) loader.setMeshoptDecoder((await import("three/examples/jsm/libs/meshopt_decoder.module.js")).MeshoptDecoder);
  loader.register((parser: GLTFParser) => {
    // Its own ways lead through `fetch`, which may not read `blob:` here.
    const own = parser as unknown as { loadBuffer(index: number): Promise<ArrayBuffer>; textureLoader: TextureLoader; options: { manager: LoadingManager } };
    own.loadBuffer = (index) => (buffers[index] ? Promise.resolve(whole(buffers[index])) : Promise.reject(new Error(`Its part ${missing[0] ?? index} is not in this share`)));
    own.textureLoader = new TextureLoader(own.options.manager);
    return { name: "only-what-is-here" };
  });
  try {
    const { scene } = await loader.parseAsync(JSON.stringify(json), "");
    return { object: scene, missing, isPainted: true };
  } finally {
    for (const url of urls) URL.revokeObjectURL(url);
  }
}

const BLANK = "data:image/gif;base64,R0lGODlhAQABAIAAAMDAwAAAACH5BAAAAAAALAAAAAABAAEAAAICRAEAOw==";

const whole = (bytes: Uint8Array<ArrayBuffer>): ArrayBuffer => bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
