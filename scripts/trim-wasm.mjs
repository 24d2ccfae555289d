// Takes out of a wasm module, and of its glue, what no script of ours uses: leptos brings classes for streams along, which
// wasm-bindgen exports, and an export keeps all that it calls. Refuses nothing: what is not as expected stays. Called by
// `scripts/build-viewer.mjs`.

import fs from "node:fs";
import { run } from "./run.mjs";

/** Classes that wasm-streams exports for servers' functions, of which the viewer has none. */
const UNUSED = /^IntoUnderlying/;

/** The glue without those classes. */
export function trimGlue(glue) {
  const classes = [...glue.matchAll(/^export class (\w+) \{[\s\S]*?^\}\n/gm)].filter(([, name]) => UNUSED.test(name));
  let rest = glue;
  for (const [text, name] of classes) {
    rest = rest.replace(text, "").replace(new RegExp(`^if \\(Symbol\\.dispose\\) ${name}\\..*\\n`, "gm"), "");
    rest = rest.replace(new RegExp(`^const ${name}Finalization = [\\s\\S]*?;\\n(?=\\S|\\n)`, "m"), "");
  }
  // A class that something else names stays, all of it.
  return classes.some(([, name]) => rest.includes(name)) ? glue : rest;
}

/** Removes the exports that the glue does not call, and what only they need. `features` are those of the module: with all that
 * binaryen knows, it writes types that no browser reads yet. */
export async function trimWasm(wasm, glue, to, features) {
  const names = WebAssembly.Module.exports(await WebAssembly.compile(fs.readFileSync(wasm))).map((one) => one.name);
  const used = names.filter((name) => new RegExp(`\\bwasm\\.${name}\\b`).test(glue) || name === "memory");
  const graph = [{ name: "glue", root: true, reaches: used }, ...used.map((name) => ({ name, export: name }))];
  const file = `${to}.graph.json`;
  fs.writeFileSync(file, JSON.stringify(graph));
  run("wasm-metadce", [wasm, "--graph-file", file, "-o", to, ...features], { stdio: ["ignore", "ignore", "inherit"] });
}
