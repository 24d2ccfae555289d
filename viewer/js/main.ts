// The first script: loads the viewer's wasm and hands it the bridge and the session. Refuses nothing; the shell is its only
// caller.

import init, { start } from "vitrine-wasm";
import { bridge } from "./bridge";
import { failed } from "./beacons";
import { embedder, session } from "./here";
import { whenIdle } from "./idle";
import { language, loadRendererTexts, loadTexts, t } from "./text";
import { applyTheme } from "./theme";

/**
 * Says in plain HTML that nothing more can be drawn: old browsers, blocked wasm, a half-finished deployment.
 *
 * What the gateway wrote stays, above it or below, as whoever has it open may be reading it already.
 */
function giveUp(error: unknown): void {
  console.warn("The viewer could not start", error);
  failed("start");
  const app = document.getElementById("app");
  if (!app || app.querySelector("main")) return;
  const written = document.getElementById("first");
  const box = document.createElement(written ? "section" : "main");
  box.className = written ? "part-problem" : "problem";
  box.setAttribute("role", "alert");
  const title = document.createElement(written ? "h2" : "h1");
  title.textContent = t("start.failed");
  const text = document.createElement("p");
  text.textContent = t("start.why");
  box.append(title, text);
  if (!written) return app.replaceChildren(box);
  // Nothing will take its place.
  for (const waiting of written.querySelectorAll(".starting")) waiting.remove();
  written.querySelector("main")?.prepend(box);
  app.remove();
}

// `?embed`: without the furniture around the content; the page around has its own.
if (new URLSearchParams(location.search).has("embed")) document.documentElement.classList.add("embedded");
embedder?.follow();

/** A page without its surroundings is still all there to read. */
function loadAround(): void {
  import("./around")
    .then(({ around }) => around(session))
    .catch((error: unknown) => console.warn("What surrounds the page could not be loaded", error));
}

document.documentElement.lang = language;
applyTheme();

// What this page's renderer will need, as the gateway knows (`worker/src/gateway/page.rs`).
const later = document.getElementById("later");
if (later instanceof HTMLTemplateElement) document.head.append(later.content);

// Beside the wasm, not after it: every renderer waits for them, and most pages have one.
void loadRendererTexts();

Promise.all([init({ module_or_path: ASSETS.wasm }), loadTexts()])
  .then(() => {
    start(bridge, session);
    // What surrounds the content may come after it.
    whenIdle(loadAround, 1_000);
  })
  .catch(giveUp);
