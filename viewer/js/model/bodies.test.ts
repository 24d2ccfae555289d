// STL and OBJ in the forms that programs write, as geometry, without a screen.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { Box3, LineSegments, type Material, Mesh, type MeshPhongMaterial, type Object3D, Points, Vector3 } from "three";
import { addressOf, type Beside, librariesOf, objBody, pictureOf, separated } from "./obj";
import { stlGeometry } from "./stl";

const bytesOf = (path: string) => new Uint8Array(readFileSync(path));
const text = (value: string) => new TextEncoder().encode(value);

test("every STL of the cases has its triangles, its size and normals", () => {
  const folder = "tests/cases/36-stl-variants";
  const names = readdirSync(folder);
  assert.equal(names.length, 12);
  for (const name of names) {
    const geometry = stlGeometry(bytesOf(`${folder}/${name}`));
    assert.equal(geometry.getAttribute("position").count / 3, name === "two-solids.stl" ? 8 : 4, name);
    geometry.computeBoundingBox();
    if (name !== "two-solids.stl") assert.deepEqual(geometry.boundingBox?.getSize(new Vector3()).toArray(), [20, 10, 5], name);
    const normals = geometry.getAttribute("normal");
    for (let at = 0; at < normals.count; at += 1) assert.ok(Math.abs(Math.hypot(normals.getX(at), normals.getY(at), normals.getZ(at)) - 1) < 1e-3, name);
    assert.equal(geometry.hasAttribute("color"), /colour/.test(name), name);
  }
});

test("STL in other spellings, cut or lying", () => {
  const facet = "facet normal 0 0 0\router loop\rvertex 0 0 0\rvertex 1 0 0\rvertex 0 1 0\rendloop\rendfacet\r";
  assert.equal(stlGeometry(text(`  Solid x\r${facet}`)).getAttribute("position").count, 3);
  assert.equal(stlGeometry(new Uint8Array([0xff, 0xfe, ...Buffer.from(`solid x\n${facet}endsolid`, "utf16le")])).getAttribute("position").count, 3);
  const binary = new Uint8Array(84 + 50 + 7);
  binary.set(text("solid of facet and more"));
  new DataView(binary.buffer).setUint32(80, 1, true);
  assert.equal(stlGeometry(binary).getAttribute("position").count, 3);
  new DataView(binary.buffer).setUint32(80, 100_000_000, true);
  assert.throws(() => stlGeometry(binary), /more triangles/);
  assert.throws(() => stlGeometry(new Uint8Array(80)), /too short/);
  assert.throws(() => stlGeometry(text("solid x\nendsolid")), /no triangles/);
  assert.throws(() => stlGeometry(text("solid x\nfacet\nvertex a b c\nendfacet")), /not numbers/);
});

const FOLDER = "tests/cases/37-obj-colours";
const files: Beside = (address) => Promise.resolve(address === "painted.mtl" ? bytesOf(`${FOLDER}/painted.mtl`) : undefined);
const body = (value: string | Uint8Array<ArrayBuffer>) => objBody(typeof value === "string" ? text(value) : value, "text/plain; charset=utf-8", files);

function partsOf(object: Object3D): Object3D[] {
  const parts: Object3D[] = [];
  object.traverse((part) => parts.push(part));
  return parts;
}

test("an OBJ has the colours of the materials beside it, or says what is missing", async () => {
  const { object, missing, isPainted } = await body(bytesOf(`${FOLDER}/painted.obj`));
  const colours = partsOf(object).flatMap((part) => (part instanceof Mesh ? [part.material as Material | Material[]].flat().map((material) => (material as MeshPhongMaterial).color.getHexString()) : []));
  assert.deepEqual([colours.sort(), missing, isPainted], [["0d0de6", "e60d0d"], [], true]);
  const alone = await body("mtllib my colours.mtl\nv 0 0 0\nv 1 0 0\nv 0 1 0\nusemtl x\nf 1 2 3\n");
  assert.deepEqual([alone.missing, alone.isPainted], [["my colours.mtl"], false]);
});

test("colours of vertices, lines, points, indices from behind, continued lines", async () => {
  const coloured = await body("v 0 0 0 1 0 0\nv 1 0 0 0 1 0\nv 0 1 0 0 0 1\nf 1 2 3\n");
  const mesh = partsOf(coloured.object).find((part) => part instanceof Mesh);
  assert.ok(mesh?.geometry.hasAttribute("color") && (mesh.material as Material).vertexColors);
  const lines = partsOf((await body(bytesOf(`${FOLDER}/lines-only.obj`))).object).find((part) => part instanceof LineSegments);
  assert.equal(lines?.geometry.getAttribute("position").count, 8);
  const mixed = partsOf((await body("v 0 0 0\nv 1 0 0\nv 0 1 0\nl -1 -2\nf 1 2 3\np -3\nv 9 9 9\n")).object);
  assert.deepEqual([Mesh, LineSegments, Points].map((kind) => mixed.filter((part) => part instanceof kind).length), [1, 1, 1]);
  assert.equal(separated("v 0 0 0\nv 1 0 0\nl -1/-1 -2/-2\nv 2 0 0").split("\n").at(-1), "l 2/-1 1/-2");
  const triangles = (object: Object3D) => partsOf(object).reduce((sum, part) => sum + (part instanceof Mesh ? part.geometry.getAttribute("position").count / 3 : 0), 0);
  assert.equal(triangles((await body(bytesOf(`${FOLDER}/continued-line.obj`))).object), 2);
  const pyramid = (await body(bytesOf(`${FOLDER}/negative-indices.obj`))).object;
  assert.ok(triangles(pyramid) >= 4 && new Box3().setFromObject(pyramid).getSize(new Vector3()).length() > 0);
});

test("what is no OBJ is said to be none", async () => {
  await assert.rejects(body(Uint8Array.from([0x4c, 1, 3, 0, 0, 0, 0, 0, 9])), /object file of a compiler/);
  await assert.rejects(body(Uint8Array.from([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0])), /object file of a compiler/);
  await assert.rejects(body("hello"), /no points/);
});

test("names beside it, with spaces, options and other disks", () => {
  assert.deepEqual(librariesOf("mtllib a.mtl\nMTLLIB  two words.mtl \n"), [["a.mtl"], ["two words.mtl", "two", "words.mtl"]]);
  assert.deepEqual(["tex\\a b#1.png", "C:\\me\\b.png", "/home/c.png", "../d.png"].map(addressOf), ["tex/a%20b%231.png", "b.png", "c.png", "../d.png"]);
  assert.deepEqual(pictureOf("-s 1 2 3 -bm 0.5 wood grain.png"), { options: "-s 1 2 3 -bm 0.5 ", name: "wood grain.png" });
  assert.deepEqual(pictureOf("wood.png"), { options: "", name: "wood.png" });
});
