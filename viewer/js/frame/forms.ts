// How each form of a rich output is drawn, in the frame's page. Everything here runs in a sandbox without an origin.

import { placeFiles } from "./files";
import { bokehFiles } from "./libraries";
import { mermaid } from "./mermaid";
import { placeholder, say } from "./say";
import { load, loadLeafletStyle, loadRequire, required, rewrite, run } from "./scripts";

/** Draws `data` into `output`; `dark` tells the page's ground. */
type Form = (output: HTMLElement, data: string, dark: boolean) => Promise<void> | void;

/** Scripts of old notebooks that count on what the classic notebook had on its page. */
const NEEDS_REQUIRE = /\b(?:require|requirejs|define)\s*(?:\(|\.config|\.undef)/;
/** Scripts that can do without it, and better: they look whether it is there. */
const LOOKS_FOR_REQUIRE = /typeof\s+(?:window\.)?(?:require|requirejs|define)\b/;
const NEEDS_JQUERY = /(?:^|[^\w$.])(?:\$|jQuery)\s*[(.]|\belement\s*\.\s*(?:append|html|text|find|children|attr|css|prepend)\s*\(/;

async function html(output: HTMLElement, text: string): Promise<void> {
  const parsed = new DOMParser().parseFromString(text, "text/html");
  for (const inner of parsed.querySelectorAll("iframe")) unwrap(inner);
  for (const dead of parsed.querySelectorAll<HTMLElement>("button[onclick], a[onclick], input[onclick]")) {
    if (/\b(?:google\.colab|[dD]atabricks|dbutils|IPython\.notebook|Jupyter\.notebook|convertToInteractive|quickchart)\b/.test(dead.getAttribute("onclick") ?? "")) dead.remove();
  }
  placeFiles(parsed);
  const scripts = [...parsed.scripts].map(({ text }) => text).join("\n");
  if (NEEDS_REQUIRE.test(scripts) && !LOOKS_FOR_REQUIRE.test(scripts) && !(await loadRequire(output))) return;
  rewrite(parsed);
  output.append(...parsed.head.childNodes, ...parsed.body.childNodes);
  for (const script of [...output.querySelectorAll("script")]) {
    const type = script.type.trim().toLowerCase();
    if (type === "" || type === "module" || /^(text|application)\/(x-)?(java|ecma)script$/.test(type)) await run(script);
  }
}

/** Some years' maps carry their document in an attribute, in base64 or percent-encoded, and a script that needs the notebook's page. */
function carried(inner: HTMLIFrameElement): string | null {
  const data = inner.getAttribute("data-html");
  if (data === null) return null;
  try {
    const text = data.trim().startsWith("%") || data.includes("%3C") ? decodeURIComponent(data) : new TextDecoder().decode(Uint8Array.from(atob(data.replace(/\s+/g, "")), (character) => character.charCodeAt(0)));
    inner.removeAttribute("data-html");
    inner.removeAttribute("onload");
    inner.removeAttribute("src");
    return text;
  } catch {
    return null;
  }
}

/** Maps come as documents in frames: their libraries are looked up, too, and one in a `data:` address gets a place where it may run. */
function unwrap(inner: HTMLIFrameElement): void {
  const data = /^data:text\/html;?(?:charset=[\w-]+;?)?(base64)?,(.*)$/is.exec(inner.getAttribute("src") ?? "");
  let text = inner.getAttribute("srcdoc") ?? carried(inner);
  if (text === null && data?.[2] !== undefined) {
    try {
      text = data[1] ? new TextDecoder().decode(Uint8Array.from(atob(data[2]), (character) => character.charCodeAt(0))) : decodeURIComponent(data[2]);
    } catch {
      return;
    }
    inner.removeAttribute("src");
    inner.removeAttribute("onload");
  }
  if (text === null) return;
  // For those whose page runs no scripts.
  const untrusted = inner.previousElementSibling;
  if (untrusted?.localName === "span" && /Make this Notebook Trusted/i.test(untrusted.textContent)) untrusted.remove();
  const parsed = new DOMParser().parseFromString(text, "text/html");
  rewrite(parsed);
  inner.setAttribute("srcdoc", `<!doctype html>${parsed.documentElement.outerHTML}`);
}

async function javascript(output: HTMLElement, code: string): Promise<void> {
  const jquery = NEEDS_JQUERY.test(code);
  if (jquery && !(await load(output, ["jquery"]))) return;
  if (NEEDS_REQUIRE.test(code) && !(await loadRequire(output))) return;
  const before = output.childElementCount;
  // Jupyter gives scripts an `element` that stands for their output area, in classic notebooks a jQuery object.
  const script = document.createElement("script");
  const element = `document.getElementById("output")`;
  script.text = `(function (element) {\n${code}\n})(${jquery ? `jQuery(${element})` : element});`;
  output.append(script);
  if (output.childElementCount === before + 1) output.append(placeholder(say("ran")));
}

async function plotly(output: HTMLElement, data: string): Promise<void> {
  const figure = JSON.parse(data) as { data: unknown; layout?: object; config?: object; frames?: unknown };
  if (!(await load(output, ["plotly"]))) return;
  const { Plotly } = globalThis as unknown as { Plotly: { newPlot(...args: unknown[]): Promise<unknown>; addFrames(...args: unknown[]): Promise<unknown> } };
  const chart = output.appendChild(document.createElement("div"));
  await Plotly.newPlot(chart, figure.data, figure.layout ?? {}, { responsive: true, ...figure.config });
  if (Array.isArray(figure.frames)) await Plotly.addFrames(chart, figure.frames);
}

const vega =
  (mode: "vega" | "vega-lite"): Form =>
  async (output, data, dark) => {
    const spec = JSON.parse(data) as unknown;
    if (!(await load(output, ["vega", "vegaLite", "vegaEmbed"]))) return;
    const { vegaEmbed } = globalThis as unknown as { vegaEmbed(...args: unknown[]): Promise<unknown> };
    const chart = output.appendChild(document.createElement("div"));
    await vegaEmbed(chart, spec, { mode, actions: false, ...(dark ? { theme: "dark", config: { background: "transparent" } } : {}) });
  };

/** HTML with the place of a plot, and the script that puts it there. */
async function bokeh(output: HTMLElement, data: string): Promise<void> {
  const { html: markup, script } = JSON.parse(data) as { html: string; script: string };
  const { files } = bokehFiles(`${script}${markup}`);
  if (!(await load(output, files))) return;
  await html(output, markup);
  const own = document.createElement("script");
  own.text = script;
  output.append(own);
}

interface Manager {
  set_state(state: unknown): Promise<{ model_id: string }[]>;
  create_view(model: unknown): Promise<unknown>;
  display_view(view: unknown, element: HTMLElement): Promise<void>;
}

/** A widget from the state that was saved with the notebook. */
async function widget(output: HTMLElement, data: string): Promise<void> {
  const { model, state } = JSON.parse(data) as { model: string; state: Record<string, unknown> | null };
  if (state === null || !(model in state)) {
    output.append(placeholder(say("stateless")));
    return;
  }
  const require = await loadRequire(output);
  if (!require) return;
  Object.assign(globalThis, { __jupyter_widgets_assets_path__: new URL(FRAME_ASSETS.libraries["widgetsFolder"] ?? "", location.href).href });
  if (!(await load(output, ["widgets"]))) return;
  const [managing, embedding] = (await required(require, ["@jupyter-widgets/html-manager", "@jupyter-widgets/html-manager/dist/libembed-amd"])) as [
    { HTMLManager: new (options: unknown) => Manager },
    { requireLoader: unknown },
  ];
  const manager = new managing.HTMLManager({ loader: embedding.requireLoader });
  const models = await manager.set_state({ version_major: 2, version_minor: 0, state });
  const shown = models.find(({ model_id }) => model_id === model);
  if (shown) await manager.display_view(await manager.create_view(shown), output.appendChild(document.createElement("div")));
}

interface Leaflet {
  map(element: HTMLElement, options: unknown): { fitBounds(bounds: unknown, options: unknown): void };
  geoJSON(data: unknown, options: unknown): { addTo(map: unknown): { getBounds(): { isValid(): boolean } } };
  circleMarker(place: unknown, options: unknown): unknown;
}

/** A map of the shapes alone: its ground would have to be asked of somebody. */
async function geojson(output: HTMLElement, data: string): Promise<void> {
  const shapes = JSON.parse(data) as unknown;
  if (!(await load(output, ["leaflet"]))) return;
  loadLeafletStyle();
  const { L } = globalThis as unknown as { L: Leaflet };
  const place = output.appendChild(document.createElement("div"));
  place.className = "map";
  const map = L.map(place, { attributionControl: false, zoomSnap: 0.25 });
  const layer = L.geoJSON(shapes, { pointToLayer: (_: unknown, at: unknown) => L.circleMarker(at, { radius: 6 }) }).addTo(map);
  const bounds = layer.getBounds();
  if (bounds.isValid()) map.fitBounds(bounds, { padding: [24, 24], maxZoom: 14 });
}

export const forms: Readonly<Record<string, Form>> = { html, javascript, plotly, vega: vega("vega"), "vega-lite": vega("vega-lite"), bokeh, mermaid, widget, geojson };
