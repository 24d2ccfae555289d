// What hostile.spec.mjs sees with: a browser context that remembers each script that ran and where, and everything else that
// no share may do to its reader; and a walk over many pages of the viewer that looks each of them over.

import assert from "node:assert/strict";
import { frameOrigin, port, settled, shareOrigin, shareUrl, urlPath } from "./world.mjs";

export const SANDBOX = "allow-scripts allow-downloads allow-forms allow-pointer-lock";

/** Waits until something has been seen; false when it has not after a while. */
export async function until(ready) {
  for (let tries = 0; tries < 200 && !ready(); tries += 1) await new Promise((resolve) => setTimeout(resolve, 50));
  return ready();
}

/** Runs in every document before its own scripts: tells of the calls that vectors make, and makes them. */
function recorder() {
  const { vitrineTold, location, origin } = globalThis;
  const ancestors = [...location.ancestorOrigins];
  for (const name of ["alert", "confirm", "prompt", "print", "open"]) {
    const real = globalThis[name];
    globalThis[name] = (...given) => {
      vitrineTold({ call: `${name}(${given.join(", ")})`, origin, ancestors, href: location.href });
      return Reflect.apply(real, globalThis, given);
    };
  }
  // Outputs that have been rendered, for the walk to wait for.
  globalThis.vitrineRendered = new WeakSet();
  addEventListener("message", ({ data, source }) => data?.vitrine === "height" && globalThis.vitrineRendered.add(source));
}

/** Whether a script ran where scripts may: in an opaque origin, in a document of the frame origin or in a frame of one. */
const inSandbox = ({ origin, ancestors, href }) => origin === "null" && (href.startsWith(`${frameOrigin}/`) || ancestors.length > 1);

/** Whatever is not the Worker's ends here: nothing listens on port 1. */
export const proxy = { server: "http://127.0.0.1:1", bypass: "*.localhost" };
const APP = `http://app.localhost:${port}`;
const originOf = (url) => (URL.canParse(url) ? new URL(url).origin : "null");

/** A frame that is not there yet, or no longer, cannot be had. */
function frameOf(request) {
  try {
    return request.frame();
  } catch {
    return undefined;
  }
}

/**
 * Watches one context. `runs` has what ran in the sandbox, `wrong` what must never be: a script elsewhere, a dialog, a popup,
 * a download, a cookie, a page that is no longer the viewer's, a request that the viewer does not make.
 */
export async function watch(browser, { home = shareOrigin, ...options } = {}) {
  const context = await browser.newContext({ viewport: { width: 800, height: 600 }, proxy, ...options });
  const [runs, wrong] = [[], []];
  let [pages, documents] = [0, 0];
  await context.exposeBinding("vitrineTold", ({ frame, page }, run) => {
    const inFrame = inSandbox(run) && (home === frameOrigin || frame !== page.mainFrame());
    (inFrame ? runs : wrong).push(inFrame ? run : `a script ran outside the frame: ${run.call} in ${run.origin}, ${run.href}`);
  });
  await context.addInitScript(recorder);
  await context.addInitScript(`globalThis.vitrineLookOver = (looking) => (${lookOver})({ app: ${JSON.stringify(APP)}, ...looking })`);
  context.on("page", () => (pages -= 1) < 0 && wrong.push("a page was opened"));
  // What a policy stops is not asked for. The rest goes to the Worker, or ends at the proxy that is not there.
  const asked = (request) => {
    const [origin, type] = [originOf(request.url()), request.resourceType()];
    if (!/^http/.test(origin) || /csp/i.test(request.failure()?.errorText)) return;
    const frame = frameOf(request);
    const isTop = frame?.parentFrame() === null;
    const isViewers = isTop && home === shareOrigin;
    // Where documents come to be shown is seen below.
    if (request.isNavigationRequest() && (isTop || frame === undefined)) return;
    // A document of the share may show pictures from elsewhere; a script in the frame may ask elsewhere, but neither viewer nor app.
    const allowed = isViewers ? origin === home || type === "image" : ![shareOrigin, APP].includes(origin) && (origin === frameOrigin || type !== "document");
    if (!allowed) wrong.push(`${isViewers ? "the page" : "a frame"} asked for ${type} ${request.url()}`);
  };
  context.on("requestfailed", asked);
  context.on("response", (response) => {
    asked(response.request());
    if ("set-cookie" in response.headers()) wrong.push(`a cookie from ${response.url()}`);
  });

  const see = (page) => {
    const main = page.mainFrame();
    page.on("dialog", (dialog) => {
      wrong.push(`a dialog: ${dialog.message()}`);
      dialog.dismiss().catch(() => {});
    });
    page.on("crash", () => wrong.push("the page crashed"));
    page.on("close", () => wrong.push("the page was closed"));
    page.on("download", (download) => wrong.push(`a download: ${download.url()}`));
    page.on("domcontentloaded", () => (documents -= 1) < 0 && wrong.push(`another document: ${page.url()}`));
    page.on("console", (message) => message.text().includes("panicked") && wrong.push(message.text()));
    page.on("framenavigated", (frame) => {
      const origin = originOf(frame.url());
      if (frame === main && origin !== home && frame.url() !== "about:blank") wrong.push(`the page was led away: ${frame.url()}`);
      if (frame !== main && origin !== frameOrigin && /^http/.test(origin)) wrong.push(`a frame shows ${frame.url()}`);
    });
  };

  return {
    context,
    runs,
    wrong,
    async page() {
      pages += 1;
      const page = await context.newPage();
      see(page);
      return page;
    },
    /** Opens an address as the reader does, who alone may bring in a new document. */
    async open(page, url) {
      documents += 1;
      await page.goto(url, { waitUntil: "load" });
      if (url.startsWith(shareOrigin) && !url.includes("/~/")) await settled(page);
    },
    /** Ends with a context in which nothing was wrong. */
    async close() {
      // What was begun has a moment to show.
      await new Promise((resolve) => setTimeout(resolve, 300));
      const cookies = (await context.cookies()).map(({ name, domain }) => `the cookie ${name} of ${domain}`);
      const found = [...wrong, ...cookies];
      await context.close();
      assert.deepEqual(found.slice(0, 20), [], `${found.length} in all`);
    },
  };
}

/** Does `work` in a watched context, and fails on anything wrong that was seen in it. */
export async function watching(browser, work, options = {}) {
  const context = await watch(browser, options);
  await work(context).catch((error) => {
    // What was seen says more than what was then waited for in vain.
    error.message = [error.message, ...context.wrong.slice(0, 20)].join("\n");
    throw error;
  });
  await context.close();
}

/** In the viewer: what a page holds that could run, lead out or dress up as a part of the viewer. */
export function lookOver({ sandbox, frameOrigin, app, top = document.documentElement }) {
  const wrong = [];
  const FORBIDDEN = "script, style, link, meta, base, object, embed, applet, form, frame, frameset, template, portal";
  const ADDRESSES = ["href", "src", "srcset", "action", "formaction", "xlink:href", "data", "poster", "background", "ping", "cite"];
  const say = (what, element) => wrong.push(`${what}: ${element.cloneNode().outerHTML?.slice(0, 300)}`);
  const header = document.querySelector("#app > header > #around");
  const copies = `${app}/copy/${location.pathname.split("/")[1]}/`;
  const within = (root) => {
    for (const element of root.querySelectorAll("*")) {
      if (element.shadowRoot) within(element.shadowRoot);
      const inside = root !== top || element.closest("main, header, footer") !== null;
      if (inside && element.matches(FORBIDDEN) && !(root instanceof ShadowRoot && element.matches("style"))) say("an element", element);
      if (element.matches("script:not([type='application/json'])") && !element.src.startsWith(`${location.origin}/_assets/`)) say("a script", element);
      if (element.matches("iframe")) {
        const own = element.matches(".html-file, .output-frame") && element.getAttribute("sandbox") === sandbox;
        if (!own || element.hasAttribute("srcdoc") || !element.src.startsWith(`${frameOrigin}/`)) say("an iframe", element);
      }
      for (const { name, value } of element.attributes) {
        if (/^on/i.test(name)) say("a handler", element);
        const address = value.replace(/[\0-\x20\x7f-\x9f]/g, "");
        if (ADDRESSES.includes(name) && /^(java|vb|live)script:|^data:(?!image\/)/i.test(address)) say("an address", element);
      }
      // The header's own link to the app copies from this share; to which page of it, it asks when it is pointed at.
      const own = element.matches("a") && element.parentElement === header && element.href.startsWith(copies);
      if (element.matches("a[href]") && element.origin !== location.origin && !own) {
        if (!/^(https?|mailto|tel):$/.test(element.protocol)) say("a link", element);
        if (element.target !== "_blank" || !element.rel.includes("noopener")) say("a link that leads out", element);
      }
    }
  };
  within(top);
  return wrong;
}

/** In the viewer: goes from page to page as its links do, and looks each over when its frames have drawn what they show. */
async function goThrough({ steps, share, looking, waiting }) {
  const wrong = [];
  const until = async (ready, patience) => {
    const end = performance.now() + patience;
    while (!ready() && performance.now() < end) await new Promise((resolve) => setTimeout(resolve, 10));
    return ready();
  };
  const main = document.querySelector("main");
  const shown = () => [...document.querySelectorAll("ol.crumbs li")].slice(1).map((step) => step.textContent).join("/");
  for (const path of steps) {
    history.replaceState(null, "", `/${share}/${path.split("/").map(encodeURIComponent).join("/")}`);
    dispatchEvent(new PopStateEvent("popstate"));
    const drawn = () => main.ariaBusy === "false" && shown() === path && main.querySelector("[data-rendered=pending]") === null;
    if (!(await until(drawn, 20_000))) wrong.push(`${path}: is not drawn, but ${shown()}`);
    const name = main.querySelector("h1")?.textContent;
    if (path !== "" && name !== path.split("/").at(-1)) wrong.push(`${path}: is called ${name}`);
    // A frame is made when its place comes near.
    const frames = waiting ? main.querySelectorAll(".output-frame-place") : [];
    for (const place of frames) {
      const isDone = () => globalThis.vitrineRendered.has(place.querySelector("iframe")?.contentWindow);
      if (!isDone()) place.scrollIntoView();
      await until(isDone, 2_000);
    }
    // What fails to load in a frame takes a moment more.
    if (frames.length > 0) await until(() => false, 300);
    wrong.push(...globalThis.vitrineLookOver(looking).map((what) => `${path}: ${what}`));
  }
  return wrong;
}

/** Calls `work`, a function of the viewer's page, for each few of `all`, until it finds something wrong. */
async function inSteps(watched, page, all, size, work, more) {
  const looking = { sandbox: SANDBOX, frameOrigin };
  const wrong = [];
  for (let from = 0; from < all.length && wrong.length === 0; from += size) {
    const steps = all.slice(from, from + size);
    const found = page.evaluate(work, { steps, looking, ...more });
    wrong.push(...(await found.catch((error) => [`from ${steps[0]} to ${steps.at(-1)}: ${error.message}`, ...watched.wrong])));
  }
  assert.deepEqual(wrong.slice(0, 20), [], `${wrong.length} in all`);
}

/**
 * Walks over pages of a share in one page of `watched`; fails on the first that hold what they must not. `waiting` for frames
 * to draw their outputs, however far down they are.
 */
export async function walk(watched, share, paths, { waiting = true } = {}) {
  const page = await watched.page();
  await watched.open(page, shareUrl(share));
  await inSteps(watched, page, paths, 25, goThrough, { share: share.share_id, waiting });
}

/** In the viewer, on an HTML file's page: shows others as it shows this one, several at a time. */
async function showFrames({ steps, looking }) {
  const own = document.querySelector("iframe.html-file");
  const frames = steps.map((url) => Object.assign(own.cloneNode(), { src: url }));
  const loaded = frames.map((frame) => new Promise((resolve) => frame.addEventListener("load", resolve)));
  own.parentNode.append(...frames);
  const missing = new Promise((resolve) => setTimeout(resolve, 20_000, "not all were loaded"));
  const late = await Promise.race([Promise.all(loaded), missing]);
  // What they do when they are loaded takes a moment more.
  await new Promise((resolve) => setTimeout(resolve, 100));
  const wrong = globalThis.vitrineLookOver(looking);
  for (const frame of frames) frame.remove();
  return typeof late === "string" ? [late, ...wrong] : wrong;
}

/** Shows HTML files in frames like the one that the viewer makes for the first of them. */
export async function showAll(watched, share, paths) {
  const page = await watched.page();
  await watched.open(page, shareUrl(share, paths[0]));
  const folder = `${frameOrigin}/~/${share.share_id}/files/${share.manifest_id}/`;
  await inSteps(watched, page, paths.map((path) => folder + urlPath(path)), 20, showFrames);
}
