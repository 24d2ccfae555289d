// <vitrine-share>: shows a share in a page of the main app, and hands its reader in when the share is not open to all.
//
//   <script type="module" src="https://APP/embed.js"></script>
//   <vitrine-share src="https://SHARE-ORIGIN/SHARE-ID/notebooks/waves.ipynb"></vitrine-share>
//   document.querySelector("vitrine-share").token = async ({ share }) => (await fetchTokenFromYourServer(share));
//
// Attributes: `src`, the address of a share or of a path in it; `frame-title`, what screen readers call it; `furniture`, to
// keep the viewer's own header and footer. Property: `token`, a function that gets `{ share, path }` and answers with a viewer
// token, or with null for a reader who may not read. Events, none of which bubble: `vitrine-ready`, `vitrine-height`,
// `vitrine-title` and `vitrine-path`, each with `detail`.
//
// It speaks to its own frame at the exact origin of `src`, and hears nobody else. A token goes to nothing but that origin.

const HEIGHT_MIN = 120;

class VitrineShare extends HTMLElement {
  static observedAttributes = ["src", "frame-title", "furniture"];

  /** Answers with a viewer token: `({ share, path }) => Promise<string | null>`. */
  token = null;

  #frame = document.createElement("iframe");
  #address = null;
  #hear = (event) => this.#heard(event);

  constructor() {
    super();
    const style = document.createElement("style");
    style.textContent = ":host{display:block}iframe{display:block;width:100%;height:100%;min-height:inherit;border:0}";
    this.#frame.setAttribute("allow", "fullscreen; clipboard-write");
    this.#frame.setAttribute("referrerpolicy", "no-referrer");
    this.attachShadow({ mode: "closed" }).append(style, this.#frame);
  }

  connectedCallback() {
    addEventListener("message", this.#hear);
    this.#load();
  }

  disconnectedCallback() {
    removeEventListener("message", this.#hear);
    this.#frame.removeAttribute("src");
    this.#address = null;
  }

  attributeChangedCallback() {
    if (this.isConnected) this.#load();
  }

  #load() {
    this.#frame.title = this.getAttribute("frame-title") ?? "Shared files";
    const src = this.getAttribute("src");
    if (src === null || !URL.canParse(src)) {
      this.#address = null;
      this.#frame.removeAttribute("src");
      if (src !== null) console.error(`<vitrine-share>: \`${src}\` is not the address of a share`);
      return;
    }
    const address = new URL(src);
    if (!this.hasAttribute("furniture")) address.searchParams.set("embed", "");
    if (address.href === this.#address?.href) return;
    this.#address = address;
    this.#frame.src = address.href;
  }

  #heard({ source, origin, data }) {
    if (source === null || source !== this.#frame.contentWindow || origin !== this.#address?.origin) return;
    if (typeof data !== "object" || data === null) return;
    switch (data.vitrine) {
      case "token-request":
        void this.#answer(data);
        break;
      case "ready":
        this.#tell("ready", {});
        break;
      case "height":
        if (Number.isFinite(data.height)) this.#tell("height", { height: Math.max(HEIGHT_MIN, Math.ceil(data.height)) });
        break;
      case "title":
        this.#tell("title", { title: String(data.title) });
        break;
      case "path":
        this.#tell("path", { path: String(data.path), url: new URL(String(data.url), origin).href });
        break;
    }
  }

  /** Every request is answered: a frame that hears nothing would wait. */
  async #answer({ id, share, path }) {
    const { origin } = this.#address;
    let token = null;
    try {
      token = (await this.token?.({ share: String(share), path: String(path) })) ?? null;
    } catch (error) {
      console.error("<vitrine-share>: the page's `token` function failed", error);
    }
    this.#frame.contentWindow?.postMessage({ vitrine: "token", id, token }, origin);
  }

  #tell(name, detail) {
    this.dispatchEvent(new CustomEvent(`vitrine-${name}`, { detail }));
  }
}

customElements.define("vitrine-share", VitrineShare);
