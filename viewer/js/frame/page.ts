// The page of the frame origin: renders one rich output that the viewer hands over, and tells its height.
//
// Whatever it renders runs here, in a sandbox without an origin: it holds nothing worth stealing. It listens to its
// parent only, and to one message only.

import { forms } from "./forms";
import { followFiles } from "./files";
import { placeholder, reason, say, useWords } from "./say";
import { lookUpAll, reportMissing } from "./scripts";

interface Render {
  vitrine: "render";
  nonce: string;
  form: string;
  data: string;
  dark: boolean;
  words?: unknown;
  files?: unknown;
}

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

async function render({ form, data, dark, words, files }: Render): Promise<void> {
  const output = document.getElementById("output");
  if (!output) return;
  useWords(words);
  document.documentElement.dataset["theme"] = dark ? "dark" : "light";
  new ResizeObserver(reportHeight).observe(output);
  lookUpAll();
  followFiles(output, files);
  reportMissing(output);
  try {
    const draw = Object.hasOwn(forms, form) ? forms[form] : undefined;
    if (draw) await draw(output, data, dark);
    else output.append(placeholder(say("form", { form })));
  } catch (error) {
    output.append(placeholder(say("failed", { reason: reason(error) })));
  }
  reportHeight();
}

/** What only the page of a hosted notebook has: a script that misses it says nothing of what the output shows. */
const HOST = /\b(?:google|colab|[dD]atabricks|dbutils|displayHTML|kaggle|deepnote|zeppelin|z|Jupyter|IPython|noteable)\b/;

const hasContent = (output: HTMLElement): boolean => output.innerText.trim() !== "" || output.querySelector("img, svg, canvas, video, table, iframe") !== null;

/** An author's script that fails says so in its own output; the browser's console is for this viewer's mistakes. */
addEventListener("error", (event) => {
  const output = document.getElementById("output");
  if (nonce === undefined || !output || output.querySelector(".script-error")) return;
  event.preventDefault();
  if (HOST.test(event.message) && hasContent(output)) return;
  const box = placeholder(say("threw", { reason: reason(event.message || "?") }));
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
