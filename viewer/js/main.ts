// The first script: loads the viewer's wasm and hands it the bridge and the session. Refuses nothing; the shell is its only
// caller.

import init, { start } from "vitrine-wasm";
import { bridge } from "./bridge";
import { failed } from "./beacons";
import { embedder, session } from "./here";

/** Says in plain HTML that nothing can be drawn: old browsers, blocked wasm, a half-finished deployment. */
function giveUp(error: unknown): void {
  console.warn("The viewer could not start", error);
  failed("start");
  const app = document.getElementById("app");
  if (!app) return;
  const box = document.createElement("main");
  box.className = "problem";
  const title = document.createElement("h1");
  title.textContent = "The viewer could not start";
  const text = document.createElement("p");
  text.textContent =
    "This page needs a current browser with WebAssembly, and a network that lets it load. Reload the page to try again.";
  box.append(title, text);
  app.replaceChildren(box);
}

// `?embed`: without the furniture around the content; the page around has its own.
if (new URLSearchParams(location.search).has("embed")) document.documentElement.classList.add("embedded");
embedder?.follow();

init({ module_or_path: ASSETS.wasm }).then(() => start(bridge, session)).catch(giveUp);
