// The page of the frame origin: renders one rich output that the viewer hands over, and tells its height.
//
// Whatever it renders runs here, in a sandbox without an origin: it holds nothing worth stealing. It listens to its
// parent only, and to one message only.

interface Render {
  vitrine: "render";
  nonce: string;
  form: string;
  data: string;
  dark: boolean;
}

interface Library {
  src: string;
  /** What the file must be; a CDN that serves another is as good as none. */
  integrity: string;
}

/** Exact versions, so that a chart looks tomorrow as it does today. Those of a chart build on one another, in this order. */
const LIBRARIES = {
  plotly: [
    {
      src: "https://cdn.jsdelivr.net/npm/plotly.js-dist-min@2.35.2/plotly.min.js",
      integrity: "sha384-cCVCZkAjYNxaYKbM8lsArLznDF/SvMFr1jcZrvOpSTCa0W40ZAdLzHCEulnUa5i7",
    },
  ],
  vega: [
    {
      src: "https://cdn.jsdelivr.net/npm/vega@5.33.0/build/vega.min.js",
      integrity: "sha384-Kpi0LDGE2Pg6N3+B3LiVIugYJ3rGL3AAqlnkRLfFxZtmejptl+TJ3iKY54HF5U3l",
    },
    {
      src: "https://cdn.jsdelivr.net/npm/vega-lite@5.23.0/build/vega-lite.min.js",
      integrity: "sha384-D9LYH0esGjcxQJsBuxOuXtCDJGXRWW1+KhluzWPqi0rLJmiR/ygPChefaD+rFFDQ",
    },
    {
      src: "https://cdn.jsdelivr.net/npm/vega-embed@6.29.0/build/vega-embed.min.js",
      integrity: "sha384-M+Ax7e/WFJpxSOF09HzI+Sj4wg9ottVd/uxmV2ItGGh02fLH28t2FAOJx3TJBap5",
    },
  ],
} as const satisfies Record<string, readonly Library[]>;

let nonce: string | undefined;

function isRender(message: unknown): message is Render {
  if (typeof message !== "object" || message === null) return false;
  const { vitrine, nonce, form, data } = message as Record<string, unknown>;
  return vitrine === "render" && typeof nonce === "string" && typeof form === "string" && typeof data === "string";
}

/** Sends the height the content wants; the viewer clamps it. */
function reportHeight(): void {
  if (nonce === undefined) return;
  const output = document.getElementById("output");
  const box = output?.getBoundingClientRect();
  // Absolutely positioned charts do not stretch the body, so what overflows counts as well.
  const height = Math.max(box ? box.bottom + scrollY : 0, output?.scrollHeight ?? 0);
  parent.postMessage({ vitrine: "height", nonce, height: height + 2 }, "*");
}

function placeholder(text: string): HTMLElement {
  const box = document.createElement("p");
  box.className = "placeholder";
  box.textContent = text;
  return box;
}

/** Runs one script as if the page had it, and waits for it when it is loaded from somewhere. */
function run(old: HTMLScriptElement): Promise<void> {
  const script = document.createElement("script");
  for (const { name, value } of old.attributes) script.setAttribute(name, value);
  script.text = old.text;
  const src = script.getAttribute("src");
  if (src === null) {
    old.replaceWith(script);
    return Promise.resolve();
  }
  return new Promise((resolve) => {
    script.async = false;
    script.addEventListener("load", () => resolve());
    script.addEventListener("error", () => {
      script.replaceWith(placeholder(`This output needs a script that could not be loaded: ${src.slice(0, 200)}`));
      resolve();
    });
    old.replaceWith(script);
  });
}

async function renderHtml(output: HTMLElement, html: string): Promise<void> {
  const parsed = new DOMParser().parseFromString(html, "text/html");
  output.append(...parsed.head.childNodes, ...parsed.body.childNodes);
  for (const script of [...output.querySelectorAll("script")]) {
    const type = script.type.trim().toLowerCase();
    if (type === "" || type === "module" || /^(text|application)\/(x-)?(java|ecma)script$/.test(type)) await run(script);
  }
}

function renderScript(output: HTMLElement, code: string): void {
  // Jupyter gives scripts an `element` that stands for their output area, in classic notebooks a jQuery object.
  const script = document.createElement("script");
  script.text = `(function (element) {\n${code}\n})(document.getElementById("output"));`;
  output.append(script);
  if (output.childElementCount === 1) {
    output.append(placeholder("A script ran here. Its effects, if any, were on the notebook it came from."));
  }
}

/** Loads libraries in turn; false when one does not come, which then says so in place of the chart. */
async function load(output: HTMLElement, libraries: readonly Library[]): Promise<boolean> {
  for (const { src, integrity } of libraries) {
    const script = document.createElement("script");
    Object.assign(script, { src, integrity, crossOrigin: "anonymous" });
    await run(output.appendChild(script));
    if (output.querySelector(".placeholder") !== null) return false;
  }
  return true;
}

async function renderPlotly(output: HTMLElement, data: string): Promise<void> {
  const figure = JSON.parse(data) as { data: unknown; layout?: object; config?: object };
  if (!(await load(output, LIBRARIES.plotly))) return;
  const { Plotly } = globalThis as unknown as { Plotly: { newPlot(...args: unknown[]): Promise<unknown> } };
  await Plotly.newPlot(output, figure.data, figure.layout ?? {}, { responsive: true, ...figure.config });
}

async function renderVega(output: HTMLElement, data: string, mode: string): Promise<void> {
  const spec = JSON.parse(data) as unknown;
  if (!(await load(output, LIBRARIES.vega))) return;
  const { vegaEmbed } = globalThis as unknown as { vegaEmbed(...args: unknown[]): Promise<unknown> };
  const chart = output.appendChild(document.createElement("div"));
  await vegaEmbed(chart, spec, { mode, actions: false });
}

async function render({ form, data, dark }: Render): Promise<void> {
  const output = document.getElementById("output");
  if (!output) return;
  document.documentElement.dataset["theme"] = dark ? "dark" : "light";
  new ResizeObserver(reportHeight).observe(output);
  try {
    if (form === "html") await renderHtml(output, data);
    else if (form === "javascript") renderScript(output, data);
    else if (form === "plotly") await renderPlotly(output, data);
    else if (form === "vega" || form === "vega-lite") await renderVega(output, data, form);
    else output.append(placeholder(`This viewer cannot show an output of the form ${form}.`));
  } catch (error) {
    output.append(placeholder(`This output could not be rendered: ${String(error).slice(0, 300)}`));
  }
  reportHeight();
}

/** An author's script that fails says so in its own output; the browser's console is for this viewer's mistakes. */
addEventListener("error", (event) => {
  const output = document.getElementById("output");
  if (nonce === undefined || !output || output.querySelector(".script-error")) return;
  event.preventDefault();
  const box = placeholder(`A script of this output failed: ${(event.message || "unknown error").slice(0, 300)}`);
  box.classList.add("script-error");
  output.append(box);
});
addEventListener("unhandledrejection", (event) => event.preventDefault());
addEventListener("load", reportHeight);
addEventListener("resize", reportHeight);

addEventListener("message", (event: MessageEvent<unknown>) => {
  if (event.source !== parent || nonce !== undefined || !isRender(event.data)) return;
  nonce = event.data.nonce;
  void render(event.data);
});
if (parent !== window) parent.postMessage({ vitrine: "ready" }, "*");
