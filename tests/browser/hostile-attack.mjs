// What an author who means harm would write: a script that tries every way out of the frame it runs in, and notes in its own
// document how each attempt ended. hostile.spec.mjs publishes it as an HTML file and as outputs of a notebook.

/**
 * Runs inside the frame. What an attempt yields counts as taken, unless it is nothing (`null`, `false`, an empty text), which
 * is how browsers refuse without an error. What attempts do elsewhere is for the spec to see.
 */
async function attack({ share, frame, app, id, gated, absent }) {
  const viewer = parent;
  const framed = viewer !== window;
  const [taken, refused, replies] = [[], [], []];
  const attempt = async (name, work) => {
    try {
      const value = await Promise.race([Promise.resolve().then(work), new Promise((resolve) => setTimeout(resolve, 1500))]);
      if (value) taken.push(`${name}: ${String(value).slice(0, 200)}`);
      else refused.push(name);
    } catch {
      refused.push(name);
    }
  };
  const all = async (attempts) => {
    for (const [name, work] of Object.entries(attempts)) await attempt(name, work);
  };
  addEventListener("message", (event) => event.source === viewer && replies.push(event.data));
  const made = (markup) => {
    const place = document.body.appendChild(document.createElement("div"));
    place.innerHTML = markup;
    return place.firstElementChild;
  };
  const answered = async (url, options) => {
    const answer = await fetch(url, options);
    return answer.ok && (await answer.text());
  };

  const storage = {
    "an origin of its own": () => origin !== "null",
    localStorage: () => localStorage,
    sessionStorage: () => sessionStorage,
    indexedDB: () => new Promise((resolve, reject) => Object.assign(indexedDB.open("x"), { onsuccess: () => resolve("open"), onerror: reject })),
    cookies: () => document.cookie || "none",
    "setting a cookie": () => ((document.cookie = "stolen=1; path=/; domain=localhost"), document.cookie),
    cookieStore: async () => `${(await cookieStore.getAll()).length} cookies`,
    caches: async () => `${await caches.keys()} keys`,
    "a service worker": () => navigator.serviceWorker.register("/_assets/frame.js"),
    "a shared worker": () => new SharedWorker(`${frame}/_assets/frame.js`),
    "the file system": () => navigator.storage.getDirectory(),
    "document.domain": () => (document.domain = "localhost"),
    "the clipboard": () => navigator.clipboard.readText().then((text) => text || "readable"),
    "the place on earth": () => new Promise((resolve, reject) => navigator.geolocation.getCurrentPosition(resolve, reject)),
    "the camera": () => navigator.mediaDevices.getUserMedia({ video: true }),
    "the referrer": () => document.referrer,
    "the opener": () => opener,
    "a name": () => window.name,
  };

  const modals = {
    alert: () => alert("attack"),
    confirm: () => confirm("attack"),
    prompt: () => prompt("attack"),
    print: () => print(),
    "a popup": () => open(`${share}/${id}/`),
    "an empty popup": () => open("", "empty"),
    "a popup without opener": () => open("about:blank", "_blank", "noopener"),
    "a link to a new page": () => made(`<a target="_blank" href="${share}/${id}/">x</a>`).click(),
    "a form to a new page": () => made(`<form target="_blank" action="${share}/${id}/"></form>`).submit(),
  };

  // A share that may not be read looks, from here too, like one that is not there.
  const network = {};
  for (const origin of [share, frame]) {
    for (const document of ["meta.json", "latest.json", "raw/secret.txt"]) {
      network[`${document} of a gated share at ${origin}`] = () => answered(`${origin}/~/${gated}/${document}`);
      network[`telling a gated share from none by ${document} at ${origin}`] = async () => {
        const status = (id) => fetch(`${origin}/~/${id}/${document}`).then((answer) => answer.status);
        return (await status(gated)) !== (await status(absent));
      };
    }
  }
  Object.assign(network, {
    "the app's API": () => answered(`${app}/api/v2/health`, { credentials: "include" }),
    "posting to the app": () => fetch(`${app}/api/v2/shares/create`, { method: "POST", credentials: "include", body: "{}" }),
    "a gated share from a worker": () =>
      new Promise((resolve, reject) => {
        const code = `fetch("${frame}/~/${gated}/meta.json").then((answer) => postMessage(answer.ok), () => postMessage(false))`;
        const worker = new Worker(URL.createObjectURL(new Blob([code])));
        Object.assign(worker, { onmessage: (event) => resolve(event.data), onerror: reject });
      }),
  });

  // The address of a gated share's file has a capability, which opens that share here and nothing else.
  const [, capability, own] = /^\/~([^/]+)\/([^/]+)\//.exec(location.pathname) ?? [];
  if (capability) {
    Object.assign(network, {
      "its capability for another share": () => answered(`${frame}/~${capability}/${gated}/meta.json`),
      "its capability on the share origin": () => answered(`${share}/~${capability}/${own}/meta.json`),
      "its capability as a renewal": () => answered(`${share}/~/${own}/session`, { method: "POST", body: JSON.stringify({ renewal: capability }) }),
      "its capability as a session here": () => answered(`${frame}/~/${own}/session`, { method: "POST", body: JSON.stringify({ renewal: capability }) }),
    });
  }

  const reading = {
    "access to the viewer's storage": () => document.requestStorageAccess().then(() => "granted"),
    "the viewer's document": () => viewer.document,
    "the top's document": () => top.document,
    "the viewer's address": () => viewer.location.href,
    "the viewer's address as text": () => String(viewer.location),
    "the viewer's fragment": () => viewer.location.hash,
    "the viewer's origin": () => viewer.origin,
    "the viewer's name": () => viewer.name,
    "the viewer's storage": () => viewer.localStorage,
    "the viewer's fetch": () => viewer.fetch,
    "the viewer's eval": () => viewer.eval("1"),
    "the viewer's history": () => viewer.history,
    "the viewer's opener": () => viewer.opener,
    "the viewer's constructors": () => viewer.Object.constructor,
    "the viewer's prototype": () => Object.getPrototypeOf(viewer),
    "writing to the viewer": () => ((viewer.stolen = 1), viewer.stolen),
    "its own frame's element": () => frameElement,
    "the other frames": () => Array.from({ length: viewer.length }, (_, n) => viewer[n]).filter((other) => other !== window).find((other) => other.document),
    "a channel to the viewer": () => new BroadcastChannel("canary").postMessage("stolen"),
    "a frame without content": () => made("<iframe></iframe>").contentWindow.parent.parent.document,
    "a frame of its own content": () =>
      new Promise((resolve) => {
        addEventListener("message", ({ data }) => typeof data === "object" && data?.from === "nested" && resolve(data.got));
        const code = "let got; try { got = top.document.title || 'a title' } catch {} try { top.location = 'about:blank' } catch {} parent.postMessage({ from: 'nested', got }, '*')";
        made(`<iframe srcdoc="<script>${code}<\/script>"></iframe>`);
      }),
    "the viewer in a frame": () => void made(`<iframe src="${share}/${id}/"></iframe><object data="${share}/${id}/"></object>`),
  };

  const away = `${share}/?stolen`;
  const leading = {
    "top.location": () => void (top.location = away),
    "top.location.href": () => void (top.location.href = away),
    "top.location.replace": () => top.location.replace(away),
    "top.location.hash": () => void (top.location.hash = "stolen"),
    "parent.location to a script": () => void (viewer.location = "javascript:alert('attack')"),
    "open in _top": () => open(away, "_top"),
    "open in _parent": () => open(away, "_parent"),
    "open a script in _parent": () => open("javascript:alert('attack')", "_parent"),
    "history.back": () => history.back(),
    "history.go": () => history.go(-2),
    "top.close": () => top.close(),
    "top.stop": () => top.stop(),
    "the other frames' places": () => {
      for (let n = 0; n < viewer.length; n += 1) if (viewer[n] !== window) viewer[n].location = "data:text/html,stolen";
    },
  };
  for (const target of ["_top", "_parent"]) {
    leading[`a link to ${target}`] = () => made(`<a target="${target}" href="${away}">x</a>`).click();
    leading[`a script as a link to ${target}`] = () => made(`<a target="${target}" href="javascript:alert('attack')">x</a>`).click();
    leading[`a form to ${target}`] = () => made(`<form target="${target}" action="${away}"></form>`).submit();
    leading[`a form posted to ${target}`] = () => made(`<form method="post" target="${target}" action="${share}/${id}/"><button></button></form>`).requestSubmit();
  }

  /** The frame's page keeps its nonce to itself, but hands it to whatever is called `parent`. */
  const nonces = ["wrong", undefined];
  const speaking = {
    "words that are not the frame's": () => {
      let nonce;
      window.parent = { postMessage: (message) => (nonce = message.nonce) };
      dispatchEvent(new Event("resize"));
      window.parent = viewer;
      nonces.push(nonce);
      const words = ["ready", "token-request", "token", "capability", "navigate", "render", "close"];
      for (const vitrine of words) for (const nonce of nonces) viewer.postMessage({ vitrine, nonce, token: "x", url: away, form: "html", data: "stolen" }, "*");
      for (const word of [null, 0, "ready", ["height"], { vitrine: {} }, { vitrine: "height" }, new ArrayBuffer(8)]) viewer.postMessage(word, "*");
    },
    "heights that are none": async () => {
      for (const height of [NaN, Infinity, -5, "500", null, {}, 0, 1e9]) {
        for (const nonce of nonces) viewer.postMessage({ vitrine: "height", nonce, height }, "*");
        await new Promise((resolve) => setTimeout(resolve, 120));
      }
    },
    "many words": () => {
      for (let n = 0; n < 2000; n += 1) viewer.postMessage({ vitrine: "height", nonce: nonces.at(-1), height: n % 2 ? 1e9 : 1 }, "*");
    },
    "words for the other frames": () => {
      for (let n = 0; n < viewer.length; n += 1) if (viewer[n] !== window) viewer[n].postMessage({ vitrine: "render", nonce: "x", form: "html", data: "stolen" }, "*");
    },
    "an answer": () => JSON.stringify(replies).slice(2, -1),
  };

  await all({ ...storage, ...modals, ...network });
  if (framed) for (const attempts of [reading, speaking, leading]) await all(attempts);
  const known = JSON.stringify([location.href, [...location.ancestorOrigins], performance.getEntries(), history.state, replies]);
  const report = document.body.appendChild(document.createElement("pre"));
  report.className = "report";
  report.textContent = JSON.stringify({ taken, refused, known });
}

/** The script, ready to be published. It runs at once, and again each time that its button is really clicked. */
export const attackScript = (plan) =>
  `(() => { const go = () => (${attack})(${JSON.stringify(plan)});
    const button = document.body.appendChild(document.createElement("button"));
    button.textContent = "again";
    button.addEventListener("click", (event) => event.isTrusted && go());
    go(); })();`;
